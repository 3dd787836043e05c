/** What can be asked of the domain: commands change, queries read; both say what they take and who may. */
import type { SqlEntityManager } from '@mikro-orm/sql'
import type { Doc } from 'yjs'
import { z } from 'zod'
import type { EventKind } from './events.ts'
import type { Outside } from './outside.ts'
import type { Read } from './reading.ts'

/** Who asks; `unconfirmed` while only the signature of the token was looked at. `system` is SmartStart itself: loading documents, background work. */
export type Actor =
  | { kind: 'user'; userId: string; sessionId: string; admin: boolean; expiresAt: number; unconfirmed?: true }
  | { kind: 'anonymous' }
  | { kind: 'system' }

export const anonymous: Actor = { kind: 'anonymous' }
export const system: Actor = { kind: 'system' }

/** Whose live connections are to be judged again: all of a user, of a subject, or of a session. */
export interface AccessChange {
  userId?: string
  subject?: string
  sessionId?: string
}

/** How a change of access came into force: nodes that were told, how many confirmed, and after how long. */
export interface Enforcement {
  nodes: number
  confirmed: number
  milliseconds: number
}

/** An edit of the server's own: what it came to, and the number of the document's newest row when it was committed. */
export interface Written<T> {
  answer: T
  head: number
}

/** How much is connected to this node, and for how many seconds it has been there. */
export interface Connected {
  subscribers: number
  sockets: number
  connections: number
  documents: number
  uptime: number
}

/** What the domain asks of the world. */
export interface Ports {
  /** Signs and checks access tokens (HS256); at least 32 characters. */
  tokenSecret: string
  /** Has every node judge its live connections again, and waits (bounded) until they say so. */
  enforce(change: AccessChange): Promise<Enforcement>
  /**
   * Writes to a living document in somebody's name (null: SmartStart's own), as one edit that everybody sees at once. Never inside a
   * transaction: the journal has its own, and embedded there is only one. So `prepares` and `afterwards` are its places.
   * @param change called once, with the document as it is; what it throws is thrown, and may have been written in part
   * @throws DomainError `conflict` where the document is frozen or gone, `unavailable`
   */
  write<T>(documentName: string, actor: string | null, change: (document: Doc) => T): Promise<Written<T>>
  /** What is connected to this node now. */
  connected(): Promise<Connected>
  /** The world beyond: addresses that people gave, mail. Never inside a transaction. */
  outside: Outside
}

/** What a query has. */
export interface View {
  readonly em: SqlEntityManager
  /** Runs a statement that is asked often, the short way past the ORM; inside a command, in its transaction. */
  readonly read: Read
  readonly actor: Actor
  readonly now: Date
  readonly ports: Ports
}

/** What a command has: a view inside a transaction, and the only place from which events come. */
export interface Work extends View {
  /**
   * Records that something happened, in the transaction of what changed.
   * @param audience who may hear it: `user:<id>`, or any subject, whose readers hear it
   */
  emit<D>(kind: EventKind<D>, told: { subject: string; audience: readonly string[]; data: D }): void
}

/** Throws when the actor may not; `not-found` where the thing is invisible to them, `forbidden` where their role is too weak. */
export type Permission<I> = (view: View, input: I) => Promise<void> | void

export interface Query<S extends z.ZodObject = z.ZodObject, O = unknown> {
  readonly kind: 'query'
  readonly name: string
  readonly input: S
  readonly may: Permission<z.output<S>>
  /** Its statement looks at the session of the one who asks, so that nobody else must. */
  readonly confirms?: true
  readonly does: (view: View, input: z.output<S>) => Promise<O>
}

export interface Command<S extends z.ZodObject = z.ZodObject, O = unknown> {
  readonly kind: 'command'
  readonly name: string
  readonly input: S
  readonly may: Permission<z.output<S>>
  /** Slow work ahead of the transaction (hashing, say), which holds no connection. */
  readonly prepares?: (view: View, input: z.output<S>) => Promise<unknown>
  /** What it prepares is kept, and not to be done twice under one Idempotency-Key. */
  readonly writesAhead?: true
  readonly does: (work: Work, input: z.output<S>, prepared?: unknown) => Promise<unknown>
  /** What follows the commit and is part of the answer. */
  readonly afterwards?: (done: unknown, ports: Ports) => Promise<O>
}

export type Operation<S extends z.ZodObject = z.ZodObject, O = unknown> = Query<S, O> | Command<S, O>

type Input<S extends z.ZodRawShape> = z.output<z.ZodObject<S, z.core.$strict>>
type Strict<S extends z.ZodRawShape> = z.ZodObject<S, z.core.$strict>

/** Declares something that reads. `name` is `slice.verbNoun`, unique, and goes to logs and OpenAPI. */
export function query<S extends z.ZodRawShape, O>(
  name: string,
  told: { input: S; may: Permission<Input<S>>; confirms?: true; does: (view: View, input: Input<S>) => Promise<O> },
): Query<Strict<S>, O> {
  return { kind: 'query', name, ...told, input: z.strictObject(told.input) }
}

/** Declares something that changes, in one transaction. */
export function command<S extends z.ZodRawShape, D, O = D, P = undefined>(
  name: string,
  told: {
    input: S
    may: Permission<Input<S>>
    prepares?: (view: View, input: Input<S>) => Promise<P>
    writesAhead?: true
    does: (work: Work, input: Input<S>, prepared: P) => Promise<D>
    afterwards?: (done: D, ports: Ports) => Promise<O>
  },
): Command<Strict<S>, O> & { does: (work: Work, input: Input<S>, prepared: P) => Promise<D> } {
  return { kind: 'command', name, ...told, input: z.strictObject(told.input) } as never
}
