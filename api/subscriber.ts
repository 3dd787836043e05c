/**
 * One subscriber, whatever it is reached by: who hears which audiences, and how far they are.
 *
 * Its cursor is a position. While it catches up it reads from the table; when it has come to where this node is, it hears events as they are
 * told. A live event never moves the cursor past what is still to be read, so nothing falls between the two.
 */
import { alwaysHeard, hearAudiences, mostAudiences, tooManyAudiences } from '../domain/access/audience.ts'
import { confirmSession } from '../domain/auth/session.ts'
import { DomainError, notFound, type ProblemCode } from '../domain/kernel/errors.ts'
import type { AccessChange } from '../domain/kernel/operation.ts'
import { inTurns } from '../domain/kernel/turn.ts'
import { concerns } from './as-of-now.ts'
import type { EventFrame } from './event-frame.ts'
import type { EventPage } from './event-page.ts'
import { type Desk, type Line, ofTheMoment, type User, type Word } from './line.ts'
import { Outgoing } from './outgoing.ts'

/** Events that wait while a change of access is judged; with more it reads them afterwards. */
const mostHeld = 500

export class Subscriber {
  readonly #desk: Desk
  readonly #line: Line
  readonly #out: Outgoing
  readonly audiences = new Set<string>()
  user: User | undefined
  /** Whether it has said who it is, though that may not be judged yet. */
  greeting = false
  isOpen = true
  #live = false
  /** Where it is while it is not live; and of what it was told, when it hears more than the node it came to. */
  #position = 0
  #judging = 0
  #held: EventFrame[] = []
  /** Whether it waits for its turn, for what it missed, or for its reader. */
  #catching = false
  /** What was read for its next turn. */
  #page: EventPage | undefined
  /** How often an audience was added: what was read without it is not enough. */
  #added = 0

  constructor(line: Line, desk: Desk) {
    this.#line = line
    this.#desk = desk
    this.#out = new Outgoing(line, desk.leaving, () => this.refuse('slow-reader'))
  }

  /** Everything for it up to here was told. */
  get cursor(): number {
    return this.#live && this.#judging === 0 ? Math.max(this.#position, this.#desk.newest()) : this.#position
  }

