/**
 * One subscriber over any transport: its audiences, and its position in the order of events.
 *
 * It identifies itself (`begin`), reads what it missed (`catchUp`), and then receives events as they come (`deliver`); `backfill.ts` describes
 * these phases. While a change of access is checked (`recheckAccess`), live events are queued and reading pauses.
 */
import { defaultAudiences, authorizeAudiences, maxAudiences, tooManyAudiencesError } from '../../domain/access/audience.ts'
import { assertSessionActive } from '../../domain/auth/session.ts'
import { DomainError, notFound, type ProblemCode } from '../../domain/kernel/errors.ts'
import type { Executor } from '../../domain/kernel/executor.ts'
import { coalesce } from '../../domain/kernel/scheduling.ts'
import type { PendingAccessChecks } from '../../realtime/access-change.ts'
import { TokenExpiry } from '../../realtime/token-expiry.ts'
import { type BufferOwner, WriteBuffer } from '../../realtime/write-buffer.ts'
import type { Backfill, EventPage } from './backfill.ts'
import { type EventFrame, isEphemeral, type ProblemDetails, type ServerMessage, type Transport, type User } from './transport.ts'

/** What all subscribers of a node share. */
export interface SubscriberContext {
  readonly domain: Executor
  readonly backfill: Backfill
  readonly accessQuestions: PendingAccessChecks
  /** The newest position that subscribers of this node have received. */
  newestPosition(): number
  /** Limits database queries of new subscribers: many reconnect at once. */
  limitGreetings<T>(ask: () => Promise<T>): Promise<T>
  /** @throws DomainError too-many-connections */
  register(subscriber: Subscriber, user: User): void
  audienceAdded(subscriber: Subscriber, audience: string): void
  audienceRemoved(subscriber: Subscriber, audience: string): void
  closed(subscriber: Subscriber, problem: ProblemCode | undefined): void
}

/** Live events queued while access is checked. With more of them the subscriber reads them from the table afterwards. */
const maxQueuedEvents = 500
/** Backfill pauses when the client has more unread than this. */
const writeAheadBytes = 64 * 1024
/** A client in backfill that reads nothing for this long is disconnected. */
const readWithinMs = 30_000

export class Subscriber implements BufferOwner {
  readonly maxUnreadBytes = 1024 * 1024
  readonly audiences = new Set<string>()
  user: User | undefined
  /** Whether it has sent its token, which may still be checked. */
  isIdentifying = false
  readonly #context: SubscriberContext
  readonly #transport: Transport
  readonly #buffer: WriteBuffer
  #expiry: TokenExpiry | undefined
  #isClosed = false
  #isLive = false
  /** The position up to which it has everything. While it is live, the position of the node counts. */
  #position = 0
  #checksInProgress = 0
  #queuedEvents: EventFrame[] = []
  /** Whether it waits for its turn, for the database, or for its client. */
  #isCatchingUp = false
  #nextPage: EventPage | undefined
  /** Counts added audiences: a page that was read before one was added is incomplete. */
  #audiencesAdded = 0
  readonly #whenCaughtUp: (() => void)[] = []

  constructor(transport: Transport, context: SubscriberContext) {
    this.#transport = transport
    this.#context = context
    this.#buffer = new WriteBuffer(transport.stream, this)
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.#transport.isOpen
  }

  /** The position up to which it has everything. */
  get cursor(): number {
    return this.#isLive && this.#checksInProgress === 0 ? Math.max(this.#position, this.#context.newestPosition()) : this.#position
  }

