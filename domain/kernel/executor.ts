/**
 * The executor: runs operations. A command is parsed, authorized, prepared outside any transaction, authorized again in its transaction
 * (access may have changed in between) and executed. Its event rows are written with the commit and published after it.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { NotFoundError, OptimisticLockError, UniqueConstraintViolationException } from '@mikro-orm/core'
import type { SqlEntityManager } from '@mikro-orm/sql'
import type { z } from 'zod'
import { isSerializationFailure, type Database, isUnavailable, isUnstorableText, backoff } from './db/database.ts'
import { newId } from './entity.ts'
import { DomainError, notFound, type ProblemCode } from './errors.ts'
import type { EventKind, PublishedEvent } from './events/event.ts'
import { runClaimed, type SideEffects, trackEffects, type IdempotentRequest, runOnce, type IdempotentResult } from './idempotency.ts'
import type { Log } from './log.ts'
import type { Actor } from './actor.ts'
import type { Command, CommandContext, EmittedEvent, Operation, Ports, PreparationContext, Query, QueryContext } from './operation.ts'
import { createContextFactory } from './db/outside-context.ts'
import type { Tables } from './db/schema.ts'
import { insertEvents } from './events/sequencer.ts'
import { assertStorableText } from './text/well-formed.ts'

export interface Executor {
  /**
   * Runs an operation.
   * @param input not yet checked: the operation's schema is the check
   * @throws DomainError only; whatever else happened inside is `internal`, and logged
   */
  run<S extends z.ZodObject, O>(actor: Actor, operation: Operation<S, O>, input: unknown): Promise<O>
  /**
   * Runs a command once for an idempotency key. A stored response is returned again only to an actor who can still run the command and read
   * the response.
   * @returns what `request.respond` made of the outcome
   * @throws DomainError as `runOnce`, `runClaimed` and `request.authorizeRepeat`
   */
  runOnce<S extends z.ZodObject, O>(actor: Actor, operation: Command<S, O>, input: unknown, once: IdempotentRequest<O>): Promise<unknown>
}

type Execute<S extends z.ZodObject> = (work: CommandContext, input: z.output<S>, prepared?: unknown) => Promise<unknown>

const currentOperation = new AsyncLocalStorage<string>()
const maxAttempts = 4

export interface ExecutorOptions {
  database: Database
  ports: Ports
  log: Log
  /** Called after each commit with events, with what `insertEvents` returned. */
  onCommitted: (numbered: PublishedEvent[]) => void
}

export function createExecutor(options: ExecutorOptions): Executor {
  const runner = new OperationRunner(options)
  return {
    run: (actor, operation, input) => runner.run(actor, operation, input, operation.execute as Execute<typeof operation.input>),
    async runOnce(actor, operation, input, request) {
      const requested = request as IdempotentRequest<unknown>
      const { response, repeated } = await runner.runOnce(actor, operation as Command<z.ZodObject, unknown>, input, requested)
      if (repeated) await request.authorizeRepeat?.(response)
      return response
    },
  }
}

class OperationRunner {
  readonly #options: ExecutorOptions
  readonly #contextOf: ReturnType<typeof createContextFactory>

  constructor(options: ExecutorOptions) {
    this.#options = options
    this.#contextOf = createContextFactory(options.database)
  }

  /**
   * Checks, runs and logs an operation.
   * @param execute the operation's own function, or one around it
   * @param request claims an idempotency key around the command
   */
  async run<S extends z.ZodObject, O>(
    actor: Actor,
    operation: Operation<S, O>,
    input: unknown,
    execute: Execute<S>,
    request?: IdempotentRequest<O>,
  ): Promise<O> {
    const startedAt = performance.now()
    const { log } = this.#options
    let outcome: ProblemCode | 'ok' = 'ok'
    try {
      assertRunnable(actor, operation)
      const checked = parse(operation, input)
      if (operation.kind === 'query') return await this.#runQuery(operation, actor, checked, execute)
      if (!request) return await this.#runCommand(operation, actor, checked, execute)
      return (await this.#runClaimed(operation, actor, checked, execute, request)) as O
    } catch (error) {
      const problem = toDomainError(error)
      outcome = problem.code
      if (outcome === 'internal')
        log.error({ operation: operation.name, error: (error as Error)?.stack ?? String(error) }, 'operation failed')
      throw problem
    } finally {
      log.debug({ operation: operation.name, actor: describeActor(actor), ms: Math.round(performance.now() - startedAt), outcome }, 'run')
    }
  }

  /** Runs a command for an idempotency key, which is written in the command's transaction or, where that is not all it does, before it. */
  async runOnce(
    actor: Actor,
    command: Command<z.ZodObject, unknown>,
    input: unknown,
    request: IdempotentRequest<unknown>,
  ): Promise<IdempotentResult> {
    const result =
      command.afterCommit || command.writesBeforeCommit
        ? this.run(actor, command, input, command.execute, request)
        : this.run<z.ZodObject, unknown>(actor, command, input, (work, checked, prepared) =>
            runOnce(work, request, () => command.execute(work, checked, prepared)),
          )
    return (await result) as IdempotentResult
  }

  async #runQuery<S extends z.ZodObject, O>(operation: Query<S, O>, actor: Actor, input: z.output<S>, execute: Execute<S>): Promise<O> {
    const context: QueryContext = this.#contextOf(actor, this.#options.ports)
    return currentOperation.run(operation.name, async () => {
      await operation.authorize(context, input)
      return (await execute(context as CommandContext, input)) as O
    })
  }

