/** Health checks and metrics. */
import { createHash, timingSafeEqual } from 'node:crypto'
import Router from '@koa/router'
import { sql } from 'kysely'
import type { Context } from 'koa'
import { probeCommit, type Database } from '../../domain/kernel/db/database.ts'
import { notFound } from '../../domain/kernel/errors.ts'
import type { Metrics } from '../../domain/kernel/metrics.ts'

/** What health checks read. */
export interface HealthOptions {
  database: Database
  metrics: Metrics
  version: string
  /** Bearer token for `/metrics`; undefined: only this machine may read it. */
  metricsToken: string | undefined
  /** Whether edits wait because the journal cannot commit. */
  isJournalFailing: () => boolean
  isDraining: () => boolean
}

/** What a node can do now: `database` is about reads, `commits` about edits. */
interface Readiness {
  database: 'ok' | 'away' | 'not asked'
  commits: 'ok' | 'failing' | 'not asked'
}

/** How long the result of a database check is reused. */
const cacheMs = { ok: 5000, failing: 500 }
const timeoutMs = 2000

export function healthRoutes({ database, metrics, version, metricsToken, isJournalFailing, isDraining }: HealthOptions): Router {
  const startedAt = Date.now()
  const checkDatabase = createReadinessCheck(database)
  const readReadiness = async (): Promise<Readiness> => {
    if (isDraining()) return { database: 'not asked', commits: 'not asked' }
    const state = await checkDatabase()
    return isJournalFailing() ? { ...state, commits: 'failing' } : state
  }
  const isOk = ({ database: reads, commits }: Readiness) => reads === 'ok' && commits === 'ok'
  return new Router()
    .get('/livez', (context) => {
      context.body = 'ok'
    })
    .get('/readyz', async (context) => {
      const ok = isOk(await readReadiness())
      context.status = ok ? 200 : 503
      context.body = ok ? 'ok' : 'not ready'
    })
    .get('/api/health', async (context) => {
      const state = await readReadiness()
      const ok = isOk(state)
      context.status = ok ? 200 : 503
      context.body = {
        status: ok ? 'ok' : isDraining() ? 'draining' : 'unavailable',
        version,
        uptimeSeconds: Math.round((Date.now() - startedAt) / 1000),
        checks: state,
      }
    })
    .get('/metrics', async (context) => {
      if (!canReadMetrics(context as unknown as Context, metricsToken)) throw notFound()
      context.type = metrics.registry.contentType
      context.body = await metrics.registry.metrics()
    }) as Router
}

/** Returns a function that checks whether the database can be read and written, within two seconds. */
function createReadinessCheck(database: Database): () => Promise<Readiness> {
  let cached: { state: Readiness; until: number } | undefined
  let pending: Promise<Readiness> | undefined
  async function check(): Promise<Readiness> {
    const reads = await succeedsInTime(sql`select 1`.execute(database.sql))
    const commits = reads && (await canCommit())
    const state: Readiness = { database: reads ? 'ok' : 'away', commits: commits ? 'ok' : 'failing' }
    cached = { state, until: Date.now() + cacheMs[reads && commits ? 'ok' : 'failing'] }
    return state
  }
  // one at a time, even when it takes long: an embedded database repeats a failed sync until it succeeds
  let committing: Promise<unknown> | undefined
  function canCommit(): Promise<boolean> {
    committing ??= probeCommit(database).finally(() => {
      committing = undefined
    })
    return succeedsInTime(committing)
  }
  return async () => {
    if (cached && Date.now() < cached.until) return cached.state
    pending ??= check().finally(() => {
      pending = undefined
    })
    return pending
  }
}

/** Whether something succeeds in time. */
function succeedsInTime(work: Promise<unknown>): Promise<boolean> {
  const timeout = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), timeoutMs).unref())
  const done = work.then(
    () => true,
    () => false,
  )
  return Promise.race([done, timeout])
}

/** Headers that proxies add. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via']

/** Whether a request may read metrics: it has the token, or where none is set, it comes from this machine and not through a proxy. */
function canReadMetrics({ req }: Context, token: string | undefined): boolean {
  if (token !== undefined) {
    const digest = (text: string) => createHash('sha256').update(text).digest()
    return timingSafeEqual(digest(req.headers.authorization ?? ''), digest(`Bearer ${token}`))
  }
  const isLocal = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/.test(req.socket.remoteAddress ?? '')
  return isLocal && !proxyHeaders.some((name) => name in req.headers)
}
