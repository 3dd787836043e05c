/**
 * One subscriber on `/notifications`: JSON text frames both ways (design 4).
 *
 * It hears what its user is told, and every audience whose subject it may read. Its cursor is a position; while it catches up it
 * reads from the table, afterwards it hears as events are told, so nothing falls between the two.
 */
import type { WebSocket } from 'ws'
import { z } from 'zod'
import { hearAudience } from '../domain/access/audience.ts'
import { confirmSession, identify } from '../domain/auth/session.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import { DomainError, type ProblemCode, problems } from '../domain/kernel/errors.ts'
import type { HeardEvent } from '../domain/kernel/events.ts'
import { type AccessChange, type Actor, anonymous } from '../domain/kernel/operation.ts'

const Frame = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello'), token: z.string().max(4096), after: z.number().int().min(0).optional() }),
  z.strictObject({ type: z.literal('subscribe'), audience: z.string().min(1).max(200) }),
  z.strictObject({ type: z.literal('ping') }),
])
type Frame = z.output<typeof Frame>

/** Events after a position, oldest first, at most `limit`. */
export type ReadEvents = (position: number, limit: number) => Promise<HeardEvent[]>

export interface SubscriberOptions {
  domain: Domain
  read: ReadEvents
  /** The newest position that this node heard. */
  newest: () => number
  /** Counts changes of access, so that one that fell between a question and its answer is seen. */
  changes: () => number
}

const mostAudiences = 100
/** Frames that may wait for their turn. */
const mostWaiting = 100
/** Bytes; a reader who leaves more unread is let go, and comes back with its position. */
const mostUnread = 1024 * 1024
const batch = 500

export class Subscriber {
  readonly #ws: WebSocket
  readonly #told: SubscriberOptions
  readonly #audiences = new Set<string>()
  #actor: (Actor & { kind: 'user' }) | undefined
  #position = 0
  #behind = true
  #turns: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(ws: WebSocket, told: SubscriberOptions) {
    this.#ws = ws
    this.#told = told
    ws.on('message', (data, binary) => {
      if (binary) return this.refuse('invalid-input')
      if (++this.#waiting > mostWaiting) return this.refuse('rate-limited')
      this.#inTurn(() => this.#take((data as Buffer).toString()).finally(() => this.#waiting--))
    })
  }

  /** Tells an event, if it is for this subscriber and next to what it heard. */
  hear(event: HeardEvent): void {
    if (this.#actor && !this.#behind) this.#tell(event)
  }

  /** Whether a change of access may concern it. */
  concerns({ userId, sessionId, subject }: AccessChange): boolean {
    const actor = this.#actor
    if (!actor || (userId !== undefined && userId !== actor.userId)) return false
    return (sessionId === undefined || sessionId === actor.sessionId) && (subject === undefined || this.#audiences.has(subject))
  }

  /** Brings it to what the domain says now: closes it, or takes audiences away. */
  async judge(): Promise<void> {
    const { domain } = this.#told
    const actor = this.#actor as Actor
    try {
      await domain.run(actor, confirmSession, {})
    } catch (error) {
      return this.refuse(codeOf(error))
    }
    for (const audience of this.#audiences) {
      if (audience === ownAudience(actor)) continue
      try {
        await domain.run(actor, hearAudience, { audience })
      } catch (error) {
        this.#audiences.delete(audience)
        this.#send({ type: 'problem', code: codeOf(error), audience })
      }
    }
  }

  /** Closes what never said who it is, or whose token has ended. */
  look(now: number, greetedBy: number): void {
    if (this.#actor ? this.#actor.expiresAt <= now : greetedBy <= now) this.refuse('unauthenticated')
    else this.#ws.ping()
  }

  refuse(problem: ProblemCode): void {
    this.#actor = undefined
    this.#ws.close(problems[problem].close, problem)
  }

  #inTurn(step: () => Promise<void>) {
    this.#turns = this.#turns.then(step).catch((error: unknown) => this.refuse(codeOf(error)))
  }

  async #take(text: string): Promise<void> {
    const frame = readFrame(text)
    if (!frame) return this.refuse('invalid-input')
    if (frame.type === 'ping') return this.#send({ type: 'pong' })
    if (frame.type === 'hello') return this.#greet(frame)
    if (!this.#actor) return this.refuse('unauthenticated')
    return this.#subscribe(frame.audience, this.#actor)
  }

  /** The first greeting opens; a later one, of the same user, brings a new token. */
  async #greet({ token, after }: Frame & { type: 'hello' }): Promise<void> {
    const { domain, changes, newest } = this.#told
    const known = this.#actor
    let asked: number
    let actor: Actor & { kind: 'user' }
    do {
      asked = changes()
      actor = await domain.run(anonymous, identify, { token })
    } while (asked !== changes())
    if (known && known.userId !== actor.userId) return this.refuse('unauthenticated')
    this.#actor = actor
    if (known) return
    this.#audiences.add(ownAudience(actor))
    this.#position = Math.min(after ?? newest(), newest())
    this.#send({ type: 'welcome', userId: actor.userId, position: newest() })
    await this.#catchUp()
  }

  async #subscribe(audience: string, actor: Actor): Promise<void> {
    const { domain, changes } = this.#told
    try {
      if (audience !== ownAudience(actor)) {
        if (this.#audiences.size > mostAudiences) throw new DomainError('rate-limited', 'Too many audiences.')
        let asked: number
        do {
          asked = changes()
          await domain.run(actor, hearAudience, { audience })
        } while (asked !== changes())
      }
      this.#audiences.add(audience)
      this.#send({ type: 'subscribed', audience })
    } catch (error) {
      this.#send({ type: 'problem', code: codeOf(error), audience })
    }
  }

  async #catchUp(): Promise<void> {
    for (;;) {
      const events = await this.#told.read(this.#position, batch)
      for (const event of events) this.#tell(event)
      if (events.length < batch && this.#position >= this.#told.newest()) break
    }
    this.#behind = false
  }

  #tell(event: HeardEvent) {
    if (event.position <= this.#position) return
    this.#position = event.position
    if (!event.audience.some((audience) => this.#audiences.has(audience))) return
    const { position, event: name, subject, at, data } = event
    this.#send({ type: 'event', position, event: name, subject, at, data })
  }

  #send(frame: object) {
    if (this.#ws.readyState !== this.#ws.OPEN) return
    if (this.#ws.bufferedAmount > mostUnread) return this.refuse('slow-reader')
    this.#ws.send(JSON.stringify(frame))
  }
}

const ownAudience = (actor: Actor) => `user:${(actor as { userId: string }).userId}`
const codeOf = (error: unknown): ProblemCode => (error instanceof DomainError ? error.code : 'internal')

function readFrame(text: string): Frame | undefined {
  try {
    return Frame.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
