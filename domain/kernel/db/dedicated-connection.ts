/** A PostgreSQL connection outside the pool, for one caller that runs statements all the time, one after the other. */
import { randomInt } from 'node:crypto'
import pg from 'pg'
import { responseTimeoutMs, type PreparedStatement, isStatementError, sendStatement, type ParameterValue } from './prepared-statement.ts'

export interface DedicatedConnection {
  /**
   * Runs a statement; connects first where there is no connection. One at a time.
   * @param values texts and bytes; lists as PostgreSQL text (`{a,b}`), which is cheaper than arrays
   * @returns rows as lists of texts, as the server sent them
   * @throws CommitUnknownError when the connection was lost before the result; else the server's error
   */
  run(statement: PreparedStatement, values: ParameterValue[]): Promise<(string | null)[][]>
  stop(): Promise<void>
}

/** The statement was sent and no result came, so it may or may not have run. The next statement sees the final state. */
export class CommitUnknownError extends Error {}

/** An arbitrary number: the first half of the advisory lock that a connection holds while it is open. */
const lockClass = 7_220_004

/**
 * Makes the planner use indexes and nested loops. The statements touch few rows, in the order in which they are given, so two nodes that
 * lock rows never deadlock.
 */
const sessionSettings = `set plan_cache_mode = force_generic_plan; set enable_hashjoin = off; set enable_mergejoin = off;
  set enable_seqscan = off; set enable_bitmapscan = off`

/** @param url `postgresql://…` */
export function createDedicatedConnection(url: string): DedicatedConnection {
  const lock = randomInt(2 ** 31)
  let client: pg.Client | undefined

  async function connect(): Promise<pg.Client> {
    const newClient = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: responseTimeoutMs })
    const dropClient = () => {
      if (client === newClient) client = undefined
    }
    newClient.on('error', dropClient)
    newClient.on('end', dropClient)
    try {
      await newClient.connect()
      // A statement of the earlier connection may still run. End it and wait for its end: from then on its effect is visible, or it never
      // happened.
      await newClient.query(
        `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = $1 and objid = $2
        and database = (select oid from pg_database where datname = current_database())`,
        [lockClass, lock],
      )
      await newClient.query('select pg_advisory_lock($1, $2)', [lockClass, lock])
      await newClient.query(sessionSettings)
      return newClient
    } catch (error) {
      void newClient.end().catch(() => {})
      throw error
    }
  }

  return {
    async run(statement, values) {
      client ??= await connect()
      const usedClient = client
      try {
        return (await sendStatement(usedClient, statement, values)).rows
      } catch (error) {
        // an ordinary error is a result: the statement was rolled back
        if (isStatementError(error)) throw error
        if (client === usedClient) client = undefined
        void usedClient.end().catch(() => {})
        throw new CommitUnknownError(String(error), { cause: error })
      }
    },
    async stop() {
      await client?.end()
    },
  }
}
