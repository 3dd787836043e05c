/** Messages to subscribers, and the transports that carry them: WebSocket and server-sent events. */
import type { Writable } from 'node:stream'
import type { ProblemCode } from '../../domain/kernel/errors.ts'
import type { PublishedEvent } from '../../domain/kernel/events/event.ts'
import type { PersonActor } from '../../domain/kernel/actor.ts'
import { encodeTextFrame } from '../../realtime/websocket.ts'

export type User = PersonActor

/** A message that is not an event. */
export type ServerMessage =
  | { type: 'welcome'; userId: string; position: number }
  | { type: 'subscribed' | 'unsubscribed'; audience: string; position: number }
  | ({ type: 'problem'; code: ProblemCode; audience?: string; conversation?: string } & ProblemDetails)
  | { type: 'pong'; position: number }
  | EphemeralMessage

export interface ProblemDetails {
  position?: number | undefined
  detail?: string | undefined
  /** Invalid fields. */
  errors?: readonly object[] | undefined
}

/** A present user. */
export interface PresentUser {
  userId: string
  name: string
}

/** Has no position, is not stored, and is not repeated after a reconnect. */
export type EphemeralMessage =
  | { type: 'typing'; conversation: string; userId: string; name: string }
  | { type: 'presence'; audience: string; users: PresentUser[] }
  | { type: 'presence'; audience: string; joined: PresentUser }
  | { type: 'presence'; audience: string; left: PresentUser }

export const isEphemeral = ({ type }: ServerMessage): boolean => type === 'typing' || type === 'presence'

/** How a transport encodes events. */
export type Encoding = 'webSocket' | 'serverSent'

export interface Transport {
  readonly encoding: Encoding
  /** Its `writableLength` is what the client has not read. */
  readonly stream: Writable
  readonly isOpen: boolean
  /** @param position of the subscriber */
  encode(message: ServerMessage, position: number): Buffer
  /** Prevents proxies from closing a silent connection, and detects dead clients. */
  keepAlive(position: number): void
  /** Closes it after pending writes; at once for a slow reader. */
  close(problem: ProblemCode): void
}

/**
 * Encodes JSON as a server-sent event. JSON has no line breaks, so it is one line of data.
 * @param id sent by the client as `Last-Event-ID` when it reconnects
 * @param name its type; without one it is `message`, as events are
 */
export const encodeServerSent = (json: string, id?: number, name?: string): Buffer =>
  Buffer.from(`${id === undefined ? '' : `id: ${id}\n`}${name ? `event: ${name}\n` : ''}data: ${json}\n\n`)

/** An event as clients receive it, the same over all transports. */
export const eventMessage = ({ position, event, subject, at, data }: PublishedEvent) => ({
  type: 'event',
  position,
  event,
  subject,
  at,
  data,
})

/** An event, encoded once for all subscribers of a transport. */
export class EventFrame {
  readonly position: number
  readonly audience: readonly string[]
  readonly #json: string
  #webSocket: Buffer | undefined
  #serverSent: Buffer | undefined

  constructor(event: PublishedEvent) {
    this.position = event.position
    this.audience = event.audience
    this.#json = JSON.stringify(eventMessage(event))
  }

  /** Approximate memory. */
  get sizeBytes(): number {
    return this.#json.length * 3 + 200
  }

  get webSocket(): Buffer {
    return (this.#webSocket ??= encodeTextFrame(this.#json))
  }

  get serverSent(): Buffer {
    return (this.#serverSent ??= encodeServerSent(this.#json, this.position))
  }
}
