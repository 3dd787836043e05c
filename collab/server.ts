/** Hocuspocus behind guarded sockets, on the node's own HTTP server. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { Database } from '@hocuspocus/extension-database'
import { type Connection, type Extension, Hocuspocus } from '@hocuspocus/server'
import { WebSocketServer } from 'ws'
import type { Journal } from '../domain/documents/journal.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import type { Log } from '../domain/kernel/log.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import type { AccessChange } from '../domain/kernel/operation.ts'
import { createAdmission } from './admission.ts'
import { closing } from './close.ts'
import { safely } from './hooks.ts'
import { type Admitted, holdLiveDocuments } from './live.ts'
import { GuardedSocket } from './socket.ts'

export interface CollabOptions {
  domain: Domain
  journal: Journal
  log: Log
  metrics: Metrics
  limits: { frameBytes: number; uncommittedBytes: number }
}

export interface Collab {
  /** Takes over a request to `/collab`. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Brings live connections to a change of access. */
  enforce(change: AccessChange): Promise<void>
  /** Closes every socket, commits what waits, lets documents go; at most `deadline` milliseconds. */
  stop(deadline: number): Promise<void>
}

const keepAliveEvery = 20_000
const lookAtTokensEvery = 5_000

export function createCollab({ domain, journal, log, metrics, limits }: CollabOptions): Collab {
  const live = holdLiveDocuments({ domain, journal, log, metrics })
  const admission = createAdmission(domain)
  const sockets = new Set<GuardedSocket>()
  let stopping = false

  const door: Extension = {
    async onAuthenticate({ token, documentName, connectionConfig }) {
      if (stopping || journal.uncommittedBytes > limits.uncommittedBytes) throw closing('unavailable')
      const { context, readOnly } = await admission.admit(token, documentName)
      connectionConfig.readOnly = readOnly
      return context
    },
    connected: ({ connection }) => admission.admitted(connection as Connection<Admitted>),
    onTokenSync: ({ connection, token }) => admission.renew(connection as Connection<Admitted>, token),
    beforeUnloadDocument: async ({ document }) => live.refuseUnload(document),
    afterUnloadDocument: async ({ documentName }) => live.unloaded(documentName),
  }
  const storage = new Database({
    async fetch({ document }) {
      await live.load(document as never)
      return null
    },
    store: ({ document }) => live.compact(document as never),
  })
  const hocuspocus = new Hocuspocus({
    quiet: true,
    // only compaction waits for these; an edit is in the journal at once
    debounce: 5_000,
    maxDebounce: 30_000,
    extensions: [safely(door, log, metrics), safely(storage, log, metrics)],
  })
  live.serve(hocuspocus)
  admission.serve(hocuspocus)

  const server = new WebSocketServer({ noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false })
  const timers = [
    setInterval(() => {
      for (const socket of sockets) socket.keepAlive()
    }, keepAliveEvery),
    setInterval(() => admission.lookAtTokens(Date.now()), lookAtTokensEvery),
    setInterval(() => {
      // the database is away for long: clients keep their edits, and come back with them
      if (journal.uncommittedBytes > limits.uncommittedBytes)
        for (const socket of sockets) socket.close(1013, closing('unavailable').reason)
    }, 250),
  ]

  return {
    handleUpgrade(request, stream, head) {
      server.handleUpgrade(request, stream, head, (ws) => {
        const socket = new GuardedSocket(ws, { live, metrics })
        sockets.add(socket)
        metrics.sockets.set(sockets.size)
        ws.on('error', (error) => log.debug({ error: error.message }, 'socket'))
        ws.on('close', () => {
          sockets.delete(socket)
          metrics.sockets.set(sockets.size)
        })
        socket.attach(hocuspocus.handleConnection(socket, new Request('http://node/collab')))
      })
    },
    enforce: (change) => admission.enforce(change),
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
      server.close()
    },
  }
}
