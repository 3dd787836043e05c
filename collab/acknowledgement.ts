/**
 * How many acknowledgements a client of one document waits for.
 *
 * The provider counts one for each edit, and begins anew when it asks for the document: then one for all that it had. An edit that
 * was refused, or lacks what it builds on, stays owed; when the client answers our question with all that it has, everything owed
 * is acknowledged with that answer, which the client itself did not count.
 */
import { decodeStateVector, decodeUpdate } from 'yjs'
import { syncKind } from './frame.ts'

export class Acknowledgements {
  #owed = 0
  /** Questions beside the protocol's own that are not answered yet. */
  #asked = 0
  /** Where the client stood when it began to count, until it has told all that it had then; and how many deletions came meanwhile. */
  #began: { vector: Map<number, number>; deletions: number } | undefined
  #count = 0

  /** Changes when the client begins to count anew: what was promised before is not told it any more. */
  get count(): number {
    return this.#count
  }

  /** The client asked for the document, and counts anew. @throws when it is no state vector */
  begin(stateVector: Uint8Array): void {
    this.end()
    this.#began = { vector: decodeStateVector(stateVector), deletions: 0 }
  }

  /** The document is closed. */
  end(): void {
    this.#count++
    this.#owed = 0
    this.#asked = 0
    this.#began = undefined
  }

  /** The client was asked for all that it has more than we do. */
  ask(): void {
    this.#asked++
  }

  /**
   * Takes note of an edit. Answers how many acknowledgements the client waits for by it, and whether it answers a question of ours.
   * @throws when it is no update
   */
  take(kind: number | undefined, update: Uint8Array): { due: number; answers: boolean } {
    if (kind !== syncKind.step2 || this.#asked === 0) return { due: this.#counted(kind, update), answers: false }
    const due = this.#owed
    this.#asked--
    this.#owed = 0
    return { due, answers: true }
  }

  /** They are not given now. */
  owe(due: number): void {
    this.#owed += due
  }

  /**
   * The provider sends again, after it began to count anew, each edit that was made while it was away, and does not count those:
   * their acknowledgements would be taken for those of later edits.
   */
  #counted(kind: number | undefined, update: Uint8Array): number {
    const began = this.#began
    if (!began) return 1
    if (kind === syncKind.step2) {
      this.#began = undefined
      return 1 + began.deletions
    }
    const { structs } = decodeUpdate(update)
    // a deletion does not tell when it was made; its acknowledgement comes with that of all that the client had
    if (structs.length === 0) began.deletions++
    return structs.some(({ id, length }) => id.clock + length > (began.vector.get(id.client) ?? 0)) ? 1 : 0
  }
}
