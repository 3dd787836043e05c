/** PGlite made to behave like PostgreSQL to our drivers, and kept from growing (stack 3.3-3.4). */
import type { PGlite, PGliteOptions } from '@electric-sql/pglite'
import type { Log } from './log.ts'

const text = (value: string) => value

/** Raw statements answer the same JavaScript types as node-postgres: int8, dates and numeric as text, bytea as Buffer. */
export function embeddedOptions(folder: string): PGliteOptions {
  return {
    dataDir: folder,
    parsers: {
      20: text,
      1082: text,
      1114: text,
      1184: text,
      1700: text,
      17: (value: string) => Buffer.from(value.slice(2), 'hex'),
    },
    serializers: { 17: (value: Uint8Array) => `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}` },
    // without these the log grew to 1.9 GB in a test of large rows
    postgresqlconf: ['max_wal_size=64MB', 'min_wal_size=32MB'],
  } as PGliteOptions
}

/** Statements run without a pause for this long, milliseconds; then sockets and timers have their turn. */
const unbroken = 1

/**
 * Lets the event loop go round between statements. PGlite works in this thread and answers in the same turn, so a transaction of twenty
 * statements, or a job after a job, would hold every socket until its end.
 */
export function letOthersIn(pglite: PGlite): void {
  const run = pglite._runExclusiveQuery.bind(pglite)
  let until = 0
  pglite._runExclusiveQuery = async (work) => {
    if (performance.now() >= until) {
      await new Promise(setImmediate)
      until = performance.now() + unbroken
    }
    return run(work)
  }
}

export interface Tidiness {
  stop(): Promise<void>
}

const every = 5 * 60_000

/** PGlite has no background processes: vacuum and checkpoint every five minutes and at the end, if anything was written. */
export function keepTidy(pglite: PGlite, log: Log): Tidiness {
  let last = ''
  const tidy = async () => {
    try {
      const lsn = (await pglite.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn')).rows[0]?.lsn ?? ''
      if (lsn === last) return
      await pglite.exec('vacuum analyze')
      await pglite.exec('checkpoint')
      last = (await pglite.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn')).rows[0]?.lsn ?? ''
    } catch (error) {
      log.warn({ error: String(error) }, 'database was not tidied')
    }
  }
  const timer = setInterval(() => void tidy(), every)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await tidy()
    },
  }
}
