/**
 * Counts the acknowledgements that a client of one document expects.
 *
 * A provider expects one for each edit. When it requests the document it starts anew, and then expects one for everything that it had.
 * The acknowledgement of an edit that was refused, or whose predecessors are missing, is deferred. When the client replies to our own
 * request with everything that it has, all deferred acknowledgements are sent; the client did not count that reply.
 */
import { decodeStateVector, decodeUpdate } from 'yjs'
import { syncKind } from './protocol-codec.ts'

export class AckTracker {
  #deferred = 0
  /** Our own requests, beside those of the protocol, that are not answered yet. */
  #pendingRequests = 0
  /** What the client had when it started to count, until it has sent all of that; and how many deletions it sent meanwhile. */
  #start: { vector: Map<number, number>; deletions: number } | undefined
  #generation = 0

  /** Changes when the client starts to count anew. Acknowledgements of an earlier generation must not be sent. */
  get generation(): number {
    return this.#generation
  }

  /** The client requested the document, and starts to count anew. @throws when it is not a state vector */
  restart(stateVector: Uint8Array): void {
    this.reset()
    this.#start = { vector: decodeStateVector(stateVector), deletions: 0 }
  }

  /** The document is closed. */
  reset(): void {
    this.#generation++
    this.#deferred = 0
    this.#pendingRequests = 0
    this.#start = undefined
  }

  /** Whether a request of ours is not answered yet. */
  get isRequestPending(): boolean {
    return this.#pendingRequests > 0
  }

  /** We asked the client for everything that we do not have. */
  noteRequest(): void {
    this.#pendingRequests++
  }

  /**
   * Tracks an update of the client.
   * @returns how many acknowledgements the client expects for it, and whether it answers a request of ours
   * @throws when it is not an update
   */
  trackUpdate(kind: number | undefined, update: Uint8Array): { due: number; answersRequest: boolean } {
    if (kind !== syncKind.step2 || this.#pendingRequests === 0) return { due: this.#countExpected(kind, update), answersRequest: false }
    const due = this.#deferred
    this.#pendingRequests--
    this.#deferred = 0
    return { due, answersRequest: true }
  }

  /** Acknowledgements are not sent now, but with the answer to a request of ours. */
  defer(due: number): void {
    this.#deferred += due
  }

  /**
   * After it starts to count anew, a provider sends again each edit that was made while it was offline, and does not count them. An
   * acknowledgement for such an edit would be taken for that of a later one.
   */
  #countExpected(kind: number | undefined, update: Uint8Array): number {
    const start = this.#start
    if (!start) return 1
    if (kind === syncKind.step2) {
      this.#start = undefined
      return 1 + start.deletions
    }
    const { structs } = decodeUpdate(update)
    // a deletion does not say when it was made; its acknowledgement is sent with that of everything that the client had
    if (structs.length === 0) start.deletions++
    return structs.some(({ id, length }) => id.clock + length > (start.vector.get(id.client) ?? 0)) ? 1 : 0
  }
}
