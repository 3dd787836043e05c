/** Peer of the REST API: a Koa route that runs one Kysely query. */
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import Koa from 'koa'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

interface Tables {
  legal_draft: { id: string }
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
const router = new Router()
router.get('/api/legal/documents/:id', async (context) => {
  context.body = await database
    .selectFrom('legal_draft')
    .selectAll()
    .where('id', '=', context.params.id as string)
    .executeTakeFirst()
})
const server = new Koa().use(router.routes()).listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
process.once('SIGTERM', () => process.exit(0))
