/** Events that stand together, kept for all who missed them: found by audience, and written once for those who hear the same of them. */
import type { Stretch } from '../domain/kernel/replay.ts'
import { EventFrame, type Form } from './event-frame.ts'

export class EventPage {
  /** Nothing is missing up to here. */
  readonly upTo: number
  readonly newest: number
  readonly forgotten: number
  readonly #after: number
  readonly #frames: EventFrame[]
  readonly #byAudience = new Map<string, EventFrame[]>()
  readonly #written: Record<Form, Map<string, Buffer>> = { webSocket: new Map(), serverSent: new Map() }
  #size = 0

  /** @param after the position behind which it begins */
  constructor({ events, upTo, newest, forgotten }: Stretch, after: number) {
    this.upTo = upTo
    this.newest = newest
    this.forgotten = forgotten
    this.#after = after
    this.#frames = events.map((event) => new EventFrame(event))
    for (const frame of this.#frames) {
      this.#size += frame.size
      for (const audience of frame.audience) {
        const heard = this.#byAudience.get(audience)
        if (heard) heard.push(frame)
        else this.#byAudience.set(audience, [frame])
      }
    }
  }

  /** About what it takes in memory, bytes. It grows with what was written of it. */
  get size(): number {
    return this.#size
  }

  /** What is heard of it after a position, in order, in the form of a transport. */
  heardBy(audiences: ReadonlySet<string>, after: number, form: Form): Buffer[] {
    let only: string | undefined
    for (const audience of audiences.size < this.#byAudience.size ? audiences : this.#byAudience.keys()) {
      if (!audiences.has(audience) || !this.#byAudience.has(audience)) continue
      if (only !== undefined || after > this.#after) return this.#some(audiences, after, form)
      only = audience
    }
    return only === undefined ? [] : [this.#whole(only, form)]
  }

  #some(audiences: ReadonlySet<string>, after: number, form: Form): Buffer[] {
    return this.#frames
      .filter(({ position, audience }) => position > after && audience.some((name) => audiences.has(name)))
      .map((frame) => frame[form])
  }

  #whole(audience: string, form: Form): Buffer {
    let whole = this.#written[form].get(audience)
    if (!whole) {
      whole = Buffer.concat((this.#byAudience.get(audience) ?? []).map((frame) => frame[form]))
      this.#written[form].set(audience, whole)
      this.#size += whole.length
    }
    return whole
  }
}
