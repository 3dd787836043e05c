/** The HTTP API of a node: its middleware. The endpoints are in `routes/`. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import Router from '@koa/router'
import helmet from 'helmet'
import type { Redis } from 'ioredis'
import Koa, { type Context, type Middleware, type Next } from 'koa'
import type { Executor } from '../domain/kernel/executor.ts'
import type { Log } from '../domain/kernel/log.ts'
import { authenticate } from './http/authenticate.ts'
import { fileBody, jsonBody } from './http/body.ts'
import { createHandler } from './http/handler.ts'
import type { EventStream } from './events/sse.ts'
import { endpoints } from './routes/endpoints.ts'
import { healthRoutes, type HealthOptions } from './http/health.ts'
import { keyByActor, keyByAddress, limitRequests } from './http/rate-limit.ts'
import { describeApi } from './http/openapi.ts'
import { docsRoutes, serveWorkspace } from './http/static-files.ts'
import { handleErrors } from './http/problem.ts'

export interface ApiOptions extends HealthOptions {
  domain: Executor
  /** Serves event streams. */
  stream: EventStream
  log: Log
  publicUrl: string | undefined
  /** Number of proxies in front of the node that append to `X-Forwarded-For`. Used when `publicUrl` is set. */
  trustedProxies: number
  /** Counts limits over all nodes. Without it each node counts for itself. */
  redis: Redis | undefined
  limits: { requestsPerMinute: number; signInsPerMinute: number; bodyBytes: number; importBytes: number }
}

/** Creates the HTTP API of a node. */
export function createApi(options: ApiOptions): Koa {
  const { domain, stream, log, metrics, limits, redis } = options
  const router = new Router({ prefix: '/api' })
  const limitByActor = limitRequests('requests', limits.requestsPerMinute, redis, keyByActor)
  const limitSignIns = limitRequests('sign-ins', limits.signInsPerMinute, redis, keyByAddress)
  const parseJsonBody = jsonBody(limits.bodyBytes)
  const parseFileBody = fileBody(limits.importBytes)
  for (const endpoint of endpoints) {
    const { method, path, operation, options: endpointOptions } = endpoint
    const authenticateRequest = authenticate(domain, operation)
    const handle = createHandler(domain, endpoint, stream, endpoints)
    router[method](path, async (context: Context) => {
      if (endpointOptions.signIn) await limitSignIns(context)
      else {
        await authenticateRequest(context)
        await limitByActor(context)
      }
      if (endpointOptions.ignoresBody) context.req.resume()
      else if (method !== 'get')
        await (endpointOptions.upload ? parseFileBody(context, endpointOptions.openUpload) : parseJsonBody(context))
      if (endpointOptions.signIn) await authenticateRequest(context)
      await handle(context)
    })
  }
  let openApiDocument: object | undefined
  router.get('/openapi.json', (context) => {
    openApiDocument ??= describeApi(endpoints, '/api', options.version)
    context.body = openApiDocument
  })

  const api = new Koa()
  // after the response has begun there is nobody to tell; usually the client has left
  api.on('error', (error: Error) => log.debug({ error: error.message }, 'response aborted'))
  // each proxy appends the address of its client, so the last addresses are from our own proxies and earlier ones may be forged
  api.proxy = options.publicUrl !== undefined && options.trustedProxies > 0
  api.maxIpsCount = options.trustedProxies
  api
    .use(requestContext(metrics, options.publicUrl?.startsWith('https:') === true))
    .use(handleErrors(log))
    .use(router.routes() as unknown as Middleware)
    .use(healthRoutes(options).routes() as unknown as Middleware)
    .use(docsRoutes().routes() as unknown as Middleware)
    .use(serveWorkspace())
  return api
}

/** Gives every request an id, security headers, and a place in the metrics. */
function requestContext(metrics: HealthOptions['metrics'], https: boolean) {
  const headers = securityHeaders(https)
  const observers = new Map<string, { observe(seconds: number): void }>()
  return async (context: Context, next: Next) => {
    const began = performance.now()
    const { req, res, state, method } = context
    const given = req.headers['x-request-id']
    state.requestId = typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID()
    res.setHeader('X-Request-Id', state.requestId)
    for (const [name, value] of headers) res.setHeader(name, value)
    await next()
    const key = `${method} ${context.status}`
    let observer = observers.get(key)
    if (!observer) observers.set(key, (observer = metrics.requests.labels({ method, status: context.status })))
    observer.observe((performance.now() - began) / 1000)
  }
}

/** Headers that restrict a browser to our own files; the component library needs inline styles. The same for every request. @param https whether browsers use https */
function securityHeaders(https: boolean): [string, string][] {
  const guard = helmet({
    contentSecurityPolicy: {
      directives: {
        'default-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'upgrade-insecure-requests': null,
      },
    },
    strictTransportSecurity: https && { maxAge: 365 * 24 * 3600, includeSubDomains: false },
  })
  const headers: [string, string][] = []
  const response = { setHeader: (name: string, value: string) => void headers.push([name, value]), removeHeader() {} }
  guard({} as IncomingMessage, response as unknown as ServerResponse, (error?: unknown) => {
    if (error) throw error as Error
  })
  return headers
}
