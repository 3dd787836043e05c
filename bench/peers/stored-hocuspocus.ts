/** Peer: Hocuspocus with extension-database on PostgreSQL at its default debounce, and extension-redis if REDIS_URL is set. */
import { Database } from '@hocuspocus/extension-database'
import { Redis } from '@hocuspocus/extension-redis'
import { type Extension, Server } from '@hocuspocus/server'
import pg from 'pg'

const { DATABASE_URL, REDIS_URL, REDIS_PREFIX = 'hocuspocus' } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
const extensions: Extension[] = [
  new Database({
    async fetch({ documentName }) {
      const { rows } = await pool.query<{ data: Buffer }>('select data from stored where name = $1', [documentName])
      return rows[0]?.data ?? null
    },
    async store({ documentName, state }) {
      const text = 'insert into stored (name, data) values ($1, $2) on conflict (name) do update set data = excluded.data'
      await pool.query(text, [documentName, state])
    },
  }),
]
if (REDIS_URL) {
  const { hostname, port } = new URL(REDIS_URL)
  extensions.push(new Redis({ host: hostname, port: Number(port || 6379), prefix: REDIS_PREFIX }))
}

await pool.query('create table if not exists stored (name text primary key, data bytea not null)')
const server = new Server({ port: 0, address: '127.0.0.1', quiet: true, extensions })
await server.listen()
console.log(`http://127.0.0.1:${server.address.port}`)
process.once('SIGTERM', () => process.exit(0))
