/**
 * Presence and typing: ephemeral messages, which have no position and are not stored. They are sent over the bus. Each node repeats who is
 * present on it, in case messages were lost. The presence of a node ends with its lease (`domain/kernel/node.ts`).
 */
import type { Bus } from '../../domain/kernel/bus.ts'
import { DomainError } from '../../domain/kernel/errors.ts'
import type { Executor } from '../../domain/kernel/executor.ts'
import type { Membership } from '../../domain/kernel/node.ts'
import { readTyping, type Typing } from '../../domain/messaging/typing.ts'
import { getUser } from '../../domain/users/user.ts'
import type { SubscriberHub } from './hub.ts'
import type { Subscriber } from './subscriber.ts'
import type { User } from './transport.ts'

export interface PresenceOptions {
  domain: Executor
  bus: Bus
  hub: SubscriberHub
  membership: Membership
}

interface Present {
  audience: string
  userId: string
  name: string
}

/** A message between nodes: everybody who is present, or one person who joined or left; `asks` requests `all` of the other nodes. */
interface NodeMessage {
  node: string
  all?: Present[]
  came?: Present
  went?: Present
  asks?: true
}

const typingChannel = 'typing'
const presenceChannel = 'presence'
const maxTyping = { frames: 20, withinMs: 10_000 }
const repeatEveryMs = 4000

const hasPresence = /^(?!user:)[a-z]+:[0-9a-f-]{36}$/
const keyOf = ({ audience, userId }: Present) => `${audience} ${userId}`

export async function startPresence(options: PresenceOptions): Promise<Presence> {
  const presence = new Presence(options)
  await presence.start()
  return presence
}

export class Presence {
  readonly #domain: Executor
  readonly #bus: Bus
  readonly #hub: SubscriberHub
  readonly #membership: Membership
  /** By audience: subscribers of this node. */
  readonly #local = new Map<string, Map<Subscriber, Present>>()
  /** By node id: people on other nodes. */
  readonly #remote = new Map<string, Map<string, Present>>()
  readonly #typing = new WeakMap<Subscriber, { since: number; frames: number }>()
  #ends: (() => void)[] = []

  constructor({ domain, bus, hub, membership }: PresenceOptions) {
    this.#domain = domain
    this.#bus = bus
    this.#hub = hub
    this.#membership = membership
  }

