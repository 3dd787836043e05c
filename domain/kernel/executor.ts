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
import type { PublishedEvent } from './events/event.ts'
import { runClaimed, type SideEffects, trackEffects, type IdempotentRequest, runOnce, type IdempotentResult } from './idempotency.ts'
import type { Log } from './log.ts'
import type { Actor } from './actor.ts'
import type { Command, CommandContext, Operation, Ports, PreparationContext, Query, QueryContext } from './operation.ts'
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

/** @param onCommitted called after each commit with events, with what `insertEvents` returned */
export function createExecutor({
  database,
  ports,
  log,
  onCommitted,
}: {
  database: Database
  ports: Ports
  log: Log
  onCommitted: (numbered: PublishedEvent[]) => void
}): Executor {
  const contextOf = createContextFactory(database)

  async function runOperation<S extends z.ZodObject, O>(
    actor: Actor,
    operation: Operation<S, O>,
    input: unknown,
    execute: Execute<S>,
    request?: IdempotentRequest<O>,
  ): Promise<O> {
    const startedAt = performance.now()
    let outcome: ProblemCode | 'ok' = 'ok'
    try {
      if (currentOperation.getStore())
        throw new Error(`${operation.name} was run inside ${currentOperation.getStore()}; operations do not nest`)
      if (actor.kind === 'person' && actor.credential.unconfirmed && !('verifiesSession' in operation))
        throw new Error(`${operation.name} was run with an unverified session`)
      const checked = parse(operation, input)
      if (operation.kind === 'query') return await runQuery(operation, actor, checked, execute)
      if (!request) return await runCommand(operation, actor, checked, execute)
      const done = await runClaimed(contextOf(actor, ports), request, (effects) =>
        runCommand(operation, actor, checked, execute, effects).catch(rethrowAsDomainError),
      )
      // `runCommand` has authorized everyone else
      if (done.repeated) await currentOperation.run(operation.name, async () => operation.authorize(contextOf(actor, ports), checked))
      return done as O
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

  async function runQuery<S extends z.ZodObject, O>(
    operation: Query<S, O>,
    actor: Actor,
    input: z.output<S>,
    execute: Execute<S>,
  ): Promise<O> {
    const context: QueryContext = contextOf(actor, ports)
    return currentOperation.run(operation.name, async () => {
      await operation.authorize(context, input)
      return (await execute(context as CommandContext, input)) as O
    })
  }

  /** @param effects records whether something was done, whatever fails later */
  async function runCommand<S extends z.ZodObject, O>(
    operation: Command<S, O>,
    actor: Actor,
    input: z.output<S>,
    execute: Execute<S>,
    effects: SideEffects = { occurred: false },
  ): Promise<O> {
    const trackedPorts = trackEffects(ports, effects)
    const prepared = await prepareCommand(operation, contextOf(actor, trackedPorts), input)
    // the guard ends with the transaction: event handlers and `afterCommit` run operations again
    const { outcome, numbered } = await currentOperation.run(operation.name, () =>
      withRetries(() =>
        runTransaction(
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

  async function runTransaction(
    actor: Actor,
    authorize: (work: CommandContext) => Promise<void> | void,
    execute: (work: CommandContext) => Promise<unknown>,
  ): Promise<{ outcome: unknown; numbered: PublishedEvent[] | undefined }> {
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
        emit(kind, { subject, audience, data }) {
          emitted.push({
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
        },
      }
      await authorize(work)
      const done = await execute(work)
      await em.flush()
      if (emitted.length > 0) numbered = await insertEvents(work.runPrepared, emitted)
      return done
    })
    return { outcome, numbered }
  }

  return {
    run: (actor, operation, input) => runOperation(actor, operation, input, operation.execute as Execute<typeof operation.input>),
    async runOnce(actor, operation, input, request) {
      const asked = request as IdempotentRequest<unknown>
      const command = operation as Command<z.ZodObject, unknown>
      const { response, repeated } = (await (command.afterCommit || command.writesBeforeCommit
        ? runOperation(actor, command, input, command.execute, asked)
        : runOperation<z.ZodObject, unknown>(actor, command, input, (work, checked, prepared) =>
            runOnce(work, asked, () => command.execute(work, checked, prepared)),
          ))) as IdempotentResult
      if (repeated) await request.authorizeRepeat?.(response)
      return response
    },
  }
}

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
