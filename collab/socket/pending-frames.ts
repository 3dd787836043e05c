/** Frames that a client sent before its document was open, in order. */
import { frameType, type Message, syncKind } from './protocol-codec.ts'

export class PendingFrames {
  #frames: Message[] = []
  #bytes = 0

  get count(): number {
    return this.#frames.length
  }

  get bytes(): number {
    return this.#bytes
  }

  push(frame: Message): void {
    if (frame.kind === syncKind.step1) this.#dropUpdates()
    this.#frames.push(frame)
    this.#bytes += frame.bytes.length
  }

  /** Removes and returns all frames. */
  takeAll(): Message[] {
    const frames = this.#frames
    this.clear()
    return frames
  }

  clear(): void {
    this.#frames = []
    this.#bytes = 0
  }

  /** Whether the client requested the document once and has nothing of it: an empty state vector. */
  get requestsWholeDocument(): boolean {
    const requests = this.#frames.filter(({ kind }) => kind === syncKind.step1)
    return requests.length === 1 && requests[0]?.payload?.length === 1 && requests[0].payload[0] === 0
  }

  /**
   * Updates that a client sent before its sync request are sent again in its reply to our request, and it counts only those. An
   * acknowledgement for each would be taken for those of later edits. Updates before a close frame stay.
   */
  #dropUpdates() {
    const closeIndex = this.#frames.findLastIndex(({ type }) => type === frameType.close)
    this.#frames = this.#frames.filter(({ kind }, index) => index <= closeIndex || kind === undefined || kind === syncKind.step1)
    this.#bytes = this.#frames.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }
}
