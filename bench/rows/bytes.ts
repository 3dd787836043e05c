/**
 * Row `bytes`: what PostgreSQL writes to its log (WAL) for each edit while one person types in a long document, beside extension-database
 * at its default debounce.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { waitUntil } from '../../test/support/wait-until.ts'
import { Counters, DocumentClient } from '../load/document-client.ts'
import { replayTrace, type StoredDocument, storeLongDocument } from '../load/long-document.ts'
import { Writer } from '../load/writer.ts'
import { medianOf, medianRatio, runRounds } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import type { Database } from '../servers/database.ts'
import { startSmartStart, startStoredHocuspocus, type System } from '../servers/systems.ts'

const editsPerSecond = 5
/** Long enough for extension-database to store three times: it waits for a pause of 2 s, and at most 10 s. */
const typingSeconds = 35
/** Until the state that was stored on opening is written. */
const idleMs = 12_000

export const bytes: Row = {
  name: 'bytes',
  title: `one person types in a long document at ${editsPerSecond} edits/s: bytes of the write-ahead log for each edit`,
  needs: ['postgres', 'trace'],
  async run({ rounds, short, trace }) {
    const edits = (short ? 11 : typingSeconds) * editsPerSecond
    const content = replayTrace(trace)
    const results = await runRounds([() => startSmartStart(), () => startStoredHocuspocus()], rounds, async (system) =>
      type(system, await storeLongDocument(system, content), edits),
    )
    const [ours, theirs] = [results.get('SmartStart'), results.get('Hocuspocus')]
    const perEdit = (logBytes: number[] | undefined) => `${Math.round(medianOf(logBytes, (bytes) => bytes / edits))} bytes an edit`
    const ratio = formatRatio(medianRatio(ours, theirs, (bytes) => bytes))
    printResult(`write-ahead log, ${edits} edits`, ratio, `SmartStart ${perEdit(ours)}, Hocuspocus ${perEdit(theirs)}`)
  },
}

/** Types so many edits. Returns the bytes of the log. */
async function type(system: System, { name, token, state, length }: StoredDocument, edits: number): Promise<number> {
  const { database, protocol, url } = system
  if (!database) throw new Error(`${system.name} has no database`)
  const writer = new Writer(state, Math.floor(length / 2))
  writer.prepare(edits + 1)
  const counters = new Counters()
  const client = new DocumentClient({ protocol, url, document: name, token }, [writer], counters, writer)
  const acknowledged = () => waitUntil(() => counters.error || !client.missing, 'acknowledgements')
  await client.open()
  client.sendEdit()
  await acknowledged()
  await wait(idleMs)

  await database.query('create extension if not exists pg_walinspect')
  // after a checkpoint PostgreSQL writes whole pages; so both systems begin alike
  await database.query('checkpoint')
  const [log] = await database.query<{ position: string }>('select pg_current_wal_insert_lsn() as position')
  for (let count = 0; count < edits; count++) {
    client.sendEdit()
    await wait(1000 / editsPerSecond)
  }
  await acknowledged()
  const logBytes = await logBytesSince(database, log?.position ?? '')
  await client.close()
  if (counters.error) throw new Error(`${system.name}: ${counters.error}`)
  return logBytes
}

/** Bytes of the log records that touch this database, and of the rest of their transactions: the log also holds what others write. */
async function logBytesSince(database: Database, position: string): Promise<number> {
  const [row] = await database.query<{ bytes: string }>(
    `with record as (select * from pg_get_wal_records_info($1::pg_lsn, pg_current_wal_flush_lsn())),
      touching as (select oid from pg_database where datname = current_database()),
      own as (select distinct xid from record, touching where block_ref like '%/' || oid || '/%' and xid::text <> '0')
    select sum(record_length) as bytes from record, touching
    where block_ref like '%/' || oid || '/%' or xid in (select xid from own)`,
    [position],
  )
  return Number(row?.bytes ?? 0)
}
