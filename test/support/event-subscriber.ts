/** Subscribers of events over WebSocket, server-sent events and polling. All three implement one interface. */
import { setTimeout as wait } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { Node } from '../../main.ts'
import type { Person } from './client.ts'
import { waitUntil } from './wait-until.ts'

export interface ReceivedEvent {
  type: 'event'
  position: number
  event: string
  subject: string
  at: string
  data: any
}

export interface SubscribeOptions {
  token: string
  after?: number
  audiences?: readonly string[]
}

/** One connection, or one period of polling. */
export interface EventSubscriber {
  readonly events: ReceivedEvent[]
  /** All other frames, in order: `welcome`, `problem`, `subscribed`, `pong`. */
  readonly frames: any[]
  /** The position to reconnect with: no event up to here is missing. */
  readonly position: number | undefined
  /** Why it was closed: a problem code, or `ended` without one; undefined while it is open. */
  readonly closeReason: string | undefined
  /** Resolves with the close reason when it is closed. */
  readonly whenClosed: Promise<string>
  /** Resolves when the server has sent the welcome. @throws when it was closed before */
  waitUntilReady(): Promise<void>
  /** Resolves when all events up to a position have arrived. @throws when it was closed before */
  waitForPosition(position: number, timeoutMs?: number): Promise<void>
  close(): void
}

export type Subscribe = (url: string, options: SubscribeOptions) => EventSubscriber

class ReceivedFrames {
  readonly events: ReceivedEvent[] = []
  readonly frames: any[] = []
  position: number | undefined
  readonly #closed = Promise.withResolvers<string>()
  readonly whenClosed = this.#closed.promise
  #closeReason: string | undefined

  get closeReason(): string | undefined {
    return this.#closeReason
  }

  set closeReason(reason: string) {
    this.#closeReason = reason
    this.#closed.resolve(reason)
  }

  constructor(after: number | undefined) {
    this.position = after
  }

  add(frame: any): void {
    if (frame.type === 'event') this.events.push(frame)
    else this.frames.push(frame)
    if (frame.type === 'welcome') this.position ??= frame.position
    else if (frame.type === 'event' || frame.type === 'pong') this.position = frame.position
  }

  async waitFor(condition: () => boolean | undefined, description: string, timeoutMs?: number): Promise<void> {
    await waitUntil(() => this.closeReason !== undefined || condition(), description, timeoutMs)
    if (!condition()) throw new Error(`the subscriber was closed with ${this.closeReason} before ${description}`)
  }

  readonly waitUntilReady = () => this.waitFor(() => this.frames.some(({ type }) => type === 'welcome'), 'the welcome')

  waitForPosition(position: number, timeoutMs?: number): Promise<void> {
    return this.waitFor(() => (this.position ?? -1) >= position, `position ${position}`, timeoutMs)
  }
}

