/** Live documents: Hocuspocus behind guarded sockets, on the HTTP server of the node. */
import { setTimeout as wait } from 'node:timers/promises'
import { Hocuspocus } from '@hocuspocus/server'
import type { Journal } from '../domain/documents/journal/journal.ts'
import type { Bus } from '../domain/kernel/bus.ts'
import type { Executor } from '../domain/kernel/executor.ts'
import type { Log } from '../domain/kernel/log.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import type { Membership } from '../domain/kernel/node.ts'
import type { AccessChange, Ports } from '../domain/kernel/operation.ts'
import { AccessControl } from './access-control.ts'
import { Cluster } from './cluster/cluster.ts'
import { DocumentRegistry, type DocumentRegistryOptions } from './document/registry.ts'
import { createServerEdits } from './document/server-edits.ts'
import { configureHocuspocus } from './hooks.ts'
import { closeEvent, tryAgainLaterCode } from './socket/close-codes.ts'
import { ReplyBudget } from './socket/replies.ts'
import type { SocketLimits } from './socket/socket-context.ts'
import { DocumentSocketServer } from './socket/socket-server.ts'
import { startStallDetector } from './stall-detector.ts'

export interface CollabOptions {
  domain: Executor
  journal: Journal
  log: Log
  metrics: Metrics
  bus: Bus
  membership: Membership
  /** Whether no other process can use the database. */
  isSingleNode: boolean
  /** Resolves when every change of access up to now is in force on this node. */
  caughtUp: () => Promise<void>
  /** The sections of each kind of document. */
  sections: DocumentRegistryOptions['sections']
  limits: SocketLimits & { frameBytes: number; uncommittedBytes: number; connectionsPerAccount: number }
}

export interface Collab {
  /** Takes over an upgrade request to `/collab` or `/yjs/:documentName`. Returns false when it is for another server. */
  handleUpgrade: DocumentSocketServer['handleUpgrade']
  /** Edits a live document in the name of an actor (`Ports.write`). */
  write: Ports['editDocument']
  /** How many documents are open, each counted once for each socket that has it open. */
  connections(): number
  /** Applies a change of access to live connections. */
  enforce(change: AccessChange): Promise<void>
  /** Closes all sockets, commits pending edits and unloads all documents, in at most `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>
}

const tokenCheckIntervalMs = 5_000
const backlogCheckIntervalMs = 250
/** "Service Restart" of the IANA registry of WebSocket close codes. */
const serviceRestartCode = 1012

export function createCollab(options: CollabOptions): Collab {
  const { domain, journal, log, metrics, limits } = options
  const hocuspocus = new Hocuspocus()
  const stallDetector = startStallDetector(options.caughtUp, log)
  const cluster = new Cluster(options)
  const documents = new DocumentRegistry({ ...options, hocuspocus, cluster })
  const accessControl = new AccessControl({ hocuspocus, domain, metrics, connectionsPerAccount: limits.connectionsPerAccount })
  const isBacklogFull = () => journal.uncommittedBytes > limits.uncommittedBytes
  let isStopping = false
  const isAccepting = () => !isStopping && !isBacklogFull()
  configureHocuspocus(hocuspocus, { accessControl, documents, isAccepting, maxPendingDocuments: limits.documentsPerSocket, log, metrics })
  const replyBudget = new ReplyBudget(limits.unreadBytes)
  const sockets = new DocumentSocketServer({
    hocuspocus,
    context: { metrics, limits, replyBudget, pendingCatchUp: stallDetector.pendingCatchUp },
    frameBytes: limits.frameBytes,
    log,
    onClosed: (socket) => accessControl.socketClosed(socket),
  })
  const timers = [
    setInterval(() => accessControl.checkTokens(), tokenCheckIntervalMs),
    setInterval(() => {
      // the database has been unavailable for long; clients keep their edits and send them when they reconnect
      if (isBacklogFull()) sockets.closeAll(tryAgainLaterCode, closeEvent('unavailable').reason)
    }, backlogCheckIntervalMs),
  ]
  return {
    handleUpgrade: (request, stream, head) => sockets.handleUpgrade(request, stream, head),
    write: createServerEdits(hocuspocus, documents.get),
    connections: () => [...hocuspocus.documents.values()].reduce((sum, document) => sum + document.getConnections().length, 0),
    async enforce(change) {
      await accessControl.enforce(change)
      // edits that were accepted before are committed before the change is confirmed
      await documents.committed(change.subject)
    },
    async stop(timeoutMs) {
      isStopping = true
      const until = Date.now() + timeoutMs
      await closeSockets(sockets, until - timeoutMs / 2)
      await unloadDocuments({ hocuspocus, documents, log }, until)
      for (const timer of timers) clearInterval(timer)
      stallDetector.stop()
      cluster.stop()
      sockets.stop()
    },
  }
}

async function closeSockets(sockets: DocumentSocketServer, until: number): Promise<void> {
  sockets.closeAll(serviceRestartCode, closeEvent('unavailable').reason)
  while (sockets.count > 0 && Date.now() < until) await wait(20)
  sockets.terminateAll()
}

interface Unloading {
  hocuspocus: Hocuspocus
  documents: DocumentRegistry
  log: Log
}

/** Compacts and unloads all documents, as far as time allows. */
async function unloadDocuments({ hocuspocus, documents, log }: Unloading, until: number): Promise<void> {
  while (documents.count > 0 && Date.now() < until) {
    hocuspocus.flushPendingStores()
    await wait(20)
  }
  if (documents.count > 0)
    log.warn({ documents: documents.count }, 'documents were still in memory at the stop; acknowledged edits are in the journal')
  await documents.stopCompaction()
}
