/** Endpoints: how an operation is called over HTTP, and how its result is sent. OpenAPI is derived from them. */
import type { Context } from 'koa'
import { z } from 'zod'
import type { Operation } from '../../domain/kernel/operation.ts'
import type { Page } from '../../domain/kernel/pagination.ts'

/** How the result of an operation is sent: its schema, and how it is serialized. */
export interface ResponseFormat<O, B> {
  schema: z.ZodType<B>
  serialize: (outcome: O) => B
  /** The version of the resource, for `ETag` and `If-Match`. */
  version?: (outcome: O) => number
  /** Sends a file to be saved, instead of JSON. */
  file?: (outcome: O) => FileDownload
  /** Sends HTML without scripts to browsers, instead of JSON. */
  html?: (outcome: O) => string
  /** Removes a secret that is shown once, from the response that is stored for the Idempotency-Key. */
  withoutSecret?: (body: B) => B
}

/** A file in a response. */
export interface FileDownload {
  bytes: Uint8Array
  type: string
  name: string
}

export interface Endpoint {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  path: string
  /** One or two sentences for the API documentation. */
  description: string
  operation: Operation<z.ZodObject, never>
  status: number
  response: ResponseFormat<never, unknown> | undefined
  options: EndpointOptions
}

export interface EndpointOptions {
  /** Another path of an endpoint. */
  alias?: boolean
  /** Input that comes from the request itself (address, user agent). */
  fromRequest?: (context: Context) => Record<string, unknown>
  /** Sets response headers. */
  setHeaders?: (context: Context, outcome: never) => void
  /** Whether it counts against the stricter limit of sign-ins. */
  signIn?: boolean
  /** Whether the response contains tokens, so that it must not be stored for an Idempotency-Key. */
  secret?: boolean
  /** Whether it sends a stream of events until the client leaves. */
  stream?: boolean
  /** Whether the body is a file: the input `bytes`. All other input is in the query. */
  upload?: boolean
  /** Whether the file may come from somebody without an account. */
  openUpload?: boolean
  /** Whether a query may answer `conflict`: what it reads is not there yet. */
  conflicts?: boolean
  /** Whether the body is ignored: other programs define it. */
  ignoresBody?: boolean
}

type Method = <S extends z.ZodObject, O, B>(
  path: string,
  description: string,
  operation: Operation<S, O>,
  answer?: ResponseFormat<O, B>,
  more?: EndpointOptions,
) => Endpoint

const defineMethod =
  (name: Endpoint['method'], status: number): Method =>
  (path, description, operation, response, options = {}) => ({
    method: name,
    path,
    description,
    operation: operation as unknown as Endpoint['operation'],
    status: response ? status : 204,
    response: response as unknown as Endpoint['response'],
    options,
  })

export const get = defineMethod('get', 200)
/** Responds with 201: something was created. */
export const post = defineMethod('post', 201)
/** Responds with 200: something was done. */
export const action = defineMethod('post', 200)
export const put = defineMethod('put', 200)
export const patch = defineMethod('patch', 200)
export const del = defineMethod('delete', 200)

export const jsonResponse = <O, B>(
  schema: z.ZodType<B>,
  serialize: (outcome: O) => B,
  version?: (outcome: O) => number,
): ResponseFormat<O, B> => ({
  schema,
  serialize,
  ...(version && { version }),
})

/** Sends HTML to browsers and JSON to programs. */
export const htmlResponse = <O, B>(json: ResponseFormat<O, B>, html: (outcome: O) => string): ResponseFormat<O, B> => ({ ...json, html })

/** Sends a secret once. A repeated request is answered without it. */
export const secretResponse = <O, B>(json: ResponseFormat<O, B>, withoutSecret: (body: B) => B): ResponseFormat<O, B> => ({
  ...json,
  withoutSecret,
})

/** Sends a file. */
export const fileResponse = <O>(file: (outcome: O) => FileDownload): ResponseFormat<O, null> => ({
  schema: z.null(),
  serialize: () => null,
  file,
})

/** Sends a page of a list. */
export function listResponse<O, B>(item: ResponseFormat<O, B>): ResponseFormat<Page<O>, { items: B[]; nextCursor: string | null }> {
  return {
    schema: z.object({ items: z.array(item.schema), nextCursor: z.string().nullable() }),
    serialize: ({ items, nextCursor }) => ({ items: items.map(item.serialize), nextCursor }),
  }
}

/** Names of the parameters in a path. */
export const pathParameters = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string)

/** Input that is no field of a request: it comes from headers, the body or the connection. */
export function impliedFields(endpoint: Endpoint): string[] {
  const { fromRequest, upload, stream } = endpoint.options
  const fromHeaders = stream ? ['lastEventId'] : fromRequest ? ['userAgent', 'address'] : []
  return ['ifMatch', ...fromHeaders, ...(upload ? ['bytes'] : [])]
}

/** Whether the endpoint accepts an Idempotency-Key. */
export const acceptsIdempotencyKey = ({ operation, method, options }: Endpoint): boolean =>
  operation.kind === 'command' && method === 'post' && !options.secret
