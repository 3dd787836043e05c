/** Subscribers of events as outside programs have them: over a WebSocket, over server-sent events, by polling. They tell the same. */
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { Node } from '../../main.ts'
import type { Person } from './client.ts'
import { until } from './until.ts'

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

/** One connection; or, by polling, one stretch of asking. */
export interface EventSubscriber {
  readonly events: ReceivedEvent[]
  /** All else that it was told, in order: `welcome`, `problem`, `subscribed`, `pong`. */
  readonly frames: any[]
  /** The position to come back with: nothing up to here is missing. */
  readonly position: number | undefined
  /** Why it ended: a problem's code, `ended` without one; undefined while it is open. */
  readonly closed: string | undefined
  /** Resolves with why it ended, once it has. */
  readonly ended: Promise<string>
  /** Resolves when the server has said that it listens. @throws when it ended before */
  ready(): Promise<void>
  /** Resolves when it was told all up to a position. @throws when it ended before */
  reached(position: number, patience?: number): Promise<void>
  end(): void
}

export type Subscribe = (url: string, options: SubscribeOptions) => EventSubscriber

class Received {
  readonly events: ReceivedEvent[] = []
  readonly frames: any[] = []
  position: number | undefined
  readonly #end = Promise.withResolvers<string>()
  readonly ended = this.#end.promise
  #closed: string | undefined

  get closed(): string | undefined {
    return this.#closed
  }

  set closed(reason: string) {
    this.#closed = reason
    this.#end.resolve(reason)
  }

  constructor(after: number | undefined) {
    this.position = after
  }

  take(frame: any): void {
    if (frame.type === 'event') this.events.push(frame)
    else this.frames.push(frame)
    if (frame.type === 'welcome') this.position ??= frame.position
    else if (frame.type === 'event' || frame.type === 'pong') this.position = frame.position
  }

  async until(condition: () => boolean | undefined, what: string, patience?: number): Promise<void> {
    await until(() => this.closed !== undefined || condition(), what, patience)
    if (!condition()) throw new Error(`it ended with ${this.closed} before ${what}`)
  }
}

