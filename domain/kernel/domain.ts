/** The one door: parse, begin, may, do, keep events with the commit, tell of them, one line in the log. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { NotFoundError, OptimisticLockError, UniqueConstraintViolationException } from '@mikro-orm/core'
import type { SqlEntityManager } from '@mikro-orm/sql'
import type { z } from 'zod'
import { crossed, type Database, isAway, pause } from './database.ts'
import { newId } from './entity.ts'
import { DomainError, notFound, type ProblemCode } from './errors.ts'
import type { HeardEvent } from './events.ts'
import { claimed, type Effects, noted, type Once, once } from './idempotency.ts'
import type { Log } from './log.ts'
import type { Actor, Command, Operation, Ports, Query, View, Work } from './operation.ts'
import { keepEvents } from './relay.ts'

export interface Domain {
  /**
   * Asks the domain for something.
   * @param input not yet checked: the operation's schema is the check
   * @throws DomainError only; whatever else happened inside is `internal`, and logged
   */
  run<S extends z.ZodObject, O>(actor: Actor, operation: Operation<S, O>, input: unknown): Promise<O>
  /** As `run`, doing it once under the request's key; answers what `once.answer` made of the outcome. @throws DomainError as `once` and `claimed` */
  runOnce<S extends z.ZodObject, O>(actor: Actor, operation: Command<S, O>, input: unknown, once: Once<O>): Promise<unknown>
}

type Does<S extends z.ZodObject> = (work: Work, input: z.output<S>, prepared?: unknown) => Promise<unknown>

const inside = new AsyncLocalStorage<string>()
const tries = 4

/** @param committed called after each commit that left events, with what `keepEvents` answered */
export function openDomain({
  database,
  ports,
  log,
  committed,
}: {
  database: Database
  ports: Ports
  log: Log
  committed: (numbered: HeardEvent[]) => void
}): Domain {
  async function enter<S extends z.ZodObject, O>(
    actor: Actor,
    operation: Operation<S, O>,
    input: unknown,
    does: Does<S>,
    request?: Once<O>,
  ): Promise<O> {
    const began = performance.now()
    let outcome: ProblemCode | 'ok' = 'ok'
    try {
      if (inside.getStore()) throw new Error(`the door was opened for ${operation.name} from inside ${inside.getStore()}`)
      if (actor.kind === 'user' && actor.unconfirmed && !('confirms' in operation))
        throw new Error(`${operation.name} was asked with a session that nobody looked at`)
      const checked = parse(operation, input)
      if (operation.kind === 'query') return await look(operation, actor, checked, does)
      if (!request) return await act(operation, actor, checked, does)
      return (await claimed(viewOf(actor), request, (effects) => act(operation, actor, checked, does, effects).catch(rethrow))) as O
    } catch (error) {
      const problem = translate(error)
      outcome = problem.code
      if (outcome === 'internal')
        log.error({ operation: operation.name, error: (error as Error)?.stack ?? String(error) }, 'operation failed')
      throw problem
    } finally {
      log.debug({ operation: operation.name, actor: nameOf(actor), ms: Math.round(performance.now() - began), outcome }, 'run')
    }
  }

  function viewOf(actor: Actor, world = ports): View {
    let em: SqlEntityManager | undefined
    return {
      // made when it is asked for: many queries do without
      get em() {
        return (em ??= database.em.fork() as SqlEntityManager)
      },
      read: database.read,
      actor,
      now: new Date(),
      ports: world,
    }
  }

  async function look<S extends z.ZodObject, O>(operation: Query<S, O>, actor: Actor, input: z.output<S>, does: Does<S>): Promise<O> {
    const view = viewOf(actor)
    return inside.run(operation.name, async () => {
      await operation.may(view, input)
      return (await does(view as Work, input)) as O
    })
  }

  /** @param effects where it is noted that something was done, whatever comes after */
  async function act<S extends z.ZodObject, O>(
    operation: Command<S, O>,
    actor: Actor,
    input: z.output<S>,
    does: Does<S>,
    effects: Effects = { some: false },
  ): Promise<O> {
    const world = noted(ports, effects)
    const prepared = await operation.prepares?.(viewOf(actor, world), input)
    // the guard ends with the transaction: what is woken by the commit, or follows it, opens the door again
    const { outcome, numbered } = await inside.run(operation.name, () =>
      retried(() =>
        transact(
          actor,
          (work) => operation.may(work, input),
          (work) => does(work, input, prepared),
        ),
      ),
    )
    effects.some = true
    await database.durable()
    if (numbered) committed(numbered)
    return operation.afterwards ? await operation.afterwards(outcome, world) : (outcome as O)
  }

  async function transact(
    actor: Actor,
    may: (work: Work) => Promise<void> | void,
    does: (work: Work) => Promise<unknown>,
  ): Promise<{ outcome: unknown; numbered: HeardEvent[] | undefined }> {
    const emitted: object[] = []
    let numbered: HeardEvent[] | undefined
    const outcome = await database.em.fork().transactional(async (em) => {
      const now = new Date()
      const work: Work = {
        em: em as SqlEntityManager,
        read: database.readWithin(em as SqlEntityManager),
        actor,
        now,
        ports,
        emit(kind, { subject, audience, data }) {
          const by = actor.kind === 'user' ? actor.userId : null
          emitted.push({
            id: newId(),
            name: kind.name,
            subject,
            audience: [...new Set(audience)],
            actor: by,
            data: kind.data.parse(data),
            at: now,
          })
        },
      }
      await may(work)
      const done = await does(work)
      await em.flush()
      if (emitted.length > 0) numbered = await keepEvents(work.read, emitted)
      return done
    })
    return { outcome, numbered }
  }

  return {
    run: (actor, operation, input) => enter(actor, operation, input, operation.does as never),
    runOnce: (actor, operation, input, request) =>
      operation.afterwards || operation.writesAhead
        ? enter<never, unknown>(actor, operation as never, input, operation.does as never, request as Once<unknown>)
        : enter<never, unknown>(actor, operation as never, input, (work, checked, prepared) =>
            once(work, request as Once<unknown>, () => operation.does(work, checked as never, prepared)),
          ),
  }
}

/** Tries again what crossed with another transaction. */
async function retried<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction()
    } catch (error) {
      if (!crossed(error) || attempt >= tries) throw error
      await pause(attempt)
    }
  }
}

function parse<S extends z.ZodObject, O>(operation: Operation<S, O>, input: unknown): z.output<S> {
  const parsed = operation.input.safeParse(input)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'unknown field' }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  )
  throw new DomainError('invalid-input', fields.map(({ path, message }) => `${path || 'body'}: ${message}`).join('; '), { fields })
}

/** Whatever was thrown inside, as what may be told outside. */
function translate(error: unknown): DomainError {
  if (error instanceof DomainError) return error
  if (error instanceof NotFoundError) return notFound()
  if (error instanceof UniqueConstraintViolationException) return new DomainError('conflict', 'That exists already.', { cause: error })
  if (error instanceof OptimisticLockError)
    return new DomainError('conflict', 'It was changed in the meantime; read it again.', { cause: error })
  if (isAway(error)) return new DomainError('unavailable', 'The database is away; try again.', { retryAfter: 2, cause: error })
  return new DomainError('internal', 'Something went wrong on our side.', { cause: error })
}

const rethrow = (error: unknown): never => {
  throw translate(error)
}

const nameOf = (actor: Actor) => (actor.kind === 'user' ? `user:${actor.userId}` : actor.kind)
