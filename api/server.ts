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
import { jsonBody } from './body.ts'
import { documents } from './documents.ts'
import { serve } from './endpoint.ts'
import { healthRoutes, type Vitals } from './health.ts'
import { legal } from './legal.ts'
import { byActor, byAddress, limitRequests } from './limits.ts'
import { describeApi } from './openapi.ts'
import { docsRoutes, workspace } from './pages.ts'
import { answerProblems } from './problem.ts'
import { spaces } from './spaces.ts'
import { users } from './users.ts'
import { ventures } from './ventures.ts'

export const endpoints = [...auth, ...users, ...documents, ...ventures, ...spaces, ...legal]

export interface ApiOptions extends Vitals {
  domain: Domain
  log: Log
  publicUrl: string | undefined
  /** Where limits are counted over all nodes; absent: each for itself. */
  redis: Redis | undefined
  limits: { requests: number; signIns: number; bodyBytes: number }
}

/** Builds the HTTP side of a node. */
export function createApi(options: ApiOptions): Koa {
  const { domain, log, metrics, limits, redis } = options
  const router = new Router({ prefix: '/api' })
  const limited = limitRequests('requests', limits.requests, redis, byActor)
  const signIns = limitRequests('sign-ins', limits.signIns, redis, byAddress)
  const body = jsonBody(limits.bodyBytes)
  for (const endpoint of endpoints) {
    const authenticated = authenticate(domain, endpoint.operation)
    const before = endpoint.more.signIn ? [signIns, body, authenticated] : [authenticated, limited, body]
    router[endpoint.method](endpoint.path, ...(before as never[]), serve(domain, endpoint) as never)
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
    .use(identifyRequest)
    .use(measure(metrics))
    .use(protect())
    .use(answerProblems(log))
    .use(healthRoutes(options).routes() as never)
    .use(docsRoutes().routes() as never)
    .use(router.routes() as never)
    .use(workspace())
  return api
}

async function identifyRequest(context: Context, next: Next) {
  const given = context.get('X-Request-Id')
  context.state.requestId = /^[\w-]{8,64}$/.test(given) ? given : randomUUID()
  context.set('X-Request-Id', context.state.requestId)
  await next()
}

const measure = (metrics: Vitals['metrics']) => async (context: Context, next: Next) => {
  const stop = metrics.requests.startTimer({ method: context.method })
  await next()
  stop({ status: context.status })
}

/** Headers that keep a browser to our own files; styles may be inline, as the component library writes them. */
function protect() {
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
  return async (context: Context, next: Next) => {
    await new Promise<void>((resolve, reject) =>
      guard(context.req, context.res, (error?: unknown) => (error ? reject(error as Error) : resolve())),
    )
    await next()
  }
}
