/** The subscribers of a node, by user and by audience. The cost of an event depends on its subscribers only. */
import type { RunPrepared } from '../../domain/kernel/db/prepared-read.ts'
import { DomainError, type ProblemCode } from '../../domain/kernel/errors.ts'
import type { PublishedEvent } from '../../domain/kernel/events/event.ts'
import type { Feed } from '../../domain/kernel/events/feed.ts'
import type { Executor } from '../../domain/kernel/executor.ts'
import type { Metrics } from '../../domain/kernel/metrics.ts'
import type { AccessChange } from '../../domain/kernel/operation.ts'
import { processInChunks, createLowPriorityQueue } from '../../domain/kernel/scheduling.ts'
import { isConcerned, PendingAccessChecks } from '../../realtime/access-change.ts'
import { startKeepAlive } from '../../realtime/keep-alive.ts'
import { Backfill } from './backfill.ts'
import { Subscriber, type SubscriberContext } from './subscriber.ts'
import { EventFrame, type Transport, type User } from './transport.ts'

export interface HubOptions {
  domain: Executor
  feed: Feed
  read: RunPrepared
  metrics: Metrics
  /** Subscribers of one account on this node. */
  maxPerUser: number
}

type AudienceLost = (subscriber: Subscriber, audience: string) => void

const checkEveryMs = 5000
/** A subscriber that does not send its token within this time is disconnected. */
const identifyWithinMs = 10_000

export class SubscriberHub implements SubscriberContext {
  readonly domain: Executor
  readonly backfill: Backfill
  readonly accessQuestions = new PendingAccessChecks()
  readonly limitGreetings = createLowPriorityQueue()
  readonly #metrics: Metrics
  readonly #maxPerUser: number
  /** With the time at which each was opened. */
  readonly #all = new Map<Subscriber, number>()
  readonly #byUser = new Map<string, Set<Subscriber>>()
  readonly #byAudience = new Map<string, Set<Subscriber>>()
  readonly #audienceLost = new Set<AudienceLost>()
  readonly #ends: (() => void)[]
  #newestPosition: number

  constructor({ domain, feed, read, metrics, maxPerUser }: HubOptions) {
    this.domain = domain
    this.backfill = new Backfill(read, () => this.#newestPosition)
    this.#metrics = metrics
    this.#maxPerUser = maxPerUser
    this.#newestPosition = feed.position
    const timer = setInterval(() => this.#checkAll(), checkEveryMs)
    this.#ends = [feed.listen((event) => this.#deliver(event)), startKeepAlive(() => this.#all.keys()), () => clearInterval(timer)]
  }

  /** Adds a subscriber that has not sent its token yet. */
  open(transport: Transport): Subscriber {
    const subscriber = new Subscriber(transport, this)
    this.#all.set(subscriber, Date.now())
    this.#metrics.subscribers.inc()
    return subscriber
  }

  /** The subscribers of an audience on this node. */
  subscribersOf(audience: string): Iterable<Subscriber> {
    return this.#byAudience.get(audience) ?? []
  }

  /** Calls `handle` when a subscriber loses an audience or is closed. Returns a function that stops it. */
  onAudienceLost(handle: AudienceLost): () => void {
    this.#audienceLost.add(handle)
    return () => void this.#audienceLost.delete(handle)
  }

  /** Applies a change of access to the subscribers that it concerns. */
  async enforce(change: AccessChange): Promise<void> {
    this.accessQuestions.noteChange(change)
    const { userId, subject } = change
    const candidates =
      userId !== undefined ? this.#byUser.get(userId) : subject !== undefined ? this.#byAudience.get(subject) : this.#all.keys()
    const concerned = [...(candidates ?? [])].filter(({ user, audiences }) => user && isConcerned(change, user, audiences))
    await Promise.all(concerned.map((one) => one.recheckAccess()))
  }

  stop(): void {
    for (const end of this.#ends) end()
    for (const subscriber of this.#all.keys()) subscriber.refuse('unavailable')
  }

  #deliver(event: PublishedEvent) {
    const now = Date.now()
    let frame: EventFrame | undefined
    for (const audience of event.audience) {
      const subscribers = this.#byAudience.get(audience)
      if (!subscribers) continue
      frame ??= new EventFrame(event)
      for (const subscriber of subscribers) subscriber.deliver(frame, now)
    }
    // after delivery, so that a subscriber at this position has nothing earlier to receive
    this.#newestPosition = event.position
  }

  #checkAll() {
    const now = Date.now()
    processInChunks(this.#all.keys(), (subscriber) => {
      if (subscriber.user) subscriber.closeIfExpired(now)
      else if (!subscriber.isIdentifying && now - (this.#all.get(subscriber) ?? now) > identifyWithinMs)
        subscriber.refuse('unauthenticated')
    })
  }

  newestPosition(): number {
    return this.#newestPosition
  }

  register(subscriber: Subscriber, { id: userId }: User): void {
    if ((this.#byUser.get(userId)?.size ?? 0) >= this.#maxPerUser)
      throw new DomainError(
        'too-many-connections',
        `Too many subscribers: the limit is ${this.#maxPerUser} per account and node. Close one first.`,
      )
    addTo(this.#byUser, userId, subscriber)
  }

  audienceAdded(subscriber: Subscriber, audience: string): void {
    addTo(this.#byAudience, audience, subscriber)
  }

  audienceRemoved(subscriber: Subscriber, audience: string): void {
    removeFrom(this.#byAudience, audience, subscriber)
    for (const handle of this.#audienceLost) handle(subscriber, audience)
  }

  closed(subscriber: Subscriber, problem: ProblemCode | undefined): void {
    if (!this.#all.delete(subscriber)) return
    this.#metrics.subscribers.dec()
    if (problem) this.#metrics.refusals.inc({ problem })
    if (subscriber.user) removeFrom(this.#byUser, subscriber.user.id, subscriber)
    for (const audience of subscriber.audiences) this.audienceRemoved(subscriber, audience)
  }
}

function addTo(index: Map<string, Set<Subscriber>>, key: string, subscriber: Subscriber) {
  let set = index.get(key)
  if (!set) index.set(key, (set = new Set()))
  set.add(subscriber)
}

function removeFrom(index: Map<string, Set<Subscriber>>, key: string, subscriber: Subscriber) {
  const set = index.get(key)
  set?.delete(subscriber)
  if (set?.size === 0) index.delete(key)
}
