/** Handles requests to endpoints: reads the input, runs the operation and sends the result. */
import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import type { z } from 'zod'
import { type Actor, anonymous } from '../../domain/kernel/actor.ts'
import { DomainError } from '../../domain/kernel/errors.ts'
import type { Executor } from '../../domain/kernel/executor.ts'
import type { Command } from '../../domain/kernel/operation.ts'
import { JsonText } from '../../domain/kernel/text/json-text.ts'
import { assertStorableText } from '../../domain/kernel/text/well-formed.ts'
import { acceptsIdempotencyKey, type Endpoint, type FileDownload, impliedFields, pathParameters } from './endpoint.ts'

/**
 * Creates the handler of an endpoint.
 * @param stream takes over when the endpoint sends a stream of events
 * @param endpoints all endpoints, to find the one that reads what this one creates
 */
export function createHandler(
  domain: Executor,
  endpoint: Endpoint,
  stream: (context: Context, outcome: never) => Promise<void>,
  endpoints: readonly Endpoint[],
): (context: Context) => Promise<void> {
  const { operation, response, status } = endpoint
  const readInput = createInputReader(endpoint)
  const readCreated = findReader(endpoint, endpoints)
  return async (context) => {
    context.set('Cache-Control', 'no-store')
    const actor = (context.state.actor as Actor | undefined) ?? anonymous
    const input = readInput(context, actor)
    const key = context.req.headers['idempotency-key'] as string | undefined
    if (key && acceptsIdempotencyKey(endpoint) && operation.kind === 'command' && actor.id !== null) {
      if (key.length > 255) throw new DomainError('invalid-input', 'Idempotency-Key must be at most 255 characters.')
      const serialize = response?.serialize ?? (() => null)
      // before JSON.stringify, which fails on deep nesting
      assertStorableText(input)
      const request = JSON.stringify([operation.name, replaceFileByDigest(input)])
      context.body = await domain.runOnce(actor, operation as Command<z.ZodObject, never>, input, {
        key,
        request,
        respond: serialize,
        ...(response?.withoutSecret && { redact: response.withoutSecret as (body: unknown) => unknown }),
        ...(readCreated && { authorizeRepeat: (created: unknown) => readCreated(domain, actor, input, created) }),
      })
    } else {
      const outcome = await domain.run(actor, operation, input)
      if (endpoint.options.stream) return stream(context, outcome)
      endpoint.options.setHeaders?.(context, outcome)
      if (response) {
        if (response.version) return sendWithEtag(context, status, response.version(outcome), response.serialize(outcome))
        if (response.file) sendFile(context, response.file(outcome))
        else if (response.html && context.accepts('json', 'html') === 'html') sendHtml(context, response.html(outcome))
        else if ((outcome as unknown) instanceof JsonText) Object.assign(context, { type: 'json', body: (outcome as JsonText).bytes })
        else context.body = response.serialize(outcome)
      }
    }
    context.status = status
    // without a body Koa would send 204 by itself
    if (!response) context.body = null
  }
}

/** Sends a version of a resource, or 304 when the client has it (RFC 9110, 13.1.2). */
function sendWithEtag(context: Context, status: number, version: number, body: unknown): void {
  // the digest covers what changes without a new version, such as the role of the user
  const digest = createHash('sha256').update(JSON.stringify(body, sortKeys)).digest('base64url').slice(0, 12)
  const etag = `"${version}-${digest}"`
  context.set('ETag', etag)
  context.set('Cache-Control', 'private, no-cache')
  context.status = status
  // not Koa's `fresh`: `fetch` adds `Cache-Control: no-cache` to conditional requests, which makes it answer everything again
  const ifNoneMatch = context.method === 'GET' || context.method === 'HEAD' ? context.get('If-None-Match') : ''
  if (ifNoneMatch === '*' || ifNoneMatch.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)) context.status = 304
  else context.body = body
}

/** Sorts object keys, because the database does not keep their order. */
const sortKeys = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value

type ReadCreated = (domain: Executor, actor: Actor, input: Record<string, unknown>, made: unknown) => Promise<void>

