/** A subscriber who is thrown out again and again, and comes back with its position, to whichever node. */
import type { Listener, Told, Way } from './listener.ts'

export interface Roamer {
  /** All that it was told, over all its connections, in the order in which it was told. */
  events(): Told[]
  /** How often it came back. */
  readonly returns: number
  /** Breaks its connection. */
  breakOff(): void
  stop(): void
}

/** @param urlOf a node to go to, chosen anew each time */
export function roam(way: Way, urlOf: () => string, told: { token: string; after: number; audiences: string[] }): Roamer {
  const before: Told[] = []
  let audiences = told.audiences
  let position = told.after
  let returns = 0
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let present: Listener = way(urlOf(), told)

  function look() {
    // what was taken away is not asked for again, or it would be refused
    const refused = present.words.flatMap(({ type, audience, errors }) =>
      type !== 'problem' ? [] : [audience, ...(errors ?? []).map(({ message }: { message: string }) => message)],
    )
    audiences = audiences.filter((audience) => !refused.includes(audience))
    if (present.closed !== undefined) {
      before.push(...present.events)
      position = present.position ?? position
      returns++
      present = way(urlOf(), { token: told.token, after: position, audiences })
    }
    if (!stopped) timer = setTimeout(look, 150)
  }
  look()
  return {
    events: () => [...before, ...present.events],
    get returns() {
      return returns
    },
    breakOff: () => present.end(),
    stop() {
      stopped = true
      clearTimeout(timer)
      present.end()
    },
  }
}
