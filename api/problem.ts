/** Refusals over HTTP: RFC 9457 `application/problem+json`. */
import type { Context, Next } from 'koa'
import { z } from 'zod'
import { DomainError, problems } from '../domain/kernel/errors.ts'
import type { Log } from '../domain/kernel/log.ts'

/** The body of every error. */
export const Problem = z
  .object({
    type: z.string().meta({ example: 'urn:problem:not-found' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    position: z
      .number()
      .int()
      .optional()
      .describe('of `cannot-replay`: the newest position, from which to go on after everything was read again'),
    id: z.string().describe('quote it when you report the problem; it is in the log'),
  })
  .meta({ id: 'Problem' })

/** Turns whatever is thrown behind it into a problem. The text of what is not a `DomainError` stays here. */
export function answerProblems(log: Log) {
  return async (context: Context, next: Next): Promise<void> => {
    try {
      await next()
      // what no route took: a missing path, or a path without that method
      if (context.status === 404 && context.body == null) throw new DomainError('not-found', 'There is nothing at this address.')
    } catch (error) {
      write(context, error instanceof DomainError ? error : foreign(error, log, context))
    }
  }
}

function write(context: Context, error: DomainError) {
  // what still comes is read and let go, on a connection that stays: many a client reads its answer only when all is sent, and one that is
  // closed before has lost it. Node ends the request after five minutes, and a connection of which nothing comes after five seconds.
  context.req.resume()
  const { status, title } = problems[error.code]
  if (error.retryAfter !== undefined) context.set('Retry-After', String(error.retryAfter))
  if (error.code === 'unauthenticated') context.set('WWW-Authenticate', 'Bearer')
  context.status = status
  context.body = {
    type: `urn:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    ...(error.fields.length > 0 && { errors: [...error.fields] }),
    ...(error.position !== undefined && { position: error.position }),
    id: context.state.requestId,
  } satisfies z.infer<typeof Problem>
  // after the body: Koa sets application/json with it
  context.type = 'application/problem+json'
}

/** Errors of Koa and its parts (`status`, `expose`), and everything that nobody expected. */
function foreign(error: unknown, log: Log, context: Context): DomainError {
  const status = (error as { status?: number }).status ?? 500
  if (status === 413) return new DomainError('too-large', 'The body is larger than is taken here.')
  if (status >= 400 && status < 500) return new DomainError('invalid-input', 'The body is not JSON that can be read.')
  log.error({ id: context.state.requestId, error: (error as Error)?.stack ?? String(error) }, 'request failed')
  return new DomainError('internal', 'Something went wrong on our side.')
}