  /**
   * Identifies the subscriber. It then receives the events of its own user and of those `audiences` that it may read, after a position or
   * from now on.
   * @returns the audiences that it may not read
   * @throws DomainError cannot-replay, unauthenticated, too-many-audiences, too-many-connections
   */
  async begin(identify: () => Promise<User>, audiences: readonly string[], after: number | undefined): Promise<string[]> {
    const requested = new Set(audiences)
    if (requested.size > maxAudiences) throw tooManyAudiencesError()
    this.isIdentifying = true
    const check = async () => {
      const user = await identify()
      if (after !== undefined) await this.#context.backfill.assertReadable(after)
      return { user, allowed: await this.#filterReadable([...requested], user) }
    }
    const limitedCheck = () => this.#context.limitGreetings(check)
    await this.#context.accessQuestions.run(limitedCheck, requested, ({ user, allowed }) => {
      if (!this.isOpen) return
      this.#context.register(this, user)
      this.#setUser(user)
      for (const audience of new Set([...defaultAudiences(user.id), ...allowed])) this.#addAudience(audience)
      this.#position = after ?? this.#context.newestPosition()
    })
    return [...requested].filter((audience) => !this.audiences.has(audience))
  }

  /** Continues with a new token of the same user. @throws DomainError unauthenticated when it is invalid, or of another user */
  async renewToken(identify: () => Promise<User>): Promise<void> {
    const ask = async () => ({ user: await identify() })
    await this.#context.accessQuestions.run(ask, this.audiences, ({ user }) => {
      if (!this.user) return
      if (user.id !== this.user.id) throw new DomainError('unauthenticated', 'The token belongs to another user. Open a new connection.')
      this.#setUser(user)
    })
  }

  #setUser(user: User) {
    this.#expiry = this.#expiry?.renew(user.credential.expiresAt) ?? new TokenExpiry(user.credential.expiresAt)
    this.user = user
  }

  /** Sends its user id and the position of this node: events up to there were missed, later ones are live. */
  sendWelcome(): void {
    if (this.user) this.send({ type: 'welcome', userId: this.user.id, position: Math.max(this.#position, this.#context.newestPosition()) })
  }

  /** Sends what was missed. Resolves when the subscriber is live or closed. */
  catchUp(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenCaughtUp.push(resolve)
      if (!this.#isCatchingUp) this.#continueCatchUp()
    })
  }

  #continueCatchUp() {
    const isBehind = this.isOpen && !this.#isLive && (this.#checksInProgress > 0 || this.#position < this.#context.newestPosition())
    // an access check in progress continues afterwards
    this.#isCatchingUp = isBehind && this.#checksInProgress === 0
    if (this.#isCatchingUp) this.#context.backfill.inTurn(this.#catchUpStep)
    if (isBehind) return
    this.#isLive = true
    for (const resolve of this.#whenCaughtUp.splice(0)) resolve()
  }

  readonly #catchUpStep = (): void => {
    if (!this.isOpen || this.#checksInProgress > 0 || this.closeIfExpired(Date.now())) return this.#continueCatchUp()
    const { backfill } = this.#context
    const page = this.#nextPage ?? backfill.cachedPage(this.#position)
    if (!page) return void this.#readPage()
    this.#nextPage = undefined
    try {
      this.#position = backfill.writeStep(page, this.#position, this.audiences, this.#transport.encoding, this.#buffer)
      this.#buffer.flush()
    } catch (error) {
      this.fail(error)
    }
    if (this.isOpen && this.#buffer.unreadBytes > writeAheadBytes)
      void this.#buffer.whenRead(readWithinMs).then(() => this.#continueCatchUp())
    else this.#continueCatchUp()
  }

  async #readPage() {
    const added = this.#audiencesAdded
    const page = await this.#context.backfill.readPage(this.#position, this.audiences).catch((error: unknown) => this.fail(error))
    if (page && added === this.#audiencesAdded) this.#nextPage = page
    this.#continueCatchUp()
  }

  /** Sends a live event of one of its audiences. */
  deliver(frame: EventFrame, now: number): void {
    if (!this.isOpen || !this.#isLive || frame.position <= this.#position) return
    if (this.#checksInProgress > 0) return this.#queueEvent(frame)
    if (this.closeIfExpired(now)) return
    this.#position = frame.position
    this.#buffer.put(frame[this.#transport.encoding])
  }

  #queueEvent(frame: EventFrame) {
    if (this.#queuedEvents.push(frame) <= maxQueuedEvents) return
    this.#queuedEvents = []
    this.#isLive = false
  }

  /** Sends a message that is not an event, in order. While access is checked, ephemeral messages are dropped. */
  send(message: ServerMessage): void {
    if (this.isOpen && !(this.#checksInProgress > 0 && isEphemeral(message))) this.#buffer.put(this.#transport.encode(message, this.cursor))
  }

  /** Adds an audience. @throws DomainError not-found, too-many-audiences */
  async subscribe(audience: string): Promise<void> {
    const user = this.user as User
    if (!this.audiences.has(audience)) {
      if (this.audiences.size >= maxAudiences + defaultAudiences(user.id).length) throw tooManyAudiencesError()
      const ask = async () => ({ user, allowed: await this.#filterReadable([audience], user) })
      await this.#context.accessQuestions.run(ask, new Set([audience]), ({ allowed }) => {
        if (!this.isOpen) return
        if (allowed.length === 0) throw notFound()
        this.#addAudience(audience)
      })
    }
    this.send({ type: 'subscribed', audience, position: this.cursor })
  }

  /** Removes an audience, except its own user and the platform. */
  unsubscribe(audience: string): void {
    if (!defaultAudiences((this.user as User).id).includes(audience)) this.#removeAudience(audience)
    this.send({ type: 'unsubscribed', audience, position: this.cursor })
  }

  /** Checks access again: closes the subscriber or removes audiences. Events wait meanwhile, so that none after the change is sent to a user who may not read it. */
  async recheckAccess(): Promise<void> {
    this.#position = this.cursor
    this.#checksInProgress++
    this.#buffer.flush()
    await this.#reauthorize()
    if (--this.#checksInProgress > 0 || !this.isOpen) return
    const queued = this.#queuedEvents.splice(0)
    if (this.#isLive) for (const frame of queued) if (frame.audience.some((one) => this.audiences.has(one))) this.deliver(frame, Date.now())
    if (!this.#isLive && !this.#isCatchingUp) this.#continueCatchUp()
  }

  /** Changes that arrive together share one check, which starts after the last of them. */
  readonly #reauthorize = coalesce(async () => {
    const { user } = this
    if (!user) return
    try {
      await this.#context.domain.run(user, assertSessionActive, {})
      const requested = [...this.audiences].filter((audience) => !defaultAudiences(user.id).includes(audience))
      const allowed = await this.#filterReadable(requested, user)
      for (const audience of requested) {
        if (allowed.includes(audience) || !this.isOpen || !this.#removeAudience(audience)) continue
        this.send({ type: 'problem', code: 'not-found', audience, position: this.#position })
      }
      this.#buffer.flush()
    } catch (error) {
      this.fail(error)
    }
  })

  async #filterReadable(audiences: string[], user: User): Promise<string[]> {
    return audiences.length > 0 ? await this.#context.domain.run(user, authorizeAudiences, { audiences }) : []
  }

  /** Closes it when its token has expired. Returns whether it had. */
  closeIfExpired(now: number): boolean {
    if (!this.#expiry || this.#expiry.remainingMs(now) > 0) return false
    this.refuse('unauthenticated')
    return true
  }

  keepAlive(): void {
    if (this.isOpen) this.#transport.keepAlive(this.cursor)
  }

  onSlowReader(): void {
    if (this.#isClosed) return
    this.#transport.close('slow-reader')
    this.closed('slow-reader')
  }

  /** Closes it because of an error. */
  fail(error: unknown): void {
    const { code, position, message, fields } = error instanceof DomainError ? error : new DomainError('internal', '')
    this.refuse(code, { position, detail: message || undefined, errors: fields.length > 0 ? fields : undefined })
  }

  /** Sends a problem and closes it. */
  refuse(code: ProblemCode, details: ProblemDetails = {}): void {
    this.send({ type: 'problem', code, ...details })
    this.#buffer.flush()
    if (this.#isClosed) return
    this.#transport.close(code)
    this.closed(code)
  }

  /** Its connection has ended. */
  closed(problem?: ProblemCode): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#buffer.drop()
    this.#queuedEvents = []
    this.#context.closed(this, problem)
    this.audiences.clear()
    this.user = undefined
    this.#nextPage = undefined
    for (const resolve of this.#whenCaughtUp.splice(0)) resolve()
  }

  #addAudience(audience: string) {
    this.audiences.add(audience)
    this.#audiencesAdded++
    this.#nextPage = undefined
    this.#context.audienceAdded(this, audience)
  }

  #removeAudience(audience: string): boolean {
    this.#context.audienceRemoved(this, audience)
    return this.audiences.delete(audience)
  }
}