/** Subscribes over a WebSocket. `send` sends a frame as JSON, and text or bytes as they are. */
export function subscribeByWebSocket(
  url: string,
  { token, after, audiences }: SubscribeOptions,
): EventSubscriber & { send(frame: unknown): void; socket: WebSocket } {
  const received = new ReceivedFrames(after)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/notifications`)
  const send = (frame: unknown) => {
    if (socket.readyState === WebSocket.OPEN)
      socket.send(typeof frame === 'string' || frame instanceof Buffer ? frame : JSON.stringify(frame))
  }
  socket.on('open', () => send({ type: 'hello', token, ...(after !== undefined && { after }), ...(audiences && { audiences }) }))
  socket.on('message', (data: Buffer) => received.add(JSON.parse(data.toString())))
  socket.on('error', () => {})
  socket.on('close', (_code, reason) => {
    received.closeReason ??= reason.toString() || 'ended'
  })
  return Object.assign(received, {
    send,
    socket,
    async waitForPosition(position: number, timeoutMs?: number) {
      const pings = setInterval(() => send({ type: 'ping' }), 20)
      await ReceivedFrames.prototype.waitForPosition.call(received, position, timeoutMs).finally(() => clearInterval(pings))
    },
    close: () => socket.terminate(),
  })
}

/** Subscribes over server-sent events; reconnects with `Last-Event-ID`. */
export function subscribeByStream(
  url: string,
  { token, after, audiences = [] }: SubscribeOptions,
): EventSubscriber & { comments: string[] } {
  const received = new ReceivedFrames(after)
  const comments: string[] = []
  const abort = new AbortController()
  const query = new URLSearchParams(audiences.map((audience) => ['audience', audience])).toString()
  async function readStream() {
    const response = await fetch(`${url}/api/notifications/stream${query && `?${query}`}`, {
      headers: { authorization: `Bearer ${token}`, ...(after !== undefined && { 'last-event-id': String(after) }) },
      signal: abort.signal,
    })
    if (response.status !== 200) {
      const problem = (await response.json()) as { type: string }
      received.frames.push({ ...problem, type: 'problem', code: problem.type.slice('urn:problem:'.length) })
      return
    }
    let text = ''
    for await (const bytes of (response.body as ReadableStream<Uint8Array>).pipeThrough(
      new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>,
    ) as unknown as AsyncIterable<string>) {
      text += bytes
      const parts = text.split('\n\n')
      text = parts.pop() as string
      for (const part of parts) readEvent(part)
    }
  }
  /** Reads one event as the standard says: an id without data only moves the position. */
  function readEvent(part: string) {
    const field = (name: string) =>
      part
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2)
    const [id, data] = [field('id'), field('data')]
    if (part.startsWith(':')) comments.push(part)
    if (data !== undefined) received.add(JSON.parse(data))
    if (id !== undefined) received.position = Number(id)
  }
  readStream()
    .catch(() => {})
    .finally(() => {
      const last = received.frames.findLast(({ type, audience }) => type === 'problem' && audience === undefined)
      received.closeReason ??= last?.code ?? 'ended'
    })
  return Object.assign(received, { comments, close: () => abort.abort() })
}

/** Subscribes by repeated polling. */
export function subscribeByPolling(url: string, { token, after, audiences = [] }: SubscribeOptions): EventSubscriber {
  const received = new ReceivedFrames(after)
  let isClosed = false
  async function poll(): Promise<void> {
    const query = new URLSearchParams(audiences.map((audience) => ['audience', audience]))
    if (received.position !== undefined) query.set('after', String(received.position))
    const response = await fetch(`${url}/api/events?${query.toString()}`, { headers: { authorization: `Bearer ${token}` } })
    const body = (await response.json()) as any
    if (response.status !== 200) {
      received.closeReason = body.type.slice('urn:problem:'.length)
      received.frames.push({ ...body, type: 'problem', code: received.closeReason })
      return
    }
    if (isClosed) return
    if (received.frames.length === 0) received.frames.push({ type: 'welcome', position: body.position })
    for (const item of body.items) received.add(item)
    received.position = body.position
  }
  void (async () => {
    while (received.closeReason === undefined && !isClosed) {
      await poll()
      await wait(20)
    }
  })().catch(() => {
    received.closeReason ??= 'ended'
  })
  return Object.assign(received, {
    waitUntilReady: () => received.waitFor(() => received.frames.length > 0, 'the first response'),
    close: () => {
      isClosed = true
      received.closeReason ??= 'ended'
    },
  })
}

/** All ways to subscribe. */
export const transports: [string, Subscribe][] = [
  ['a WebSocket', subscribeByWebSocket],
  ['server-sent events', subscribeByStream],
  ['polling', subscribeByPolling],
]

/** Subscribes until the end of the test. */
export function subscribeForTest<S extends EventSubscriber>(
  node: Node,
  subscribe: (url: string, options: SubscribeOptions) => S,
  options: SubscribeOptions,
): S {
  const subscriber = subscribe(node.url, options)
  onTestFinished(() => subscriber.close())
  return subscriber
}

/** Returns the position of the newest event. */
export async function readNewestPosition(node: Node, person: Person): Promise<number> {
  await node.sequencer.drain()
  return (await person.request('GET', '/api/events')).body.position
}

/** Leaves out the events of notifications, which arrive when their job has run. */
export const withoutNotifications = (events: readonly ReceivedEvent[]) =>
  events.filter(({ event }) => !event.startsWith('notification.') && event !== 'unread-count.changed')

/** The numbers `n` of test events. */
export const toNumbers = (events: readonly ReceivedEvent[]): number[] => withoutNotifications(events).map(({ data }) => data.n)

export const toPositions = (events: readonly ReceivedEvent[]): number[] => events.map(({ position }) => position)
