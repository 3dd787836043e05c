/** An event as it is sent: written once for all who hear it, in the form of each transport. */
import * as ws from 'ws'
import type { HeardEvent } from '../domain/kernel/events.ts'

/** Of `ws`'s own, public, and missing in its types. */
const { Sender } = ws as unknown as {
  Sender: {
    frame(data: Buffer, options: { fin: boolean; opcode: number; mask: boolean; readOnly: boolean; rsv1: boolean }): Buffer[]
  }
}
const text = { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false }

/** A JSON text as a whole WebSocket frame. */
export const webSocketText = (json: string): Buffer => Buffer.concat(Sender.frame(Buffer.from(json), text))

/**
 * A JSON text as a server-sent event. It has no line break, as JSON has none.
 * @param id what the client sends as `Last-Event-ID` when it comes back
 * @param name its type; events have none, so that they are `message`
 */
export const serverSent = (json: string, id?: number, name?: string): Buffer =>
  Buffer.from(`${id === undefined ? '' : `id: ${id}\n`}${name ? `event: ${name}\n` : ''}data: ${json}\n\n`)

/** What is told of an event, the same over every transport. */
export const toldOf = ({ position, event, subject, at, data }: HeardEvent) => ({ type: 'event', position, event, subject, at, data })

/** The form of an event in each transport. */
export type Form = 'webSocket' | 'serverSent'

export class EventFrame {
  readonly position: number
  readonly audience: readonly string[]
  readonly #json: string
  #webSocket: Buffer | undefined
  #serverSent: Buffer | undefined

  constructor(event: HeardEvent) {
    this.position = event.position
    this.audience = event.audience
    this.#json = JSON.stringify(toldOf(event))
  }

  /** About what it takes in memory, bytes. */
  get size(): number {
    return this.#json.length * 3 + 200
  }

  get webSocket(): Buffer {
    return (this.#webSocket ??= webSocketText(this.#json))
  }

  get serverSent(): Buffer {
    return (this.#serverSent ??= serverSent(this.#json, this.position))
  }
}