  async #runClaimed<S extends z.ZodObject, O>(
    operation: Command<S, O>,
    actor: Actor,
    input: z.output<S>,
    execute: Execute<S>,
    request: IdempotentRequest<O>,
  ): Promise<IdempotentResult> {
    const { ports } = this.#options
    const result = await runClaimed(this.#contextOf(actor, ports), request, (effects) =>
      this.#runCommand(operation, actor, input, execute, effects).catch(rethrowAsDomainError),
    )
    // `#runCommand` has authorized all other requests
    if (result.repeated) await currentOperation.run(operation.name, async () => operation.authorize(this.#contextOf(actor, ports), input))
    return result
  }

  /** @param effects records whether something was done, whatever fails later */
  async #runCommand<S extends z.ZodObject, O>(
    operation: Command<S, O>,
    actor: Actor,
    input: z.output<S>,
    execute: Execute<S>,
    effects: SideEffects = { occurred: false },
  ): Promise<O> {
    const { database, onCommitted } = this.#options
    const trackedPorts = trackEffects(this.#options.ports, effects)
    const prepared = await prepareCommand(operation, this.#contextOf(actor, trackedPorts), input)
    // the guard ends with the transaction: event handlers and `afterCommit` run operations again
    const { outcome, numbered } = await currentOperation.run(operation.name, () =>
      withRetries(() =>
        this.#runTransaction(
          actor,
          (work) => operation.authorize(work, input),
          (work) => execute(work, input, prepared),
        ),
      ),
    )
    effects.occurred = true
    await database.waitUntilDurable()
    if (numbered) onCommitted(numbered)
    return operation.afterCommit ? await operation.afterCommit(outcome, trackedPorts) : (outcome as O)
  }

  async #runTransaction(
    actor: Actor,
    authorize: (work: CommandContext) => Promise<void> | void,
    execute: (work: CommandContext) => Promise<unknown>,
  ): Promise<{ outcome: unknown; numbered: PublishedEvent[] | undefined }> {
    const { database, ports } = this.#options
    const emitted: object[] = []
    let numbered: PublishedEvent[] | undefined
    const outcome = await database.em.fork().transactional(async (em) => {
      const now = new Date()
      const work: CommandContext = {
        em: em as SqlEntityManager,
        get db() {
          return (em as SqlEntityManager).getKysely<Tables>()
        },
        runPrepared: database.runPreparedIn(em as SqlEntityManager),
        actor,
        now,
        ports,
        emit: (kind, event) => void emitted.push(toEventRow(actor, now, kind, event)),
      }
      await authorize(work)
      const done = await execute(work)
      await em.flush()
      if (emitted.length > 0) numbered = await insertEvents(work.runPrepared, emitted)
      return done
    })
    return { outcome, numbered }
  }
}

/** @throws Error for an operation inside another one, and for a session that the operation does not verify */
function assertRunnable(actor: Actor, operation: Operation): void {
  if (currentOperation.getStore())
    throw new Error(`${operation.name} was run inside ${currentOperation.getStore()}; operations do not nest`)
  if (actor.kind === 'person' && actor.credential.unconfirmed && !('verifiesSession' in operation))
    throw new Error(`${operation.name} was run with an unverified session`)
}

/**
 * Authorizes before slow work, so that nothing is computed or written without permission. Without slow work, the transaction authorizes.
 */
async function prepareCommand<S extends z.ZodObject, O>(
  operation: Command<S, O>,
  context: PreparationContext,
  input: z.output<S>,
): Promise<unknown> {
  if (!operation.prepare) return undefined
  await currentOperation.run(operation.name, async () => operation.authorize(context, input))
  return operation.prepare(context, input)
}

const toEventRow = <D>(actor: Actor, now: Date, kind: EventKind<D>, { subject, audience, data }: EmittedEvent<D>): object => ({
  id: newId(),
  name: kind.name,
  subject,
  audience: [...new Set(audience)],
  actor: actor.id,
  actor_kind: actor.kind,
  on_behalf_of: actor.onBehalfOf,
  data: kind.data.parse(data),
  at: now,
})

/** Retries a transaction that conflicted with another one. */
async function withRetries<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction()
    } catch (error) {
      if (!isSerializationFailure(error) || attempt >= maxAttempts) throw error
      await backoff(attempt)
    }
  }
}

function parse<S extends z.ZodObject, O>(operation: Operation<S, O>, input: unknown): z.output<S> {
  assertStorableText(input)
  const parsed = operation.input.safeParse(input)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'unknown field' }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  )
  throw new DomainError('invalid-input', fields.map(({ path, message }) => `${path || 'body'}: ${message}`).join('; '), { fields })
}

/** Converts an error to one that may leave the domain. */
function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error
  if (error instanceof NotFoundError) return notFound()
  if (error instanceof UniqueConstraintViolationException) return new DomainError('conflict', 'This already exists.', { cause: error })
  if (error instanceof OptimisticLockError)
    return new DomainError('conflict', 'This was changed in the meantime. Read it again, then repeat your change.', { cause: error })
  if (isUnavailable(error))
    return new DomainError('unavailable', 'The database is unavailable. Try again.', { retryAfter: 2, cause: error })
  if (isUnstorableText(error)) return new DomainError('invalid-input', 'The input contains text that cannot be stored.', { cause: error })
  return new DomainError('internal', 'Internal error. The details are in the server log.', { cause: error })
}

const rethrowAsDomainError = (error: unknown): never => {
  throw toDomainError(error)
}

const describeActor = ({ kind, id }: Actor) => (id === null ? kind : `${kind}:${id}`)
