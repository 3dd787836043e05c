/** A connection to PostgreSQL of somebody's own, beside the pool: for statements that come all the time, from one place, one after the other. */
import { randomInt } from 'node:crypto'
import pg from 'pg'
import { patience, type Prepared, refused, send, type Value } from './statement.ts'

export interface Connection {
  /**
   * Runs a statement; connects first where there is no connection. One at a time.
   * @param values texts and bytes; lists as the texts that PostgreSQL reads (`{a,b}`), which is much cheaper than arrays
   * @returns rows as lists of the texts that the server sent
   * @throws OutcomeUnknown when the connection was lost before the answer; else the server's refusal
   */
  run(statement: Prepared, values: Value[]): Promise<(string | null)[][]>
  stop(): Promise<void>
}

/** The statement was sent and no answer came: it was done, or it was not. What the next statement sees is final. */
export class OutcomeUnknown extends Error {}

/** Any number: the first half of the lock that a connection holds while it lives. */
const family = 7_220_004

/**
 * The planner takes an index and a loop, whatever it believes of the tables: the statements touch few rows, in the order in which
 * they are given, and two nodes that lock rows in one order never wait for each other in a circle.
 */
const settings = `set plan_cache_mode = force_generic_plan; set enable_hashjoin = off; set enable_mergejoin = off;
  set enable_seqscan = off; set enable_bitmapscan = off`

/** @param url `postgresql://…` */
export function ownConnection(url: string): Connection {
  const lock = randomInt(2 ** 31)
  let client: pg.Client | undefined

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: patience })
    const lose = () => {
      if (client === fresh) client = undefined
    }
    fresh.on('error', lose)
    fresh.on('end', lose)
    try {
      await fresh.connect()
      // A statement of the connection before may still run, with nobody to tell. It is ended, and its end is waited for: from then
      // on what it did is seen, or was never done.
      await fresh.query(
        `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = $1 and objid = $2
        and database = (select oid from pg_database where datname = current_database())`,
        [family, lock],
      )
      await fresh.query('select pg_advisory_lock($1, $2)', [family, lock])
      await fresh.query(settings)
      return fresh
    } catch (error) {
      void fresh.end().catch(() => {})
      throw error
    }
  }

  return {
    async run(statement, values) {
      client ??= await connect()
      const used = client
      try {
        return (await send(used, statement, values)).rows
      } catch (error) {
        // an ordinary error is an answer: the statement was undone
        if (refused(error)) throw error
        if (client === used) client = undefined
        void used.end().catch(() => {})
        throw new OutcomeUnknown(String(error), { cause: error })
      }
    },
    async stop() {
      await client?.end()
    },
  }
}
