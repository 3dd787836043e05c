/** What a subscriber is told, how it is reached, and what all subscribers of a node share. */
import type { Domain } from '../domain/kernel/domain.ts'
import type { ProblemCode } from '../domain/kernel/errors.ts'
import type { Actor } from '../domain/kernel/operation.ts'
import type { Asking } from './as-of-now.ts'
import type { CatchingUp } from './catching-up.ts'
import type { Form } from './event-frame.ts'
import type { Outgoing } from './outgoing.ts'
import type { Subscriber } from './subscriber.ts'

export type User = Actor & { kind: 'user' }

/** What is told beside events. */
export type Word =
  | { type: 'welcome'; userId: string; position: number }
  | { type: 'subscribed' | 'unsubscribed'; audience: string; position: number }
  | {
      type: 'problem'
      code: ProblemCode
      audience?: string
      conversation?: string
      position?: number
      detail?: string
      errors?: readonly object[]
    }
  | { type: 'pong'; position: number }
  | Mention

/** Somebody who is there. */
export interface Attendee {
  userId: string
  name: string
}

/** What is told of the moment: it has no position, and who misses it has missed nothing. */
export type Mention =
  | { type: 'typing'; conversation: string; userId: string; name: string }
  | { type: 'presence'; audience: string; users: Attendee[] }
  | { type: 'presence'; audience: string; joined: Attendee }
  | { type: 'presence'; audience: string; left: Attendee }

/** Whether a word is of the moment. */
export const ofTheMoment = ({ type }: Word): boolean => type === 'typing' || type === 'presence'

/** How a subscriber is reached. */
export interface Line {
  /** In which form it takes events. */
  readonly form: Form
  /** @param position where the subscriber is */
  word(word: Word, position: number): Buffer
  /** Writes one, or several one behind the other. They may be shared with others. */
  write(parts: Buffer | readonly Buffer[]): void
  /** Bytes that were written and not read. */
  readonly unread: number
  /** Resolves when something was read, the line has ended, or `patience` milliseconds have passed. */
  drained(patience: number): Promise<void>
  /** Says that it is there; called now and then. */
  beat(position: number): void
  /** Ends it; what was written leaves first, but for a slow reader. */
  end(problem: ProblemCode): void
}

/** What all subscribers of a node share. */
export interface Desk {
  readonly domain: Domain
  readonly missed: CatchingUp
  /** The newest position that was told to subscribers here. */
  newest(): number
  /** Does what a greeting asks of the database when it is its turn: many who come back at once leave others theirs. */
  greeted<T>(ask: () => Promise<T>): Promise<T>
  asOfNow: Asking['asOfNow']
  /** Enters a subscriber under who it is. @throws DomainError too-many-connections */
  enter(subscriber: Subscriber, user: User): void
  add(subscriber: Subscriber, audience: string): void
  remove(subscriber: Subscriber, audience: string): void
  /** Has what leaves written at the end of this turn. */
  leaving: (outgoing: Outgoing) => void
  left(subscriber: Subscriber, problem: ProblemCode | undefined): void
}
