/** Operations: commands change, queries read. Both declare their input and their authorization. */
import type { KeyObject } from 'node:crypto'
import type { SqlEntityManager } from '@mikro-orm/sql'
import type { Kysely } from 'kysely'
import type { Doc } from 'yjs'
import { z } from 'zod'
import type { Actor } from './actor.ts'
import type { EventKind } from './events/event.ts'
import type { Outbound } from './outbound.ts'
import type { EntityReader, TableReader } from './db/read-only.ts'
import type { RunPrepared } from './db/prepared-read.ts'
import type { Tables } from './db/schema.ts'

/** The live connections to authorize again: all of a user, of a subject, or of a session. */
export interface AccessChange {
  userId?: string
  subject?: string
  sessionId?: string
}

/** How a change of access was enforced: nodes that were notified, how many confirmed, and the time it took. */
export interface Enforcement {
  nodes: number
  confirmed: number
  milliseconds: number
}

/** The result of an edit of a live document, and the document's head after its commit. */
export interface EditResult<T> {
  result: T
  head: number
}

/** Numbers of connections of this node, and the seconds since it started. */
export interface NodeStats {
  subscribers: number
  sockets: number
  connections: number
  documents: number
  uptime: number
}

/** What the domain needs from outside. */
export interface Ports {
  /** Signs and verifies access tokens (HS256); at least 32 characters. */
  tokenSecret: string
  /** The private key of the certificate authority (P-256); undefined where it is lost: then nothing can be sealed. */
  signingKey: KeyObject | undefined
  /** A timestamp authority (RFC 3161); undefined: sealed agreements have no document timestamp. */
  timestampUrl: string | undefined
  /** How many files and reads one person may have in progress; `Infinity` where LIMITS=off. */
  limits: { maxPendingFiles: number; maxPendingReads: number }
  /** A directory with fonts for PDF files, beside those that SmartStart has. */
  fontsDir: string | undefined
  /** A directory that receives published tree heads of the audit chain; undefined: none is kept on this node. */
  auditDir: string | undefined
  /** Makes every node authorize the affected connections again, and waits for their confirmations (bounded). */
  enforce(change: AccessChange): Promise<Enforcement>
  /**
   * Edits a live document in an author's name (`formatAuthor`; null: SmartStart) as one edit that everyone sees at once. Never call it
   * inside a transaction: the journal has its own, and embedded there is only one. Call it in `prepare` and `afterCommit`.
   * @param change called once with the current document. Its error is thrown on; a part may have been written.
   * @throws DomainError `conflict` where the document is frozen or gone, `unavailable`
   */
  editDocument<T>(documentName: string, actor: string | null, change: (document: Doc) => T): Promise<EditResult<T>>
  /** Numbers of connections of this node. */
  readStats(): Promise<NodeStats>
  /** Requests to external addresses, and mail. Never inside a transaction. */
  outbound: Outbound
}

/** What a query can use. It has no way to write. */
export interface QueryContext {
  readonly em: EntityReader
  /** The query builder, and what executes `sql` templates. */
  readonly db: TableReader
  /** Runs a prepared statement, bypassing the ORM; inside a command, in its transaction. */
  readonly runPrepared: RunPrepared
  readonly actor: Actor
  readonly now: Date
  readonly ports: Ports
}

/** Statements outside any transaction. Each commits on its own and stays, even if the command fails. */
export interface Autocommit {
  readonly em: SqlEntityManager
  readonly db: Kysely<Tables>
  readonly runPrepared: RunPrepared
}

/** What slow preparation can use. It reads, and writes only what must stay if the command fails (a counted attempt, a file in chunks). */
export interface PreparationContext extends QueryContext {
  readonly autocommit: Autocommit
}

/** An event as a command emits it. */
export interface EmittedEvent<D> {
  subject: string
  /** Who receives it: `user:<id>`, or any subject, whose readers receive it. */
  audience: readonly string[]
  data: D
}

/** What a command can use: a transaction, and the only way to emit events. */
export interface CommandContext extends QueryContext {
  readonly em: SqlEntityManager
  readonly db: Kysely<Tables>
  /** Records an event in the transaction of the change. */
  emit<D>(kind: EventKind<D>, event: EmittedEvent<D>): void
}

/** Throws when the actor is not allowed: `not-found` where the subject is invisible to them, `forbidden` where their role is too low. */
export type Permission<I> = (view: QueryContext, input: I) => Promise<void> | void

export interface Query<S extends z.ZodObject = z.ZodObject, O = unknown> {
  readonly kind: 'query'
  readonly name: string
  readonly input: S
  readonly authorize: Permission<z.output<S>>
  /** Its statement verifies the actor's session, so that nothing else has to. */
  readonly verifiesSession?: true
  readonly execute: (view: QueryContext, input: z.output<S>) => Promise<O>
}

export interface Command<S extends z.ZodObject = z.ZodObject, O = unknown> {
  readonly kind: 'command'
  readonly name: string
  readonly input: S
  readonly authorize: Permission<z.output<S>>
  /** Slow work before the transaction, such as hashing. The actor is authorized before it and again after it. */
  readonly prepare?: (view: PreparationContext, input: z.output<S>) => Promise<unknown>
  /** What `prepare` writes is stored, so it runs once for an Idempotency-Key. */
  readonly writesBeforeCommit?: true
  readonly execute: (work: CommandContext, input: z.output<S>, prepared?: unknown) => Promise<unknown>
  /** What follows the commit and is part of the result. */
  readonly afterCommit?: (done: unknown, ports: Ports) => Promise<O>
}

export type Operation<S extends z.ZodObject = z.ZodObject, O = unknown> = Query<S, O> | Command<S, O>

type Input<S extends z.ZodRawShape> = z.output<z.ZodObject<S, z.core.$strict>>
type Strict<S extends z.ZodRawShape> = z.ZodObject<S, z.core.$strict>

/** Declares an operation that reads. `name` is `slice.verbNoun`, unique; it appears in logs and OpenAPI. */
export function query<S extends z.ZodRawShape, O>(
  name: string,
  definition: {
    input: S
    authorize: Permission<Input<S>>
    verifiesSession?: true
    execute: (view: QueryContext, input: Input<S>) => Promise<O>
  },
): Query<Strict<S>, O> {
  return { kind: 'query', name, ...definition, input: z.strictObject(definition.input) }
}

/** A command whose own parts are known by their types. */
type Declared<S extends z.ZodRawShape, D, O, P> = Command<Strict<S>, O> & {
  execute: (work: CommandContext, input: Input<S>, prepared: P) => Promise<D>
}

/** Declares an operation that changes data, in one transaction. */
export function command<S extends z.ZodRawShape, D, O = D, P = undefined>(
  name: string,
  definition: {
    input: S
    authorize: Permission<Input<S>>
    prepare?: (view: PreparationContext, input: Input<S>) => Promise<P>
    writesBeforeCommit?: true
    execute: (work: CommandContext, input: Input<S>, prepared: P) => Promise<D>
    afterCommit?: (done: D, ports: Ports) => Promise<O>
  },
): Declared<S, D, O, P> {
  return { kind: 'command', name, ...definition, input: z.strictObject(definition.input) } as unknown as Declared<S, D, O, P>
}