/** Reads what an endpoint created at its own address, one level below. Undefined when there is no such endpoint. */
function findReader({ operation, method }: Endpoint, endpoints: readonly Endpoint[]): ReadCreated | undefined {
  const path = endpoints.find((one) => one.operation === operation && !one.options.alias)?.path
  const reader = endpoints.find(
    (one) => method === 'post' && one.method === 'get' && /\/:\w+$/.test(one.path) && one.path.replace(/\/:\w+$/, '') === path,
  )
  if (!reader) return undefined
  const parameters = pathParameters(reader.path)
  const own = parameters.at(-1) as string
  return async (domain, actor, input, made) => {
    const { id } = made as { id?: string }
    if (id === undefined) return
    await domain.run(actor, reader.operation, { ...Object.fromEntries(parameters.map((name) => [name, input[name]])), [own]: id })
  }
}

/** Replaces a file in the input by its digest. */
const replaceFileByDigest = ({ bytes, ...input }: Record<string, unknown>) => ({
  ...input,
  ...(bytes instanceof Uint8Array && { bytes: createHash('sha256').update(bytes).digest('hex') }),
})

/** Sends a file that browsers save and never run. */
function sendFile(context: Context, { bytes, type, name }: FileDownload) {
  context.set('Content-Type', type)
  context.set(
    'Content-Disposition',
    `attachment; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}`,
  )
  context.set('Content-Security-Policy', "default-src 'none'; sandbox")
  context.set('Cache-Control', 'private, no-store')
  context.body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Sends HTML that loads nothing and whose form posts to the same origin. */
function sendHtml(context: Context, html: string) {
  context.type = 'html'
  context.set(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  context.set('Cache-Control', 'no-store')
  context.body = html
}

/** Returns a function that reads the input of an endpoint from a request. */
function createInputReader(endpoint: Endpoint): (context: Context, actor: Actor) => Record<string, unknown> {
  const fields = endpoint.operation.input.shape
  const parameters = pathParameters(endpoint.path)
  const reserved = new Set([...parameters, ...impliedFields(endpoint)])
  const isInQuery = endpoint.method === 'get' || endpoint.method === 'delete' || endpoint.options.upload === true
  return (context, actor) => {
    const fieldsSent = isInQuery ? readQuery(context) : readBody(context)
    const unknown = Object.keys(fieldsSent).filter((name) => reserved.has(name) || !Object.hasOwn(fields, name))
    if (unknown.length > 0) {
      const errors = unknown.map((path) => ({ path, message: 'unknown field' }))
      throw new DomainError('invalid-input', `Unknown field: ${unknown.join(', ')}.`, { fields: errors })
    }
    const input: Record<string, unknown> = { ...fieldsSent, ...endpoint.options.fromRequest?.(context), ...readIfMatch(context, fields) }
    if (endpoint.options.upload) input.bytes = context.state.file
    for (const name of parameters) {
      const text = (context.params as Record<string, string>)[name] as string
      input[name] = text === 'me' && actor.kind === 'person' && isUserParameter(endpoint, name) ? actor.id : text
    }
    return input
  }
}

/** Whether a path parameter is a user id, for which `me` may stand. */
const isUserParameter = ({ path }: Endpoint, name: string) => name === 'userId' || (name === 'id' && path.startsWith('/users/'))

function readQuery(context: Context): Record<string, unknown> {
  return context.querystring ? { ...context.query } : {}
}

function readBody(context: Context): Record<string, unknown> {
  const { body } = context.request as { body?: unknown }
  if (body === undefined) return {}
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new DomainError('invalid-input', 'The body must be a JSON object.', { fields: [{ path: '', message: 'not an object' }] })
  }
  return body as Record<string, unknown>
}

function readIfMatch(context: Context, fields: z.ZodRawShape): Record<string, unknown> {
  const header = context.req.headers['if-match']
  if (!header || header === '*' || !Object.hasOwn(fields, 'ifMatch')) return {}
  const match = /^(?:W\/)?"(\d{1,9})(?:-[\w-]{1,64})?"$/.exec(header)
  // a tag that this server never sent cannot match
  return { ifMatch: match ? Number(match[1]) : -1 }
}
