/** A subscriber that reconnects with its position whenever its connection ends, to any node. */
import { setTimeout as wait } from 'node:timers/promises'
import type { EventSubscriber, ReceivedEvent, Subscribe } from './event-subscriber.ts'

/** As long as a client waits before it connects again. */
const reconnectDelayMs = 100

export interface ReconnectingSubscriber {
  /** All that it was told, over all its connections, in the order in which it was told. */
  events(): ReceivedEvent[]
  /** How often it came back. */
  readonly reconnects: number
  /** Breaks its connection. */
  disconnect(): void
  stop(): void
}

/** @param urlOf a node to go to, chosen anew each time */
export function subscribeReconnecting(
  subscribe: Subscribe,
  urlOf: () => string,
  options: { token: string; after: number; audiences: string[] },
): ReconnectingSubscriber {
  const earlierEvents: ReceivedEvent[] = []
  let audiences = options.audiences
  let position = options.after
  let reconnects = 0
  let stopped = false
  let subscriber: EventSubscriber = subscribe(urlOf(), options)

  async function follow() {
    for (;;) {
      await subscriber.whenClosed
      await wait(reconnectDelayMs)
      if (stopped) return
      // what was taken away is not asked for again, or it would be refused
      const refused = subscriber.frames.flatMap(({ type, audience, errors }) =>
        type !== 'problem' ? [] : [audience, ...(errors ?? []).map(({ message }: { message: string }) => message)],
      )
      audiences = audiences.filter((audience) => !refused.includes(audience))
      earlierEvents.push(...subscriber.events)
      position = subscriber.position ?? position
      reconnects++
      subscriber = subscribe(urlOf(), { token: options.token, after: position, audiences })
    }
  }
  void follow()
  return {
    events: () => [...earlierEvents, ...subscriber.events],
    get reconnects() {
      return reconnects
    },
    disconnect: () => subscriber.close(),
    stop() {
      stopped = true
      subscriber.close()
    },
  }
}