  /**
   * Begins: hears its own user and of `audiences` those it may, from `after` on, or from now.
   * @param who asks who it is, as of now
   * @returns the audiences that it may not hear
   * @throws DomainError cannot-replay, unauthenticated, too-many-audiences, too-many-connections
   */
  async begin(who: () => Promise<User>, audiences: readonly string[], after: number | undefined): Promise<string[]> {
    const others = [...new Set(audiences)]
    if (others.length > mostAudiences) throw tooManyAudiences()
    this.greeting = true
    const ask = async () => {
      const asked = await who()
      if (after !== undefined) await this.#desk.missed.reaches(after)
      const mayHear = others.length > 0 ? await this.#desk.domain.run(asked, hearAudiences, { audiences: others }) : []
      return { user: asked, heard: mayHear }
    }
    await this.#desk.asOfNow(
      () => this.#desk.greeted(ask),
      new Set(others),
      ({ user, heard }) => {
        if (!this.isOpen) return
        this.#desk.enter(this, user)
        this.user = user
        for (const audience of new Set([...alwaysHeard(user.userId), ...heard])) this.#add(audience)
        this.#position = after ?? this.#desk.newest()
      },
    )
    return others.filter((audience) => !this.audiences.has(audience))
  }

  /** Says who it is and where the node is: what comes before that was missed, what comes after is heard. */
  welcome(): void {
    if (this.user) this.say({ type: 'welcome', userId: this.user.userId, position: Math.max(this.#position, this.#desk.newest()) })
  }

  /** Brings it to where this node is. Resolves when it hears live, or has left. */
  catchUp(): Promise<void> {
    return new Promise((arrived) => {
      this.#awaitingArrival.push(arrived)
      if (!this.#catching) this.#goOn()
    })
  }

  readonly #awaitingArrival: (() => void)[] = []
  #goOn() {
    const behind = this.isOpen && !this.#live && (this.#judging > 0 || this.#position < this.#desk.newest())
    // who judges its access has it go on afterwards
    this.#catching = behind && this.#judging === 0
    if (this.#catching) this.#desk.missed.inTurn(this.#step)
    if (behind) return
    this.#live = true
    for (const arrive of this.#awaitingArrival.splice(0)) arrive()
  }

  /** Tells it, in its turn, what comes next, if it may still hear it then. */
  readonly #step = (): void => {
    if (!this.isOpen || this.#judging > 0 || this.expired(Date.now())) return this.#goOn()
    const { missed } = this.#desk
    const page = this.#page ?? missed.kept(this.#position)
    if (!page) return void this.#read()
    this.#page = undefined
    try {
      this.#position = missed.tell(page, this.#position, this.audiences, this.#line.form, this.#out)
      this.#out.flush()
    } catch (error) {
      this.fail(error)
    }
    if (this.isOpen && this.#out.isAhead) void this.#out.drained().then(() => this.#goOn())
    else this.#goOn()
  }

  async #read() {
    const added = this.#added
    try {
      const page = await this.#desk.missed.read(this.#position, this.audiences)
      if (added === this.#added) this.#page = page
    } catch (error) {
      this.fail(error)
    }
    this.#goOn()
  }

  /** Goes on with a new token of the same person. @throws DomainError unauthenticated when it is of another, or no good */
  async renew(who: () => Promise<User>): Promise<void> {
    const ask = async () => ({ user: await who() })
    await this.#desk.asOfNow(ask, this.audiences, ({ user }) => {
      if (!this.user) return
      if (user.userId !== this.user.userId) throw new DomainError('unauthenticated', 'The token is of somebody else.')
      this.user = user
    })
  }

  /** Takes another audience from now on. @throws DomainError not-found, too-many-audiences */
  async subscribe(audience: string): Promise<void> {
    const user = this.user as User
    if (!this.audiences.has(audience)) {
      if (this.audiences.size >= mostAudiences + alwaysHeard(user.userId).length) throw tooManyAudiences()
      const asked = { audiences: [audience] }
      const ask = async () => ({ user, heard: await this.#desk.domain.run(user, hearAudiences, asked) })
      await this.#desk.asOfNow(ask, new Set([audience]), ({ heard }) => {
        if (!this.isOpen) return
        if (heard.length === 0) throw notFound()
        this.#add(audience)
      })
    }
    this.say({ type: 'subscribed', audience, position: this.cursor })
  }

  /** Hears an audience no longer; its own, and what is for all, always. */
  unsubscribe(audience: string): void {
    if (!alwaysHeard((this.user as User).userId).includes(audience)) this.#drop(audience)
    this.say({ type: 'unsubscribed', audience, position: this.cursor })
  }

  /** Tells an event of one of its audiences, next in order to what it heard. */
  hear(frame: EventFrame, now: number): void {
    if (!this.isOpen || !this.#live || frame.position <= this.#position) return
    if (this.#judging > 0) {
      if (this.#held.push(frame) <= mostHeld) return
      // it reads them from the table instead
      this.#held = []
      this.#live = false
      return
    }
    if (this.expired(now)) return
    this.#position = frame.position
    this.#out.put(frame[this.#line.form])
  }

  /** Whether a change of access may concern it. */
  concerns(change: AccessChange): boolean {
    return this.user !== undefined && concerns(change, this.user, this.audiences)
  }

  /**
   * Brings it to what the domain says now: closes it, or takes audiences away. What is told meanwhile waits, so that nothing that follows
   * the change is told to who may not hear it, however late this node hears of the change.
   */
  async judge(): Promise<void> {
    this.#position = this.cursor
    this.#judging++
    this.#out.flush()
    await this.#judgeAgain()
    if (--this.#judging === 0) this.#release()
  }

  /** Many changes that come together are one question, asked after the last of them. */
  readonly #judgeAgain = inTurns(async () => {
    const [{ domain }, { user }] = [this.#desk, this]
    if (!user) return
    try {
      await domain.run(user, confirmSession, {})
      const always = alwaysHeard(user.userId)
      const asked = [...this.audiences].filter((audience) => !always.includes(audience))
      const heard = asked.length > 0 ? await domain.run(user, hearAudiences, { audiences: asked }) : []
      for (const audience of asked) {
        if (heard.includes(audience) || !this.isOpen || !this.#drop(audience)) continue
        this.say({ type: 'problem', code: 'not-found', audience, position: this.#position })
      }
      this.#out.flush()
    } catch (error) {
      this.fail(error)
    }
  })

  #release() {
    if (!this.isOpen) return
    const held = this.#held.splice(0)
    if (this.#live) for (const frame of held) if (this.#hears(frame)) this.hear(frame, Date.now())
    if (!this.#live && !this.#catching) this.#goOn()
  }

  /** Says something beside events, after what was told before; of the moment, nothing while its access is judged. */
  say(word: Word): void {
    if (this.isOpen && !(this.#judging > 0 && ofTheMoment(word))) this.#out.put(this.#line.word(word, this.cursor))
  }

  /** Whether its token has ended; then it is let go. */
  expired(now: number): boolean {
    if (!this.user || this.user.expiresAt > now) return false
    this.refuse('unauthenticated')
    return true
  }

  beat(): void {
    if (this.isOpen) this.#line.beat(this.cursor)
  }

  /** Ends it for what was thrown; what it must know is said first. */
  fail(error: unknown): void {
    const { code, position, message, fields } = error instanceof DomainError ? error : new DomainError('internal', '')
    this.refuse(code, { ...(position !== undefined && { position }), ...(message && { detail: message }), errors: fields })
  }

  /** Ends it: says why, then closes. */
  refuse(code: ProblemCode, more: { position?: number; detail?: string; errors?: readonly object[] } = {}): void {
    if (!this.isOpen) return
    const { errors = [], ...rest } = more
    if (code !== 'slow-reader') {
      this.say({ type: 'problem', code, ...rest, ...(errors.length > 0 && { errors }) })
      this.#out.flush()
    }
    if (!this.isOpen) return
    this.#line.end(code)
    this.left(code)
  }

  /** It has gone, or was let go. */
  left(problem?: ProblemCode): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.#out.drop()
    this.#held = []
    this.#desk.left(this, problem)
    this.audiences.clear()
    this.user = undefined
    this.#page = undefined
    for (const arrive of this.#awaitingArrival.splice(0)) arrive()
  }

  #hears(frame: EventFrame): boolean {
    return frame.audience.some((audience) => this.audiences.has(audience))
  }

  #add(audience: string) {
    this.audiences.add(audience)
    this.#added++
    this.#page = undefined
    this.#desk.add(this, audience)
  }

  #drop(audience: string): boolean {
    this.#desk.remove(this, audience)
    return this.audiences.delete(audience)
  }
}
