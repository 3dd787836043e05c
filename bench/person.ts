/**
 * One socket of a load: raw frames, no document of its own.
 *
 * Servers may merge keystrokes into one frame and need not send one back to its author, so what counts is content: a delivered edit is one
 * Yjs clock of one typist that a socket had not seen before.
 */
import { once } from 'node:events'
import { createDecoder, readVarUint } from 'lib0/decoding'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { answerToPing, type Dialect } from './dialect.ts'
import type { Typist } from './typist.ts'

/** What a crowd counts together. */
export interface Tally {
  /** What comes now is counted. */
  counting: boolean
  /** What was sent between these two moments is timed, in milliseconds. */
  since: number
  until: number
  edits: number
  cursors: number
  seen: number[]
  acknowledged: number[]
  /** The first thing that went wrong. */
  wrong: string | undefined
}

export const newTally = (): Tally => ({
  counting: false,
  since: Number.POSITIVE_INFINITY,
  until: Number.POSITIVE_INFINITY,
  edits: 0,
  cursors: 0,
  seen: [],
  acknowledged: [],
  wrong: undefined,
})

export interface Place {
  dialect: Dialect
  url: string
  document: string
  token: string
}

export class Person {
  readonly typist: Typist | undefined
  /** How many keystrokes of each typist came, and the newest cursor of each. */
  readonly edits = new Map<number, number>()
  readonly cursors = new Map<number, number>()
  readonly #place: Place
  readonly #tally: Tally
  readonly #others: Map<number, Typist>
  #socket!: WebSocket
  readonly #unacknowledged: number[] = []
  #greeted: (() => void) | undefined
  #ending = false

  /** @param typist what this person types, if anything; `typists` are all who type in the document */
  constructor(place: Place, typists: Typist[], tally: Tally, typist?: Typist) {
    this.typist = typist
    this.#place = place
    this.#others = new Map(typists.filter((other) => other !== typist).map((other) => [other.client, other]))
    this.#tally = tally
  }

  /** Resolves when the document is open. @throws what went wrong */
  async open(): Promise<void> {
    const { dialect, url, document, token } = this.#place
    this.#socket = new WebSocket(dialect.address(url, document), { perMessageDeflate: false })
    this.#socket.on('message', (data: Buffer) => this.#hear(data))
    this.#socket.on('error', (error) => this.#fail(error.message))
    this.#socket.on('close', (code, reason) => {
      if (!this.#ending) this.#fail(`a socket was closed with ${code} ${reason.toString()}`)
    })
    await once(this.#socket, 'open')
    if (!dialect.greets) return
    const greeted = new Promise<void>((done) => {
      this.#greeted = done
    })
    for (const frame of dialect.hello(document, token)) this.#socket.send(frame)
    await greeted
    if (this.#tally.wrong) throw new Error(this.#tally.wrong)
  }

  async close(): Promise<void> {
    this.#ending = true
    if (this.#socket.readyState === WebSocket.CLOSED) return
    this.#socket.close()
    await once(this.#socket, 'close')
  }

  type(): void {
    if (this.typist) this.#sendEdit(this.#place.dialect.edit(this.#place.document, this.typist.type()))
  }

  move(): void {
    if (this.typist) this.#socket.send(this.#place.dialect.cursors(this.#place.document, this.typist.move()))
  }

  /** What of the others' work has not come, and what of one's own is not acknowledged; undefined when nothing is missing. */
  get missing(): string | undefined {
    for (const { client, sentAt, movedAt } of this.#others.values()) {
      if ((this.edits.get(client) ?? 0) < sentAt.length) return `${sentAt.length - (this.edits.get(client) ?? 0)} keystrokes`
      // of cursors only the newest counts: a server may leave out those between
      if (movedAt.length > 1 && (this.cursors.get(client) ?? 0) < movedAt.length - 1) return 'the newest cursor'
    }
    return this.#unacknowledged.length > 0 ? `${this.#unacknowledged.length} acknowledgements` : undefined
  }

  #sendEdit(frame: Uint8Array) {
    if (this.#place.dialect.acknowledges) this.#unacknowledged.push(performance.now())
    this.#socket.send(frame)
  }

  #hear(data: Buffer) {
    const heard = this.#place.dialect.read(data)
    if (heard.is === 'edit') this.#see(heard.payload)
    else if (heard.is === 'cursors') this.#watch(heard.payload)
    else if (heard.is === 'acknowledgement') this.#settle()
    else if (heard.is === 'question') this.#sendEdit(this.#place.dialect.nothing(this.#place.document))
    else if (heard.is === 'ping') this.#socket.send(answerToPing)
    else if (heard.is === 'refusal') this.#fail(`refused: ${heard.reason}`)
    else if (heard.is === 'answer') {
      this.#see(heard.payload)
      this.#greeted?.()
    }
  }

  #see(update: Uint8Array) {
    const now = performance.now()
    const { structs } = Y.decodeUpdate(update)
    for (const struct of structs) {
      const typist = this.#others.get(struct.id.client)
      if (!typist || struct instanceof Y.Skip) continue
      const known = this.edits.get(typist.client) ?? 0
      const end = struct.id.clock + struct.length
      if (struct.id.clock > known) this.#fail(`keystrokes ${known} to ${struct.id.clock - 1} of a typist never came`)
      for (let clock = known; clock < end; clock++) this.#count(typist.sentAt[clock] ?? now, now)
      if (end > known) this.edits.set(typist.client, end)
    }
  }

  #count(sentAt: number, now: number) {
    const tally = this.#tally
    if (tally.counting) tally.edits++
    if (sentAt >= tally.since && sentAt < tally.until) tally.seen.push(now - sentAt)
  }

  #watch(states: Uint8Array) {
    const decoder = createDecoder(states)
    for (let left = readVarUint(decoder); left > 0; left--) {
      const client = readVarUint(decoder)
      const clock = readVarUint(decoder)
      const length = readVarUint(decoder)
      decoder.pos += length
      if (!this.#others.has(client) || clock <= (this.cursors.get(client) ?? 0)) continue
      this.cursors.set(client, clock)
      if (this.#tally.counting) this.#tally.cursors++
    }
  }

  #settle() {
    const sentAt = this.#unacknowledged.shift()
    const tally = this.#tally
    if (sentAt === undefined) this.#fail('an acknowledgement came that nothing waited for')
    else if (sentAt >= tally.since && sentAt < tally.until) tally.acknowledged.push(performance.now() - sentAt)
  }

  #fail(what: string) {
    this.#tally.wrong ??= `${what} (${this.#place.url})`
    this.#greeted?.()
  }
}
