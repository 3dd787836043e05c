/** Error responses: RFC 9457 `application/problem+json`. */
import type { Context, Next } from 'koa'
import { z } from 'zod'
import { DomainError, problems } from '../../domain/kernel/errors.ts'
import type { Log } from '../../domain/kernel/log.ts'

/** The body of every error response. */
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
      .describe('for `cannot-replay`: the newest position; read everything again and continue from there'),
    id: z.string().describe('id of the request in the log; quote it when you report the problem'),
  })
  .meta({ id: 'Problem' })

/** Sends whatever is thrown as a problem. Messages of errors other than `DomainError` are not sent. */
export function handleErrors(log: Log) {
  return async (context: Context, next: Next): Promise<void> => {
    try {
      await next()
      if (context.status === 404 && context.body == null) answerUnrouted(context)
    } catch (error) {
      sendProblem(context, error instanceof DomainError ? error : toDomainError(error, log, context))
    }
  }
}

/** Answers requests that no route took: `OPTIONS`, a method that the path does not support, or an unknown path. */
function answerUnrouted(context: Context): void {
  const layers = ((context as { matched?: { methods: string[] }[] }).matched ?? []).flatMap(({ methods }) => methods)
  if (layers.length === 0 || layers.includes(context.method))
    throw new DomainError('not-found', 'There is no such address. Check the path.')
  const allowed = [...new Set([...layers, 'OPTIONS'])].sort()
  context.set('Allow', allowed.join(', '))
  if (context.method !== 'OPTIONS') throw new DomainError('method-not-allowed', `This address supports ${allowed.join(', ')}.`)
  context.status = 204
}

function sendProblem(context: Context, error: DomainError) {
  // read and drop the rest of the request, on an open connection: many clients read the response only after they have sent everything, and
  // would lose it if the connection were closed. Node ends the request after five minutes, and an idle connection after five seconds.
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
  // after the body, with which Koa sets application/json
  context.type = 'application/problem+json'
}

/** Converts errors of Koa and its middleware (`status`, `expose`), and logs unexpected ones. */
function toDomainError(error: unknown, log: Log, context: Context): DomainError {
  const status = (error as { status?: number }).status ?? 500
  if (status === 413) return new DomainError('too-large', 'The body is too large.')
  if (status >= 400 && status < 500) return new DomainError('invalid-input', 'The body is not valid JSON.')
  log.error({ id: context.state.requestId, error: (error as Error)?.stack ?? String(error) }, 'request failed')
  return new DomainError('internal', 'An unexpected error occurred. Quote the id of this problem when you report it.')
}
