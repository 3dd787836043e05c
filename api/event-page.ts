/** Events that stand together, kept for all who missed them: found by audience, and put together once for those who hear the same of them. */
import type { Stretch } from '../domain/kernel/replay.ts'
import { EventFrame, type Form } from './event-frame.ts'

/** What is told in one go: nothing is missing up to `upTo`. */
export interface Missed {
  parts: readonly Buffer[]
  upTo: number
}

/** What was told of some pages to somebody who hears one of their audiences alone. */
interface Told extends Missed {
  audience: string
  /** All that the pages have. */
  among: ReadonlySet<string>
}

export class EventPage {
  /** The position behind which it begins. */
  readonly after: number
  /** Nothing is missing up to here. */
  readonly upTo: number
  readonly newest: number
  readonly forgotten: number
  readonly #frames: EventFrame[]
  readonly #byAudience = new Map<string, EventFrame[]>()
  readonly #told: Record<Form, Map<string, Told>> = { webSocket: new Map(), serverSent: new Map() }
  #size = 0

  /** @param after the position behind which it begins */
  constructor({ events, upTo, newest, forgotten }: Stretch, after: number) {
    this.upTo = upTo
    this.newest = newest
    this.forgotten = forgotten
    this.after = after
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

  /** About what it takes in memory, bytes. It grows with what is kept of what was told. */
  get size(): number {
    return this.#size
  }

  get audiences(): Iterable<string> {
    return this.#byAudience.keys()
  }

  /** Those of some audiences that it has. */
  audiencesOf(audiences: ReadonlySet<string>): string[] {
    if (audiences.size > this.#byAudience.size) return [...this.audiences].filter((name) => audiences.has(name))
    return [...audiences].filter((name) => this.#byAudience.has(name))
  }

  /** What is heard of it after a position, in order, in the form of a transport. @param heard those of its audiences that are heard */
  heardBy(heard: readonly string[], after: number, form: Form): Buffer[] {
    const [only] = heard
    if (only === undefined) return []
    const alone = heard.length === 1
    return (alone ? (this.#byAudience.get(only) ?? []) : this.#frames)
      .filter(({ position, audience }) => position > after && (alone || audience.some((name) => heard.includes(name))))
      .map((frame) => frame[form])
  }

  /** What was kept, told from its beginning on, for somebody who hears no more of that. */
  told(audiences: ReadonlySet<string>, form: Form): Missed | undefined {
    for (const told of this.#told[form].values()) {
      if (audiences.has(told.audience) && !hearsMore(audiences, told)) return told
    }
    return undefined
  }

  /** Keeps what was told from its beginning on to who hears one audience alone, for all others who do. Answers it. */
  keep(told: Told, form: Form): Missed {
    this.#told[form].set(told.audience, told)
    for (const part of told.parts) this.#size += part.length
    return told
  }
}

function hearsMore(audiences: ReadonlySet<string>, { audience, among }: Told): boolean {
  const [few, many] = audiences.size < among.size ? [audiences, among] : [among, audiences]
  for (const name of few) if (name !== audience && many.has(name)) return true
  return false
}
