/** A subscriber of events over a WebSocket, of SmartStart or of a peer. */
import { WebSocket } from 'ws'

export interface SubscriberProtocol {
  path: string
  /** The reply to a message; the first message, when the socket opens, is ''. */
  reply(message: string): string | undefined
  /** Whether this message says that the subscription is open. */
  isWelcome(message: string): boolean
  isEvent(message: string): boolean
}

/**
 * @param hello further fields of the hello message, such as `audiences` and `after`
 * @param event the name of the events that count
 */
export const smartStartEvents = (token: string, hello: object, event: string): SubscriberProtocol => ({
  path: '/notifications',
  reply: (message) => (message === '' ? JSON.stringify({ type: 'hello', token, ...hello }) : undefined),
  isWelcome: (message) => message.startsWith('{"type":"welcome"'),
  isEvent: (message) => message.startsWith('{"type":"event"') && message.includes(`"event":"${event}`),
})

export const bareWebSocket: SubscriberProtocol = {
  path: '/',
  reply: () => undefined,
  isWelcome: () => true,
  isEvent: (message) => message !== '',
}

export const socketIo: SubscriberProtocol = {
  path: '/socket.io/?EIO=4&transport=websocket',
  reply: (message) => (message.startsWith('0') ? '40' : message === '2' ? '3' : undefined),
  isWelcome: (message) => message.startsWith('40'),
  isEvent: (message) => message.startsWith('42'),
}

export class Subscriber {
  received = 0
  receivedAt = 0
  lastEvent = ''
  isClosed = false
  /** Resolves when the subscription is open. */
  readonly opened: Promise<void>
  readonly #socket: WebSocket

  constructor(url: string, protocol: SubscriberProtocol, onEvent?: (event: string) => void) {
    this.#socket = new WebSocket(url.replace('http', 'ws') + protocol.path, { perMessageDeflate: false })
    this.opened = new Promise((resolve, reject) => {
      const receive = (message: string) => {
        const reply = protocol.reply(message)
        if (reply !== undefined) this.#socket.send(reply)
        if (protocol.isWelcome(message)) resolve()
        if (!protocol.isEvent(message)) return
        this.received++
        this.lastEvent = message
        this.receivedAt = performance.now()
        onEvent?.(message)
      }
      this.#socket.on('open', () => receive(''))
      this.#socket.on('message', (data: Buffer) => receive(data.toString()))
      this.#socket.on('error', () => {})
      this.#socket.on('close', () => {
        this.isClosed = true
        reject(new Error('the server closed a subscriber'))
      })
    })
    this.opened.catch(() => {})
  }

  close(): void {
    this.#socket.terminate()
  }
}

/** Opens subscribers, 50 at a time, spread over the nodes. */
export async function openSubscribers(
  urls: string[],
  count: number,
  protocolOf: (index: number) => SubscriberProtocol,
): Promise<Subscriber[]> {
  const subscribers: Subscriber[] = []
  while (subscribers.length < count) {
    const next = Array.from({ length: Math.min(50, count - subscribers.length) }, (_, offset) => {
      const index = subscribers.length + offset
      return new Subscriber(urls[index % urls.length] as string, protocolOf(index))
    })
    await Promise.all(next.map(({ opened }) => opened))
    subscribers.push(...next)
  }
  return subscribers
}

/** Waits until every subscriber has so many events. @throws when one gets more, or is closed */
export async function receiveAll(subscribers: Subscriber[], count: number, timeoutMs = 30_000): Promise<void> {
  const end = Date.now() + timeoutMs
  while (subscribers.some(({ received }) => received < count)) {
    if (Date.now() > end || subscribers.some(({ isClosed }) => isClosed)) throw new Error('not all subscribers received their events')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  if (subscribers.some(({ received }) => received > count)) throw new Error('a subscriber received an event twice')
}
