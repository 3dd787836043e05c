/** The subscribers of a node: who hears which audience, whatever they are reached by. An event costs what its hearers cost, not what all do. */
import { DomainError } from '../domain/kernel/errors.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import type { Feed } from '../domain/kernel/feed.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import type { AccessChange } from '../domain/kernel/operation.ts'
import type { Read } from '../domain/kernel/reading.ts'
import { inSlices, oneUnhurried } from '../domain/kernel/turn.ts'
import { createAsking } from './as-of-now.ts'
import { CatchingUp } from './catching-up.ts'
import { EventFrame } from './event-frame.ts'
import type { Desk, Line } from './line.ts'
import type { Outgoing } from './outgoing.ts'
import { Subscriber } from './subscriber.ts'

export interface Subscribers {
  /** Makes a subscriber who has not said yet who they are. */
  open(line: Line): Subscriber
  /** Those on this node who hear an audience. */
  hearing(audience: string): Iterable<Subscriber>
  /** Calls `hear` whenever one hears an audience no longer. Returns a function that ends it. */
  whenLeft(hear: (subscriber: Subscriber, audience: string) => void): () => void
  /** Brings live subscribers to a change of access. */
  enforce(change: AccessChange): Promise<void>
  stop(): void
}

export interface SubscribersOptions {
  domain: Domain
  feed: Feed
  read: Read
  metrics: Metrics
  /** Most of one account on this node. */
  connections: number
}

const looksEvery = 5000
/** A proxy that closes what is silent mostly does so after a minute. Milliseconds. */
const beatsEvery = 20_000
/** Who does not say within this time who they are is closed. Milliseconds. */
const greetingWithin = 10_000
/** Written to in one go, some milliseconds of work; then others have their turn. */
const writesAtOnce = 250

export function createSubscribers({ domain, feed, read, metrics, connections }: SubscribersOptions): Subscribers {
  /** When each came, to be asked again and again whether it is still there. */
  const all = new Map<Subscriber, number>()
  const byUser = new Map<string, Set<Subscriber>>()
  const byAudience = new Map<string, Set<Subscriber>>()
  let newest = feed.position
  const asking = createAsking()

  const leavings = new Set<(subscriber: Subscriber, audience: string) => void>()
  const leaving: Outgoing[] = []
  function leave() {
    for (const outgoing of leaving.splice(0, writesAtOnce)) outgoing.flush()
    if (leaving.length > 0) setImmediate(leave)
  }

  const desk: Desk = {
    domain,
    missed: new CatchingUp(read, () => newest),
    newest: () => newest,
    greeted: oneUnhurried(),
    asOfNow: asking.asOfNow,
    enter(subscriber, { userId }) {
      if ((byUser.get(userId)?.size ?? 0) >= connections)
        throw new DomainError('too-many-connections', `One account has at most ${connections} subscribers on one node.`)
      put(byUser, userId, subscriber)
    },
    add: (subscriber, audience) => put(byAudience, audience, subscriber),
    remove(subscriber, audience) {
      take(byAudience, audience, subscriber)
      for (const hear of leavings) hear(subscriber, audience)
    },
    leaving: (outgoing) => {
      if (leaving.push(outgoing) === 1) queueMicrotask(leave)
    },
    left(subscriber, problem) {
      if (!all.delete(subscriber)) return
      metrics.subscribers.dec()
      if (problem) metrics.refusals.inc({ problem })
      if (subscriber.user) take(byUser, subscriber.user.userId, subscriber)
      for (const audience of subscriber.audiences) desk.remove(subscriber, audience)
    },
  }

  const unlisten = feed.listen((event) => {
    const now = Date.now()
    let frame: EventFrame | undefined
    for (const audience of event.audience) {
      const hearers = byAudience.get(audience)
      if (!hearers) continue
      frame ??= new EventFrame(event)
      for (const subscriber of hearers) subscriber.hear(frame, now)
    }
    // after it was told, so that who comes to this position has nothing to be told before it
    newest = event.position
  })

  function look(subscriber: Subscriber, now: number) {
    const since = now - (all.get(subscriber) ?? now)
    if (subscriber.user) subscriber.expired(now)
    else if (!subscriber.greeting && since > greetingWithin) subscriber.refuse('unauthenticated')
    if (since % beatsEvery < looksEvery) subscriber.beat()
  }
  const timer = setInterval(() => {
    const now = Date.now()
    inSlices(all.keys(), (subscriber) => look(subscriber, now))
  }, looksEvery)

  return {
    open(line) {
      const subscriber = new Subscriber(line, desk)
      all.set(subscriber, Date.now())
      metrics.subscribers.inc()
      return subscriber
    },
    hearing: (audience) => byAudience.get(audience) ?? [],
    whenLeft(hear) {
      leavings.add(hear)
      return () => void leavings.delete(hear)
    },
    async enforce(change) {
      asking.changed(change)
      const { userId, subject } = change
      const near = userId !== undefined ? byUser.get(userId) : subject !== undefined ? byAudience.get(subject) : all.keys()
      await Promise.all([...(near ?? [])].filter((one) => one.concerns(change)).map((one) => one.judge()))
    },
    stop() {
      clearInterval(timer)
      unlisten()
      for (const subscriber of all.keys()) subscriber.refuse('unavailable')
    },
  }
}

function put(index: Map<string, Set<Subscriber>>, name: string, subscriber: Subscriber) {
  let set = index.get(name)
  if (!set) index.set(name, (set = new Set()))
  set.add(subscriber)
}

function take(index: Map<string, Set<Subscriber>>, name: string, subscriber: Subscriber) {
  const set = index.get(name)
  set?.delete(subscriber)
  if (set?.size === 0) index.delete(name)
}
