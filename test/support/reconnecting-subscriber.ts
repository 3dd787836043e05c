/** A subscriber that reconnects to any node with its position when its connection is closed. */
import { setTimeout as wait } from 'node:timers/promises'
import type { EventSubscriber, ReceivedEvent, Subscribe } from './event-subscriber.ts'

/** Milliseconds before it reconnects. */
const reconnectDelayMs = 100

export interface ReconnectingSubscriber {
  /** The events of all its connections, in order of arrival. */
  events(): ReceivedEvent[]
  /** How often it reconnected. */
  readonly reconnects: number
  /** Closes its connection; it reconnects. */
  disconnect(): void
  stop(): void
}

/** @param urlOf chooses a node for each connection */
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
      // a lost audience is not requested again, since it would be refused
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
