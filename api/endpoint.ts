/** An operation as a route: what is gathered from the request, what is answered, and how both are told in OpenAPI. */
import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import { z } from 'zod'
import type { Domain } from '../domain/kernel/domain.ts'
import { DomainError } from '../domain/kernel/errors.ts'
import { type Actor, anonymous, type Command, type Operation } from '../domain/kernel/operation.ts'
import type { Page } from '../domain/kernel/page.ts'

/** What leaves the server, written by hand: the shape and how an outcome becomes it. */
export interface Answer<O, B> {
  schema: z.ZodType<B>
  present: (outcome: O) => B
  /** The version of what is answered, for `ETag`. */
  version?: (outcome: O) => number
  /** Answers bytes to be saved, never shown, in place of JSON. */
  file?: (outcome: O) => SavedFile
  /** A page for people, in place of JSON where a browser asks: HTML without scripts. */
  page?: (outcome: O) => string
}

/** A file as it is answered. */
export interface SavedFile {
  bytes: Uint8Array
  type: string
  name: string
}

export interface Endpoint {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  path: string
  operation: Operation<z.ZodObject, never>
  status: number
  answer: Answer<never, unknown> | undefined
  more: More
}

interface More {
  /** Another spelling of an endpoint that stands elsewhere: served, not told twice. */
  alias?: boolean
  /** Input that the request itself tells (address, user agent). */
  fromRequest?: (context: Context) => Record<string, unknown>
  /** Counted against the stricter limit of signing in. */
  signIn?: boolean
  /** Answers tokens, so nothing of the answer is kept to be answered again. */
  secret?: boolean
  /** Answers a stream of events, for as long as the client is there. */
  stream?: boolean
  /** Takes a file as its body: the input `bytes`. All else stands in the query. */
  upload?: boolean
  /** Whatever is sent as its body is not looked at: others say what it is. */
  ignoresBody?: boolean
}

type Method = <S extends z.ZodObject, O, B>(path: string, operation: Operation<S, O>, answer?: Answer<O, B>, more?: More) => Endpoint

const method =
  (name: Endpoint['method'], status: number): Method =>
  (path, operation, answer, more = {}) => ({
    method: name,
    path,
    operation: operation as never,
    status: answer ? status : 204,
    answer: answer as never,
    more,
  })

export const get = method('get', 200)
/** Answers 201: something was made. */
export const post = method('post', 201)
/** Answers 200: something was done. */
export const act = method('post', 200)
export const put = method('put', 200)
export const patch = method('patch', 200)
export const del = method('delete', 200)

export const answer = <O, B>(schema: z.ZodType<B>, present: (outcome: O) => B, version?: (outcome: O) => number): Answer<O, B> => ({
  schema,
  present,
  ...(version && { version }),
})

/** What answers a page to browsers, and JSON to programs. */
export const pageAnswer = <O, B>(json: Answer<O, B>, page: (outcome: O) => string): Answer<O, B> => ({ ...json, page })

/** What answers a file. */
export const fileAnswer = <O>(file: (outcome: O) => SavedFile): Answer<O, null> => ({ schema: z.null(), present: () => null, file })

/** A page of what `one` answers. */
export function pageOf<O, B>(one: Answer<O, B>): Answer<Page<O>, { items: B[]; nextCursor: string | null }> {
  return {
    schema: z.object({ items: z.array(one.schema), nextCursor: z.string().nullable() }),
    present: ({ items, nextCursor }) => ({ items: items.map(one.present), nextCursor }),
  }
}

/** Names of the parameters in a path. */
export const parametersOf = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string)

/** Input fields that no client sends as a field: headers and the request itself give them. */
export function impliedFields(endpoint: Endpoint): string[] {
  const { fromRequest, upload, stream } = endpoint.more
  const fromHeaders = stream ? ['lastEventId'] : fromRequest ? ['userAgent', 'address'] : []
  return ['ifMatch', ...fromHeaders, ...(upload ? ['bytes'] : [])]
}

