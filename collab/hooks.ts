/** Connects Hocuspocus with access control and the documents in memory, through its hooks. */
import { Database } from '@hocuspocus/extension-database'
import type { Connection, Document, Extension, Hocuspocus } from '@hocuspocus/server'
import type { Log } from '../domain/kernel/log.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import type { AccessControl, OpeningContext } from './access-control.ts'
import type { DocumentRegistry } from './document/registry.ts'
import { wrapHooks } from './safe-hooks.ts'
import { closeEvent } from './socket/close-codes.ts'
import type { ConnectionContext } from './socket/connection-context.ts'
import type { GuardedSocket } from './socket/guarded-socket.ts'

export interface HookOptions {
  accessControl: AccessControl
  documents: DocumentRegistry
  /** Whether the node accepts connections now. */
  isAccepting: () => boolean
  maxPendingDocuments: number
  log: Log
  metrics: Metrics
}

/** What the node passes to `handleConnection`. A document that the server itself opens has no socket. */
interface SocketContext {
  socket?: GuardedSocket
}

/** Configures Hocuspocus. */
export function configureHocuspocus(hocuspocus: Hocuspocus, options: HookOptions): void {
  const { log, metrics, maxPendingDocuments } = options
  hocuspocus.configure({
    quiet: true,
    // rooms send; nothing waits here for a flush
    flushDelay: false,
    maxPendingDocuments,
    // only compaction is debounced; an edit is journaled at once
    debounce: 5_000,
    maxDebounce: 30_000,
    extensions: [connectionHooks(options), storageHooks(options)].map((extension) => wrapHooks(extension, log, metrics)),
  })
}

function connectionHooks({ accessControl, documents, isAccepting }: HookOptions): Extension {
  return {
    async onAuthenticate({ token, documentName, connectionConfig, context }) {
      if (!isAccepting()) throw closeEvent('unavailable')
      const { socket } = context as Required<SocketContext>
      const { isReadOnly, context: openingContext } = await accessControl.authorize(token, documentName, socket)
      connectionConfig.readOnly = isReadOnly
      return openingContext
    },
    afterLoadDocument: async ({ document }) => documents.loaded(document as Document),
    async connected({ connection }) {
      const authorized = connection as Connection<ConnectionContext>
      await accessControl.connected(authorized)
      const live = documents.get(connection.document.name)
      // not a discarded document of the same name
      if (live?.document === connection.document) (connection.webSocket as GuardedSocket).openDocument(authorized, live)
    },
    onTokenSync: ({ connection, token }) => accessControl.renewToken(connection as Connection<ConnectionContext>, token),
    async beforeUnloadDocument({ document }) {
      documents.beforeUnload(document as Document)
    },
    afterUnloadDocument: async ({ documentName }) => documents.unloaded(documentName),
  }
}

function storageHooks({ accessControl, documents }: HookOptions): Extension {
  return new Database({
    async fetch({ document, documentName, context }) {
      const { socket } = context as SocketContext
      await documents.load(document as Document, (stored) => {
        const openingContext = context as OpeningContext
        if (socket && accessControl.isCurrent(openingContext)) socket.sendSnapshotEarly(documentName, openingContext.actor.id, stored)
      })
      return null
    },
    store: ({ document }) => documents.store(document as Document),
  })
}