  async start(): Promise<void> {
    this.#ends = [
      await this.#bus.subscribe(typingChannel, (message) => this.#receiveTyping(JSON.parse(message.toString()) as Typing)),
      await this.#bus.subscribe(presenceChannel, (message) => this.#receive(JSON.parse(message.toString()) as NodeMessage)),
      this.#hub.onAudienceLost((subscriber, audience) => this.leave(subscriber, audience)),
      this.#membership.listen({
        nodeGone: (node) => this.#applyChange(this.#remote.get(node)?.values() ?? [], () => this.#remote.delete(node)),
        rejoined: () => void this.#publish({ all: this.#presentHere(), asks: true }),
      }),
    ]
    void this.#publish({ asks: true })
    const timer = setInterval(() => void this.#publish({ all: this.#presentHere() }), repeatEveryMs)
    this.#ends.push(() => clearInterval(timer))
  }

  async stop(): Promise<void> {
    for (const end of this.#ends) end()
    await this.#publish({ all: [] })
  }

  /** Tells the members of a conversation that this user is typing. @throws DomainError rate-limited, not-found, forbidden */
  async publishTyping(subscriber: Subscriber, conversationId: string): Promise<void> {
    const now = Date.now()
    let count = this.#typing.get(subscriber)
    if (!count || now - count.since > maxTyping.withinMs) this.#typing.set(subscriber, (count = { since: now, frames: 0 }))
    if (++count.frames > maxTyping.frames)
      throw new DomainError(
        'rate-limited',
        `Too many typing messages: the limit is ${maxTyping.frames} in ${maxTyping.withinMs / 1000} seconds.`,
      )
    const message = await this.#domain.run(subscriber.user as User, readTyping, { conversationId })
    await this.#bus.publish(typingChannel, JSON.stringify(message))
  }

  #receiveTyping({ audience, ...message }: Typing) {
    const subscribers = new Set(audience.flatMap((one) => [...this.#hub.subscribersOf(one)]))
    for (const subscriber of subscribers) if (subscriber.user?.id !== message.userId) subscriber.send({ type: 'typing', ...message })
  }

  /** Makes a user present in an audience: sends who is present, and then who joins and leaves. @throws DomainError not-found, forbidden */
  async join(subscriber: Subscriber, audience: string): Promise<void> {
    if (!hasPresence.test(audience)) throw new DomainError('forbidden', 'Presence is available for spaces, ventures and documents only.')
    await subscriber.subscribe(audience)
    const { id: userId } = subscriber.user as User
    const { name } = await this.#domain.run(subscriber.user as User, getUser, { id: userId })
    // the subscription may have ended while the name was read
    if (!subscriber.audiences.has(audience)) return
    const joining = { audience, userId, name }
    const subscribers = this.#local.get(audience) ?? new Map<Subscriber, Present>()
    this.#applyChange([joining], () => this.#local.set(audience, subscribers.set(subscriber, joining)), subscriber)
    const present = [...this.#presentHere(), ...[...this.#remote.values()].flatMap((one) => [...one.values()])]
    const names = new Map(present.filter((one) => one.audience === audience).map((one) => [one.userId, one.name]))
    subscriber.send({ type: 'presence', audience, users: [...names].map(([id, userName]) => ({ userId: id, name: userName })) })
    void this.#publish({ came: joining })
  }

  /** Ends the presence; the subscription to the audience stays. */
  leave(subscriber: Subscriber, audience: string): void {
    const subscribers = this.#local.get(audience)
    const one = subscribers?.get(subscriber)
    if (!subscribers || !one) return
    this.#applyChange([one], () => {
      subscribers.delete(subscriber)
      if (subscribers.size === 0) this.#local.delete(audience)
    })
    if (!this.#isHere(one)) void this.#publish({ went: one })
  }

  /** Receives a message of another node. */
  #receive({ node, all, came, went, asks }: NodeMessage) {
    if (node === this.#membership.nodeId) return
    this.#membership.renewLease(node)
    const before = this.#remote.get(node) ?? new Map<string, Present>()
    const after = all ? new Map(all.map((one) => [keyOf(one), one])) : new Map(before)
    if (came) after.set(keyOf(came), came)
    if (went) after.delete(keyOf(went))
    this.#applyChange(new Map([...before, ...after]).values(), () => this.#remote.set(node, after))
    if (asks) void this.#publish({ all: this.#presentHere() })
  }

  #publish(message: Omit<NodeMessage, 'node'>): Promise<number> {
    return this.#bus.publish(presenceChannel, JSON.stringify({ node: this.#membership.nodeId, ...message }))
  }

  /** Applies a change, and tells the subscribers of the audiences concerned who joined and who left. */
  #applyChange(people: Iterable<Present>, change: () => void, except?: Subscriber) {
    const before = [...people].map((one) => ({ one, wasPresent: this.#isPresent(one) }))
    change()
    for (const { one, wasPresent } of before) {
      const isNow = this.#isPresent(one)
      if (isNow === wasPresent) continue
      const { audience, userId, name } = one
      const message = { type: 'presence', audience, ...(isNow ? { joined: { userId, name } } : { left: { userId, name } }) } as const
      for (const subscriber of this.#local.get(audience)?.keys() ?? []) if (subscriber !== except) subscriber.send(message)
    }
  }

  #presentHere(): Present[] {
    const present = [...this.#local.values()].flatMap((subscribers) => [...subscribers.values()])
    return [...new Map(present.map((one) => [keyOf(one), one])).values()]
  }

  #isHere({ audience, userId }: Present): boolean {
    return [...(this.#local.get(audience)?.values() ?? [])].some((one) => one.userId === userId)
  }

  #isPresent(one: Present): boolean {
    return this.#isHere(one) || [...this.#remote.values()].some((present) => present.has(keyOf(one)))
  }
}
