/** Hocuspocus behind guarded sockets, on the node's own HTTP server. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { Database } from '@hocuspocus/extension-database'
import { type Connection, type Extension, Hocuspocus } from '@hocuspocus/server'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Journal } from '../domain/documents/journal.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import type { Log } from '../domain/kernel/log.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import type { AccessChange, Ports } from '../domain/kernel/operation.ts'
import { inSlices } from '../domain/kernel/turn.ts'
import type { Bus } from '../domain/kernel/bus.ts'
import { createAdmission, type Passed } from './admission.ts'
import { closing, tryAgainLater } from './close.ts'
import { joinCluster } from './cluster.ts'
import { safely } from './hooks.ts'
import { holdLiveDocuments, type LiveOptions } from './live.ts'
import type { Admitted } from './live-document.ts'
import { holdPen } from './pen.ts'
import { PlainSocket, protocol, readPlainRequest } from './plain-socket.ts'
import { watchPulse } from './pulse.ts'
import { GuardedSocket, type SocketLimits } from './socket.ts'

export interface CollabOptions {
  domain: Domain
  journal: Journal
  log: Log
  metrics: Metrics
  bus: Bus
  /** No other process can have the database. */
  alone: boolean
  /** Resolves when every change of access up to now is in force here. */
  caughtUp: () => Promise<void>
  /** What documents of each kind are held to, beside their text. */
  sections: LiveOptions['sections']
  limits: SocketLimits & { frameBytes: number; uncommittedBytes: number; connections: number }
}

export interface Collab {
  /** Takes over a request to `/collab` or `/yjs/:documentName`. Answers false when it is to neither. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Writes to a document in somebody's name (`Ports.write`). */
  write: Ports['write']
  /** How many documents are open, each counted once for each socket that has it open. */
  connections(): number
  /** Brings live connections to a change of access. */
  enforce(change: AccessChange): Promise<void>
  /** Closes every socket, commits what waits, lets documents go; at most `deadline` milliseconds. */
  stop(deadline: number): Promise<void>
}

const keepAliveEvery = 20_000
const lookAtTokensEvery = 5_000

export function createCollab({ domain, journal, bus, alone, caughtUp, log, metrics, limits, sections }: CollabOptions): Collab {
  const pulse = watchPulse(caughtUp, log)
  const cluster = joinCluster({ bus, journal, log, alone })
  const live = holdLiveDocuments({ domain, journal, log, metrics, cluster, sections })
  const admission = createAdmission({ domain, metrics, connections: limits.connections })
  const sockets = new Set<GuardedSocket>()
  let stopping = false

  const door: Extension = {
    async onAuthenticate({ token, documentName, connectionConfig, context }) {
      if (stopping || journal.uncommittedBytes > limits.uncommittedBytes) throw closing('unavailable')
      const { readOnly, ...admitted } = await admission.admit(token, documentName, (context as { socket: GuardedSocket }).socket)
      connectionConfig.readOnly = readOnly
      return admitted.context
    },
    afterLoadDocument: async ({ document }) => live.loaded(document as never),
    async connected({ connection }) {
      const admitted = connection as Connection<Admitted>
      await admission.admitted(admitted)
      const document = live.get(connection.document.name)
      // not an older one of the same name, discarded meanwhile
      if (document?.document === connection.document) (connection.webSocket as GuardedSocket).join(admitted, document)
    },
    onTokenSync: ({ connection, token }) => admission.renew(connection as Connection<Admitted>, token),
    async beforeUnloadDocument({ document }) {
      live.refuseUnload(document as never)
    },
    afterUnloadDocument: async ({ documentName }) => live.unloaded(documentName),
  }
  const storage = new Database({
    async fetch({ document, documentName, context }) {
      // none where the server itself opens the document
      const { socket } = context as { socket?: GuardedSocket }
      await live.load(document as never, (stored) => {
        if (socket && admission.stands(context as Passed)) socket.preview(documentName, stored)
      })
      return null
    },
    store: ({ document }) => live.compact(document as never),
  })
  const hocuspocus = new Hocuspocus({
    quiet: true,
    // nothing is gathered for later: rooms send
    flushDelay: false,
    maxPendingDocuments: limits.documentsPerSocket,
    // only compaction waits for these; an edit is in the journal at once
    debounce: 5_000,
    maxDebounce: 30_000,
    extensions: [safely(door, log, metrics), safely(storage, log, metrics)],
  })
  live.serve(hocuspocus)
  admission.serve(hocuspocus)

  const options = { noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false } as const
  const server = new WebSocketServer(options)
  const plainServer = new WebSocketServer({ ...options, handleProtocols: (offered) => offered.has(protocol) && protocol })
  const house = { metrics, limits, missed: () => pulse.missed() }
  // one for all: nothing reads it, and each would cost an idle client a kilobyte; of a whole address Hocuspocus makes one more
  const request = Object.defineProperty(new Request('http://node/collab'), 'url', { value: '/collab' })
  const note = (error: Error) => log.debug({ error: error.message }, 'socket')

  function accept(ws: WebSocket, socket: GuardedSocket) {
    sockets.add(socket)
    metrics.sockets.set(sockets.size)
    ws.on('error', note)
    ws.on('close', () => {
      sockets.delete(socket)
      admission.forget(socket)
      metrics.sockets.set(sockets.size)
    })
    socket.attach(hocuspocus.handleConnection(socket, request, { socket }))
  }

  const timers = [
    setInterval(() => inSlices(sockets, (socket) => socket.keepAlive()), keepAliveEvery),
    setInterval(() => admission.lookAtTokens(Date.now()), lookAtTokensEvery),
    setInterval(() => {
      // the database is away for long: clients keep their edits, and come back with them
      if (journal.uncommittedBytes > limits.uncommittedBytes)
        for (const socket of sockets) socket.close(tryAgainLater, closing('unavailable').reason)
    }, 250),
  ]

  return {
    handleUpgrade(asked, stream, head) {
      const path = (asked.url ?? '').split('?')[0] as string
      if (path === '/collab' || path === '/collab/') {
        server.handleUpgrade(asked, stream, head, (ws) => accept(ws, new GuardedSocket(ws, stream, house)))
      } else if (path.startsWith('/yjs/')) {
        plainServer.handleUpgrade(asked, stream, head, (ws) => accept(ws, new PlainSocket(ws, stream, house, readPlainRequest(asked))))
      } else return false
      return true
    },
    write: holdPen(hocuspocus, live.get),
    connections: () => [...hocuspocus.documents.values()].reduce((sum, document) => sum + document.getConnections().length, 0),
    async enforce(change) {
      await admission.enforce(change)
      // what was taken before is in the journal too when this is confirmed, or it would enter after the answer
      await live.committed(change.subject)
    },
    async stop(deadline) {
      stopping = true
      const until = Date.now() + deadline
      for (const socket of sockets) socket.close(1012, closing('unavailable').reason)
      while (sockets.size > 0 && Date.now() < until - deadline / 2) await wait(20)
      for (const socket of sockets) socket.terminate()
      while (live.count > 0 && Date.now() < until) {
        hocuspocus.flushPendingStores()
        await wait(20)
      }
      if (live.count > 0)
        log.warn(
          { documents: live.count },
          'documents were still in memory at the end; their edits are in the journal if they were acknowledged',
        )
      for (const timer of timers) clearInterval(timer)
      pulse.stop()
      await cluster.stop()
      server.close()
      plainServer.close()
    },
  }
}