/** Over a WebSocket. `say` sends a frame, or what is none. */
export function subscribeByWebSocket(
  url: string,
  { token, after, audiences }: SubscribeOptions,
): EventSubscriber & { say(frame: unknown): void; socket: WebSocket } {
  const heard = new Received(after)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/notifications`)
  const say = (frame: unknown) => {
    if (socket.readyState === WebSocket.OPEN)
      socket.send(typeof frame === 'string' || frame instanceof Buffer ? frame : JSON.stringify(frame))
  }
  socket.on('open', () => say({ type: 'hello', token, ...(after !== undefined && { after }), ...(audiences && { audiences }) }))
  socket.on('message', (data: Buffer) => heard.take(JSON.parse(data.toString())))
  socket.on('error', () => {})
  socket.on('close', (_code, reason) => {
    heard.closed ??= reason.toString() || 'ended'
  })
  return Object.assign(heard, {
    say,
    socket,
    ready: () => heard.until(() => heard.frames.some(({ type }) => type === 'welcome'), 'the welcome'),
    async reached(position: number, patience?: number) {
      const asking = setInterval(() => say({ type: 'ping' }), 20)
      await heard.until(() => (heard.position ?? -1) >= position, `position ${position}`, patience).finally(() => clearInterval(asking))
    },
    end: () => socket.terminate(),
  })
}

/** Over server-sent events; comes back with `Last-Event-ID`. */
export function subscribeByStream(
  url: string,
  { token, after, audiences = [] }: SubscribeOptions,
): EventSubscriber & { comments: string[] } {
  const heard = new Received(after)
  const comments: string[] = []
  const leaving = new AbortController()
  const query = new URLSearchParams(audiences.map((audience) => ['audience', audience])).toString()
  async function listen() {
    const response = await fetch(`${url}/api/notifications/stream${query && `?${query}`}`, {
      headers: { authorization: `Bearer ${token}`, ...(after !== undefined && { 'last-event-id': String(after) }) },
      signal: leaving.signal,
    })
    if (response.status !== 200) {
      const problem = (await response.json()) as { type: string }
      heard.frames.push({ ...problem, type: 'problem', code: problem.type.slice('urn:problem:'.length) })
      return
    }
    let text = ''
    for await (const bytes of (response.body as ReadableStream<Uint8Array>).pipeThrough(
      new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>,
    ) as unknown as AsyncIterable<string>) {
      text += bytes
      const parts = text.split('\n\n')
      text = parts.pop() as string
      for (const part of parts) read(part)
    }
  }
  /** One event, as the standard reads it: an id without data moves the position alone. */
  function read(part: string) {
    const field = (name: string) =>
      part
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2)
    const [id, data] = [field('id'), field('data')]
    if (part.startsWith(':')) comments.push(part)
    if (data !== undefined) heard.take(JSON.parse(data))
    if (id !== undefined) heard.position = Number(id)
  }
  listen()
    .catch(() => {})
    .finally(() => {
      const last = heard.frames.findLast(({ type, audience }) => type === 'problem' && audience === undefined)
      heard.closed ??= last?.code ?? 'ended'
    })
  return Object.assign(heard, {
    comments,
    ready: () => heard.until(() => heard.frames.some(({ type }) => type === 'welcome'), 'the welcome'),
    // what moves the position of a stream that hears nothing comes with its next beat
    reached: (position: number, patience = 45_000) =>
      heard.until(() => (heard.position ?? -1) >= position, `position ${position}`, patience),
    end: () => leaving.abort(),
  })
}

/** By polling, again and again. */
export function subscribeByPolling(url: string, { token, after, audiences = [] }: SubscribeOptions): EventSubscriber {
  const heard = new Received(after)
  let ended = false
  async function ask(): Promise<void> {
    const query = new URLSearchParams(audiences.map((audience) => ['audience', audience]))
    if (heard.position !== undefined) query.set('after', String(heard.position))
    const response = await fetch(`${url}/api/events?${query.toString()}`, { headers: { authorization: `Bearer ${token}` } })
    const body = (await response.json()) as any
    if (response.status !== 200) {
      heard.closed = body.type.slice('urn:problem:'.length)
      heard.frames.push({ ...body, type: 'problem', code: heard.closed })
      return
    }
    if (ended) return
    if (heard.frames.length === 0) heard.frames.push({ type: 'welcome', position: body.position })
    for (const item of body.items) heard.take(item)
    heard.position = body.position
  }
  void (async () => {
    while (heard.closed === undefined && !ended) {
      await ask()
      await wait(20)
    }
  })().catch(() => {
    heard.closed ??= 'ended'
  })
  return Object.assign(heard, {
    ready: () => heard.until(() => heard.frames.length > 0, 'the first answer'),
    reached: (position: number, patience?: number) =>
      heard.until(() => (heard.position ?? -1) >= position, `position ${position}`, patience),
    end: () => {
      ended = true
      heard.closed ??= 'ended'
    },
  })
}

/** Every way there is. */
export const transports: [string, Subscribe][] = [
  ['a WebSocket', subscribeByWebSocket],
  ['server-sent events', subscribeByStream],
  ['polling', subscribeByPolling],
]

/** Resolves when a connection is open. */
export const opened = (socket: WebSocket) => (socket.readyState === WebSocket.OPEN ? Promise.resolve([]) : once(socket, 'open'))

/** Subscribes until the end of the test. */
export function subscribeForTest<S extends EventSubscriber>(
  node: Node,
  subscribe: (url: string, options: SubscribeOptions) => S,
  options: SubscribeOptions,
): S {
  const subscriber = subscribe(node.url, options)
  onTestFinished(() => subscriber.end())
  return subscriber
}

/** The position of the newest event, after which a test begins to listen. */
export async function newestPosition(node: Node, person: Person): Promise<number> {
  await node.relay.drain()
  return (await person.ask('GET', '/api/events')).body.position
}

/** Events without those of notifications, which come when their job has run. */
export const withoutNotifications = (events: readonly ReceivedEvent[]) =>
  events.filter(({ event }) => !event.startsWith('notification.') && event !== 'unread-count.changed')

/** The numbers `n` of test events. */
export const numbersOf = (events: readonly ReceivedEvent[]): number[] => withoutNotifications(events).map(({ data }) => data.n)

export const positionsOf = (events: readonly ReceivedEvent[]): number[] => events.map(({ position }) => position)
