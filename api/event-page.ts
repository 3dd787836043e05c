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

  /** Tells what is heard of it after a position, in order, in the form of a transport. Many ask it of many pages, so nothing is made for one of them. */
  tell(audiences: ReadonlySet<string>, after: number, form: Form, put: (part: Buffer) => void): void {
    const only = this.#onlyOf(audiences)
    if (only === undefined) return
    if (only !== null && after <= this.#after) return put(this.#whole(only, form))
    for (const frame of this.#frames) if (frame.position > after && frame.audience.some((name) => audiences.has(name))) put(frame[form])
  }

  /** The only one of some audiences that something here is for; null where there are several. */
  #onlyOf(audiences: ReadonlySet<string>): string | null | undefined {
    let only: string | undefined
    // two loops, since one over either would make an object of each step
    if (audiences.size < this.#byAudience.size)
      for (const audience of audiences) {
        if (!this.#byAudience.has(audience)) continue
        if (only !== undefined) return null
        only = audience
      }
    else
      for (const audience of this.#byAudience.keys()) {
        if (!audiences.has(audience)) continue
        if (only !== undefined) return null
        only = audience
      }
    return only
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
