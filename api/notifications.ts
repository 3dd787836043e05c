/** `/notifications`: the WebSocket of those who want to hear what happens. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Domain } from '../domain/kernel/domain.ts'
import { problems } from '../domain/kernel/errors.ts'
import type { Feed } from '../domain/kernel/feed.ts'
import type { Log } from '../domain/kernel/log.ts'
import type { AccessChange } from '../domain/kernel/operation.ts'
import { type ReadEvents, Subscriber } from './subscriber.ts'

export interface Notifications {
  /** Takes over a request to `/notifications`. Answers false when it is to something else. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Brings live subscribers to a change of access. */
  enforce(change: AccessChange): Promise<void>
  stop(): void
}

const largestFrame = 16 * 1024
/** Who does not say within this time who they are is closed. Milliseconds. */
const greetingWithin = 10_000
const looksEvery = 5000

/** @param read events after a position, oldest first */
export function createNotifications({
  domain,
  feed,
  read,
  log,
}: {
  domain: Domain
  feed: Feed
  read: ReadEvents
  log: Log
}): Notifications {
  const server = new WebSocketServer({ noServer: true, maxPayload: largestFrame, perMessageDeflate: false })
  const subscribers = new Map<Subscriber, number>()
  let changes = 0

  const unlisten = feed.listen((event) => {
    for (const subscriber of subscribers.keys()) subscriber.hear(event)
  })
  const timer = setInterval(() => {
    const now = Date.now()
    for (const [subscriber, greetedBy] of subscribers) subscriber.look(now, greetedBy)
  }, looksEvery)

  return {
    handleUpgrade(request, stream, head) {
      if ((request.url ?? '').split('?')[0] !== '/notifications') return false
      server.handleUpgrade(request, stream, head, (ws) => {
        const subscriber = new Subscriber(ws, { domain, read, newest: () => feed.position, changes: () => changes })
        subscribers.set(subscriber, Date.now() + greetingWithin)
        ws.on('error', (error) => log.debug({ error: error.message }, 'subscriber'))
        ws.on('close', () => subscribers.delete(subscriber))
      })
      return true
    },
    async enforce(change) {
      changes++
      await Promise.all([...subscribers.keys()].filter((subscriber) => subscriber.concerns(change)).map((subscriber) => subscriber.judge()))
    },
    stop() {
      clearInterval(timer)
      unlisten()
      for (const ws of server.clients) ws.close(problems.unavailable.close, 'unavailable')
      server.close()
    },
  }
}