/** Serves an endpoint. @param stream takes over where it answers a stream of events */
export function serve(
  domain: Domain,
  endpoint: Endpoint,
  stream: (context: Context, outcome: never) => Promise<void>,
): (context: Context) => Promise<void> {
  const { operation, answer, status } = endpoint
  const gather = gatherer(endpoint)
  return async (context) => {
    const actor = (context.state.actor as Actor | undefined) ?? anonymous
    const input = gather(context, actor)
    const key = context.req.headers['idempotency-key'] as string | undefined
    if (key && takesKey(endpoint) && operation.kind === 'command' && actor.kind === 'user') {
      if (key.length > 255) throw new DomainError('invalid-input', 'Idempotency-Key takes at most 255 characters.')
      const present = answer?.present ?? (() => null)
      const request = JSON.stringify([operation.name, shortened(input)])
      context.body = await domain.runOnce(actor, operation as Command<z.ZodObject, never>, input, { key, request, answer: present })
    } else {
      const outcome = await domain.run(actor, operation, input)
      if (endpoint.more.stream) return stream(context, outcome)
      if (answer) {
        if (answer.version) context.set('ETag', `"${answer.version(outcome)}"`)
        if (answer.file) send(context, answer.file(outcome))
        else if (answer.page && context.accepts('json', 'html') === 'html') show(context, answer.page(outcome))
        else context.body = answer.present(outcome)
      }
    }
    context.status = status
    // Koa makes a null body a 204; here it is said on purpose
    if (!answer) context.body = null
  }
}

/** Whether a request that is sent twice under one key is done once. */
export const takesKey = ({ operation, method, more }: Endpoint): boolean =>
  operation.kind === 'command' && method === 'post' && !more.secret

/** A file in it as what stands for it. */
const shortened = ({ bytes, ...input }: Record<string, unknown>) => ({
  ...input,
  ...(bytes instanceof Uint8Array && { bytes: createHash('sha256').update(bytes).digest('hex') }),
})

/** Whatever is in it, a browser saves it, and runs nothing of it. */
function send(context: Context, { bytes, type, name }: SavedFile) {
  context.set('Content-Type', type)
  context.set(
    'Content-Disposition',
    `attachment; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}`,
  )
  context.set('Content-Security-Policy', "default-src 'none'; sandbox")
  context.set('Cache-Control', 'private, no-store')
  context.body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A page that loads nothing, and sends what is pressed back to where it came from. */
function show(context: Context, page: string) {
  context.type = 'html'
  context.set(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  context.set('Cache-Control', 'no-store')
  context.body = page
}

/** How the input of an endpoint's operation is gathered from a request. */
function gatherer(endpoint: Endpoint): (context: Context, actor: Actor) => Record<string, unknown> {
  const fields = endpoint.operation.input.shape
  const parameters = parametersOf(endpoint.path)
  const fixed = new Set([...parameters, ...impliedFields(endpoint)])
  const inQuery = endpoint.method === 'get' || endpoint.method === 'delete' || endpoint.more.upload === true
  return (context, actor) => {
    const sent = inQuery ? readQuery(context) : readBody(context)
    const misplaced = Object.keys(sent).filter((name) => fixed.has(name) || !Object.hasOwn(fields, name))
    if (misplaced.length > 0) {
      const errors = misplaced.map((path) => ({ path, message: 'unknown field' }))
      throw new DomainError('invalid-input', `Unknown: ${misplaced.join(', ')}.`, { fields: errors })
    }
    const input: Record<string, unknown> = { ...sent, ...endpoint.more.fromRequest?.(context), ...version(context, fields) }
    if (endpoint.more.upload) input.bytes = context.state.file
    for (const name of parameters) {
      const text = (context.params as Record<string, string>)[name] as string
      input[name] = text === 'me' && actor.kind === 'user' && isPerson(endpoint, name) ? actor.userId : text
    }
    return input
  }
}

/** Where a path names a person, `me` is the one who asks. */
const isPerson = ({ path }: Endpoint, name: string) => name === 'userId' || (name === 'id' && path.startsWith('/users/'))

function readQuery(context: Context): Record<string, unknown> {
  return context.querystring ? { ...context.query } : {}
}

function readBody(context: Context): Record<string, unknown> {
  const { body } = context.request as { body?: unknown }
  if (body === undefined) return {}
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new DomainError('invalid-input', 'The body takes a JSON object.', { fields: [{ path: '', message: 'not an object' }] })
  }
  return body as Record<string, unknown>
}

function version(context: Context, fields: z.ZodRawShape): Record<string, unknown> {
  const header = context.req.headers['if-match']
  if (!header || header === '*' || !Object.hasOwn(fields, 'ifMatch')) return {}
  const match = /^(?:W\/)?"(\d{1,9})"$/.exec(header)
  // a tag that we never gave cannot be the present one
  return { ifMatch: match ? Number(match[1]) : -1 }
}
