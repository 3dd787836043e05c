/** Somebody who types and moves a cursor: every keystroke made ahead of time, each a valid update of one sign. */
import { createEncoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding'
import * as Y from 'yjs'

export class Typist {
  /** The Yjs client that types; also the one whose cursor moves. */
  readonly client: number
  /** When each keystroke went out, by its Yjs clock: the n-th keystroke is clock n. */
  readonly sentAt: number[] = []
  /** When each cursor went out, by its awareness clock, which begins with 1. */
  readonly movedAt: number[] = [0]
  readonly #document = new Y.Doc()
  readonly #updates: Uint8Array[] = []
  readonly #start: number

  /**
   * @param state what the document holds before, as an update
   * @param start where in that text typing begins
   */
  constructor(state?: Uint8Array, start = 0) {
    this.client = this.#document.clientID
    this.#start = start
    if (state) Y.applyUpdate(this.#document, state)
    this.#document.on('update', (update: Uint8Array) => this.#updates.push(update))
  }

  /** Makes sure of so many keystrokes to come. */
  prepare(keystrokes: number): void {
    const text = this.#document.getText('text')
    for (let made = this.#updates.length; made < this.sentAt.length + keystrokes; made++) {
      text.insert(this.#start + made, String.fromCharCode(97 + (made % 26)))
    }
  }

  /** The next keystroke, which goes out now. */
  type(): Uint8Array {
    const update = this.#updates[this.sentAt.length]
    if (!update) throw new Error('more keystrokes were wanted than were made')
    this.sentAt.push(performance.now())
    return update
  }

  /** The next place of the cursor, which goes out now: an awareness update as an editor makes it. */
  move(): Uint8Array {
    const clock = this.movedAt.length
    this.movedAt.push(performance.now())
    const place = { type: null, tname: 'text', item: { client: this.client, clock: Math.max(0, this.sentAt.length - 1) }, assoc: 0 }
    const encoder = createEncoder()
    writeVarUint(encoder, 1)
    writeVarUint(encoder, this.client)
    writeVarUint(encoder, clock)
    writeVarString(
      encoder,
      JSON.stringify({ user: { name: `Person ${this.client}`, color: '#7048e8' }, cursor: { anchor: place, head: place } }),
    )
    return toUint8Array(encoder)
  }
}
