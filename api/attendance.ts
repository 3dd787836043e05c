/**
 * Who is there, and who types: frames of the moment, which have no position and are not kept. They travel the bus; one that is lost is made
 * up for by the next. Who is there on a node is told again and again under a lease, so that a node that dies takes its people along.
 */
import { randomUUID } from 'node:crypto'
import type { Bus } from '../domain/kernel/bus.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import { DomainError } from '../domain/kernel/errors.ts'
import { readTyping, type Typing } from '../domain/messaging/typing.ts'
import { getUser } from '../domain/users/user.ts'
import type { User } from './line.ts'
import type { Subscriber } from './subscriber.ts'
import type { Subscribers } from './subscribers.ts'

export interface Attendance {
  /** Tells the others of a conversation that this one types. @throws DomainError rate-limited, not-found, forbidden */
  type(subscriber: Subscriber, conversationId: string): Promise<void>
  /** Counts this one among those who are there, and tells it who is, and who comes and goes. @throws DomainError not-found, forbidden */
  attend(subscriber: Subscriber, audience: string): Promise<void>
  /** Counts this one no longer; it goes on hearing the audience. */
  withdraw(subscriber: Subscriber, audience: string): void
  stop(): Promise<void>
}

export interface AttendanceOptions {
  domain: Domain
  bus: Bus
  subscribers: Subscribers
}

interface Present {
  audience: string
  userId: string
  name: string
}

/** What nodes tell each other: all who are there, or one who came or went; `asks` for all of the others. */
interface Told {
  node: string
  all?: Present[]
  came?: Present
  went?: Present
  asks?: true
}

const typingChannel = 'typing'
const presenceChannel = 'presence'
/** Frames of a subscriber that says it types, and in how many milliseconds. */
const mostTyping = { frames: 20, within: 10_000 }
/** How often a node tells who is there, and after how long a silent one is taken for dead. Milliseconds. */
const tellsEvery = 4000
const silentFor = 14_000

const placed = /^(?!user:)[a-z]+:[0-9a-f-]{36}$/
const keyOf = ({ audience, userId }: Present) => `${audience} ${userId}`

export async function startAttendance({ domain, bus, subscribers }: AttendanceOptions): Promise<Attendance> {
  const node = randomUUID()
  /** Who is there, by audience, with the connections of this node. */
  const here = new Map<string, Map<Subscriber, Present>>()
  /** Who is there on each other node, and when it was heard. */
  const elsewhere = new Map<string, { at: number; present: Map<string, Present> }>()
  const typed = new WeakMap<Subscriber, { since: number; frames: number }>()

  const publish = (told: Omit<Told, 'node'>) => bus.publish(presenceChannel, JSON.stringify({ node, ...told }))
  const local = (): Present[] => [
    ...new Map([...here.values()].flatMap((one) => [...one.values()]).map((one) => [keyOf(one), one])).values(),
  ]
  const all = (): Present[] => [...local(), ...[...elsewhere.values()].flatMap(({ present }) => [...present.values()])]
  const isThere = (one: Present) => {
    const key = keyOf(one)
    const onThis = [...(here.get(one.audience)?.values() ?? [])].some(({ userId }) => userId === one.userId)
    return onThis || [...elsewhere.values()].some(({ present }) => present.has(key))
  }
  /** Does something that may bring somebody, or take them away; whoever is there hears if it did, `but` not. */
  function changing(people: Iterable<Present>, change: () => void, but?: Subscriber) {
    const before = [...people].map((one) => ({ one, there: isThere(one) }))
    change()
    for (const { one, there } of before) {
      const now = isThere(one)
      if (now === there) continue
      const { audience, userId, name } = one
      const word = { type: 'presence', audience, ...(now ? { joined: { userId, name } } : { left: { userId, name } }) } as const
      for (const subscriber of here.get(audience)?.keys() ?? []) if (subscriber !== but) subscriber.say(word)
    }
  }

  function leave(subscriber: Subscriber, audience: string) {
    const attending = here.get(audience)
    const one = attending?.get(subscriber)
    if (!attending || !one) return
    changing([one], () => {
      attending.delete(subscriber)
      if (attending.size === 0) here.delete(audience)
    })
    const stays = [...(here.get(audience)?.values() ?? [])].some(({ userId }) => userId === one.userId)
    if (!stays) void publish({ went: one })
  }

  function hear({ node: from, all: everybody, came, went, asks }: Told) {
    if (from === node) return
    const known = elsewhere.get(from) ?? { at: 0, present: new Map<string, Present>() }
    known.at = Date.now()
    const next = everybody ? new Map(everybody.map((one) => [keyOf(one), one])) : new Map(known.present)
    if (came) next.set(keyOf(came), came)
    if (went) next.delete(keyOf(went))
    const touched = new Map([...known.present, ...next])
    changing(touched.values(), () => elsewhere.set(from, { at: known.at, present: next }))
    if (asks) void publish({ all: local() })
  }

  const unsubscribes = [
    await bus.subscribe(typingChannel, (message) => {
      const { audience, ...typing } = JSON.parse(message.toString()) as Typing
      const hearers = new Set(audience.flatMap((one) => [...subscribers.hearing(one)]))
      for (const subscriber of hearers) if (subscriber.user?.userId !== typing.userId) subscriber.say({ type: 'typing', ...typing })
    }),
    await bus.subscribe(presenceChannel, (message) => hear(JSON.parse(message.toString()) as Told)),
    subscribers.whenLeft(leave),
  ]
  void publish({ asks: true })
  const timer = setInterval(() => {
    void publish({ all: local() })
    const dead = Date.now() - silentFor
    for (const [name, { at, present }] of elsewhere) if (at < dead) changing([...present.values()], () => elsewhere.delete(name))
  }, tellsEvery)

  return {
    async type(subscriber, conversationId) {
      const now = Date.now()
      let count = typed.get(subscriber)
      if (!count || now - count.since > mostTyping.within) typed.set(subscriber, (count = { since: now, frames: 0 }))
      if (++count.frames > mostTyping.frames)
        throw new DomainError('rate-limited', `At most ${mostTyping.frames} times in ${mostTyping.within / 1000} seconds.`)
      const typing = await domain.run(subscriber.user as User, readTyping, { conversationId })
      await bus.publish(typingChannel, JSON.stringify(typing))
    },
    async attend(subscriber, audience) {
      if (!placed.test(audience))
        throw new DomainError('forbidden', 'Nobody is told who is there: a space, a venture or a document has people.')
      await subscriber.subscribe(audience)
      const { userId } = subscriber.user as User
      const { name } = await domain.run(subscriber.user as User, getUser, { id: userId })
      // let go, or shown out, while the name was read
      if (!subscriber.audiences.has(audience)) return
      const one = { audience, userId, name }
      const attending = here.get(audience) ?? new Map<Subscriber, Present>()
      changing([one], () => here.set(audience, attending.set(subscriber, one)), subscriber)
      const users = new Map(all().flatMap((present) => (present.audience === audience ? [[present.userId, present.name]] : [])))
      subscriber.say({
        type: 'presence',
        audience,
        users: [...users].map(([id, called]) => ({ userId: id as string, name: called as string })),
      })
      void publish({ came: one })
    },
    withdraw: leave,
    async stop() {
      clearInterval(timer)
      for (const unsubscribe of unsubscribes) unsubscribe()
      await publish({ all: [] })
    },
  }
}
