/** Alive, ready, metrics. */
import Router from '@koa/router'
import { sql } from 'kysely'
import type { Database } from '../domain/kernel/database.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'

/** What health is asked of. `draining` answers true while the node is going down. */
export interface Vitals {
  database: Database
  metrics: Metrics
  version: string
  draining: () => boolean
}

export function healthRoutes({ database, metrics, version, draining }: Vitals): Router {
  const began = Date.now()
  const ready = async () => {
    if (draining()) return { ok: false, database: 'not asked' }
    const away = new Promise<string>((resolve) => setTimeout(() => resolve('away'), 2000).unref())
    const asked = sql`select 1`.execute(database.sql).then(
      () => 'ok',
      () => 'away',
    )
    const answer = await Promise.race([asked, away])
    return { ok: answer === 'ok', database: answer }
  }
  return new Router()
    .get('/livez', (context) => {
      context.body = 'ok'
    })
    .get('/readyz', async (context) => {
      const { ok } = await ready()
      context.status = ok ? 200 : 503
      context.body = ok ? 'ok' : 'not ready'
    })
    .get('/api/health', async (context) => {
      const { ok, database: state } = await ready()
      context.status = ok ? 200 : 503
      context.body = {
        status: ok ? 'ok' : draining() ? 'draining' : 'unavailable',
        version,
        uptimeSeconds: Math.round((Date.now() - began) / 1000),
        checks: { database: state },
      }
    })
    .get('/metrics', async (context) => {
      context.type = metrics.registry.contentType
      context.body = await metrics.registry.metrics()
    }) as Router
}
