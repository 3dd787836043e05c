/** The keystrokes and cursor moves of one writing client. Keystrokes are encoded before the measurement: one valid update of one character each. */
import { createEncoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding'
import * as Y from 'yjs'

export class Writer {
  readonly clientId: number
  /** When each keystroke was sent, by its Yjs clock. */
  readonly typedAt: number[] = []
  /** When each cursor was sent, by its awareness clock, which begins with 1. */
  readonly movedAt: number[] = [0]
  readonly #document = new Y.Doc()
  readonly #updates: Uint8Array[] = []
  readonly #start: number

  /**
   * @param state the document's content, as an update
   * @param start position in its text where the writer types
   */
  constructor(state?: Uint8Array, start = 0) {
    this.clientId = this.#document.clientID
    this.#start = start
    if (state) Y.applyUpdate(this.#document, state)
    this.#document.on('update', (update: Uint8Array) => this.#updates.push(update))
  }

  /** Encodes so many further keystrokes. */
  prepare(keystrokes: number): void {
    const text = this.#document.getText('text')
    for (let count = this.#updates.length; count < this.typedAt.length + keystrokes; count++) {
      text.insert(this.#start + count, String.fromCharCode(97 + (count % 26)))
    }
  }

  /** Takes the next keystroke, to be sent now. */
  nextUpdate(): Uint8Array {
    const update = this.#updates[this.typedAt.length]
    if (!update) throw new Error('prepare() encoded too few keystrokes')
    this.typedAt.push(performance.now())
    return update
  }

  /** Takes the next awareness update, to be sent now: a cursor in the form that editors use. */
  nextAwareness(): Uint8Array {
    const clock = this.movedAt.length
    this.movedAt.push(performance.now())
    const anchor = { type: null, tname: 'text', item: { client: this.clientId, clock: Math.max(0, this.typedAt.length - 1) }, assoc: 0 }
    const state = { user: { name: `Person ${this.clientId}`, color: '#7048e8' }, cursor: { anchor, head: anchor } }
    const encoder = createEncoder()
    for (const value of [1, this.clientId, clock]) writeVarUint(encoder, value)
    writeVarString(encoder, JSON.stringify(state))
    return toUint8Array(encoder)
  }
}
