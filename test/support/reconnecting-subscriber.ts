/** A subscriber that reconnects with its position whenever its connection ends, to any node. */
import { setTimeout as wait } from 'node:timers/promises'
import type { EventSubscriber, ReceivedEvent, Subscribe } from './event-subscriber.ts'

/** As long as a client waits before it connects again. */
const reconnectDelayMs = 100

export interface ReconnectingSubscriber {
  /** All that it was told, over all its connections, in the order in which it was told. */
  events(): ReceivedEvent[]
  /** How often it came back. */
  readonly returns: number
  /** Breaks its connection. */
  breakOff(): void
  stop(): void
}

/** @param urlOf a node to go to, chosen anew each time */
export function subscribeReconnecting(
  way: Subscribe,
  urlOf: () => string,
  told: { token: string; after: number; audiences: string[] },
): ReconnectingSubscriber {
  const before: ReceivedEvent[] = []
  let audiences = told.audiences
  let position = told.after
  let returns = 0
  let stopped = false
  let present: EventSubscriber = way(urlOf(), told)

  async function follow() {
    for (;;) {
      await present.whenClosed
      await wait(reconnectDelayMs)
      if (stopped) return
      // what was taken away is not asked for again, or it would be refused
      const refused = present.frames.flatMap(({ type, audience, errors }) =>
        type !== 'problem' ? [] : [audience, ...(errors ?? []).map(({ message }: { message: string }) => message)],
      )
      audiences = audiences.filter((audience) => !refused.includes(audience))
      before.push(...present.events)
      position = present.position ?? position
      returns++
      present = way(urlOf(), { token: told.token, after: position, audiences })
    }
  }
  void follow()
  return {
    events: () => [...before, ...present.events],
    get returns() {
      return returns
    },
    breakOff: () => present.close(),
    stop() {
      stopped = true
      present.close()
    },
  }
}
