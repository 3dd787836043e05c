/** The middleware in one list, the endpoints in one list. */
import { randomUUID } from 'node:crypto'
import Router from '@koa/router'
import helmet from 'helmet'
import type { Redis } from 'ioredis'
import Koa, { type Context, type Next } from 'koa'
import type { Domain } from '../domain/kernel/domain.ts'
import type { Log } from '../domain/kernel/log.ts'
import { auth } from './auth.ts'
import { authenticate } from './authenticate.ts'
import { boards } from './board.ts'
import { fileBody, jsonBody } from './body.ts'
import { clauses } from './clauses.ts'
import { comments } from './comments.ts'
import { deliveries } from './deliveries.ts'
import { documents } from './documents.ts'
import { serve } from './endpoint.ts'
import { events } from './events.ts'
import type { Stream } from './event-stream.ts'
import { exports } from './exports.ts'
import { healthRoutes, type Vitals } from './health.ts'
import { history } from './history.ts'
import { imports } from './imports.ts'
import { inbox, inboxes } from './inbox.ts'
import { legal } from './legal.ts'
import { byActor, byAddress, limitRequests } from './limits.ts'
import { looks } from './looks.ts'
import { describeApi } from './openapi.ts'
import { docsRoutes, workspace } from './pages.ts'
import { messaging } from './messaging.ts'
import { plans } from './plan.ts'
import { preferences } from './preferences.ts'
import { answerProblems } from './problem.ts'
import { push } from './push.ts'
import { spaces } from './spaces.ts'
import { suggestions } from './suggestions.ts'
import { templates } from './templates.ts'
import { unsubscribing } from './unsubscribe.ts'
import { users } from './users.ts'
import { ventures } from './ventures.ts'
import { websocket } from './websocket.ts'
import { webhooks } from './webhooks.ts'

export const endpoints = [
  ...auth,
  ...users,
  ...documents,
  ...history,
  ...looks,
  ...ventures,
  ...spaces,
  ...legal,
  ...templates,
  ...clauses,
  ...comments,
  ...suggestions,
  ...plans,
  ...boards,
  ...exports,
  ...imports,
  ...events,
  ...messaging,
  ...websocket,
  ...webhooks,
  ...deliveries,
  ...push,
  ...unsubscribing,
  ...preferences,
  ...inbox,
  ...inboxes,
]

export interface ApiOptions extends Vitals {
  domain: Domain
  /** Answers the streams of events. */
  stream: Stream
  log: Log
  publicUrl: string | undefined
  /** Where limits are counted over all nodes; absent: each for itself. */
  redis: Redis | undefined
  limits: { requests: number; signIns: number; bodyBytes: number; importBytes: number }
}

/** Builds the HTTP side of a node. */
export function createApi(options: ApiOptions): Koa {
  const { domain, stream, log, metrics, limits, redis } = options
  const router = new Router({ prefix: '/api' })
  const limited = limitRequests('requests', limits.requests, redis, byActor)
  const signIns = limitRequests('sign-ins', limits.signIns, redis, byAddress)
  const body = jsonBody(limits.bodyBytes)
  const file = fileBody(limits.importBytes)
  for (const endpoint of endpoints) {
    const { method, path, operation, more } = endpoint
    const authenticated = authenticate(domain, operation)
    const served = serve(domain, endpoint, stream)
    router[method](path, async (context: Context) => {
      if (more.signIn) await signIns(context)
      else {
        await authenticated(context)
        await limited(context)
      }
      if (more.ignoresBody) context.req.resume()
      else if (method !== 'get') await (more.upload ? file(context) : body(context))
      if (more.signIn) await authenticated(context)
      await served(context)
    })
  }
  let described: object | undefined
  router.get('/openapi.json', (context) => {
    described ??= describeApi(endpoints, '/api', options.version)
    context.body = described
  })

  const api = new Koa()
  // after the answer began there is nobody to tell: mostly readers that went away
  api.on('error', (error: Error) => log.debug({ error: error.message }, 'an answer broke off'))
  // behind the proxy of docker-compose the address is in X-Forwarded-For
  api.proxy = options.publicUrl !== undefined
  api
    .use(attend(metrics))
    .use(answerProblems(log))
    .use(router.routes() as never)
    .use(healthRoutes(options).routes() as never)
    .use(docsRoutes().routes() as never)
    .use(workspace())
  return api
}

/** What every request gets: an id, the headers that protect a browser, a place in the metrics. */
function attend(metrics: Vitals['metrics']) {
  const headers = protection()
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

/** Headers that keep a browser to our own files; styles may be inline, as the component library writes them. The same for every request. */
function protection(): [string, string][] {
  const guard = helmet({
    contentSecurityPolicy: {
      directives: {
        'default-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'connect-src': ["'self'", 'ws:', 'wss:'],
        'upgrade-insecure-requests': null,
      },
    },
    strictTransportSecurity: false,
  })
  const headers: [string, string][] = []
  const response = { setHeader: (name: string, value: string) => void headers.push([name, value]), removeHeader() {} }
  guard({} as never, response as never, (error?: unknown) => {
    if (error) throw error as Error
  })
  return headers
}
