/** A connection to PostgreSQL of somebody's own, beside the pool: for statements that come all the time, from one place, one after the other. */
import { randomInt } from 'node:crypto'
import pg from 'pg'
import type { Prepared } from './operation.ts'

export interface Connection {
  /**
   * Runs a statement; connects first where there is no connection. One at a time.
   * @param values texts and bytes; lists as the texts that PostgreSQL reads (`{a,b}`), which is much cheaper than arrays
   * @returns rows as lists of the texts that the server sent
   * @throws OutcomeUnknown when the connection was lost before the answer; else the server's refusal
   */
  run(statement: Prepared, values: (string | Buffer)[]): Promise<(string | null)[][]>
  stop(): Promise<void>
}

/** The statement was sent and no answer came: it was done, or it was not. What the next statement sees is final. */
export class OutcomeUnknown extends Error {}

/** Any number: the first half of the lock that a connection holds while it lives. */
const family = 7_220_004
/** A server that says nothing for this long is given up, milliseconds: a network that swallows packets tells nobody. */
const patience = 30_000

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
        return await new Promise((resolve, reject) => used.query(new Sent(statement, values, resolve, reject)))
      } catch (error) {
        // an ordinary error is an answer: the statement was undone
        if ((error as { severity?: string }).severity === 'ERROR') throw error
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

/** What the server sends of a row: its columns as text. */
interface DataRow {
  fields: (string | null)[]
}

/**
 * A statement on its way, in the form in which pg takes foreign ones (as pg-cursor is). Its own asks for a description of the rows and makes
 * objects of them: a quarter of what a statement costs the node.
 */
class Sent implements pg.Submittable {
  private readonly statement: Prepared
  private readonly values: (string | Buffer)[]
  private readonly resolve: (rows: (string | null)[][]) => void
  private readonly reject: (error: unknown) => void
  private readonly rows: (string | null)[][] = []
  private timer: NodeJS.Timeout | undefined

  constructor(
    statement: Prepared,
    values: (string | Buffer)[],
    resolve: (rows: (string | null)[][]) => void,
    reject: (error: unknown) => void,
  ) {
    this.statement = statement
    this.values = values
    this.resolve = resolve
    this.reject = reject
  }

  // pg reads both, to remember what is prepared on this connection
  get name() {
    return this.statement.name
  }

  get text() {
    return this.statement.text
  }

  submit(connection: pg.Connection) {
    const { stream } = connection
    this.timer = setTimeout(() => stream.destroy(new Error(`no answer within ${patience} ms`)), patience)
    const { parsedStatements } = connection as unknown as { parsedStatements: Record<string, string> }
    // one write to the socket
    stream.cork()
    if (!parsedStatements[this.name]) connection.parse({ name: this.name, text: this.text, types: [] }, true)
    connection.bind({ statement: this.name, values: this.values } as pg.BindConfig, true)
    connection.execute({} as pg.ExecuteConfig, true)
    connection.sync()
    stream.uncork()
  }

  handleDataRow({ fields }: DataRow) {
    this.rows.push(fields)
  }

  handleReadyForQuery() {
    clearTimeout(this.timer)
    this.resolve(this.rows)
  }

  handleError(error: unknown) {
    clearTimeout(this.timer)
    this.reject(error)
  }

  handleRowDescription() {}
  handleCommandComplete() {}
  handleEmptyQuery() {}
  handlePortalSuspended() {}
}
