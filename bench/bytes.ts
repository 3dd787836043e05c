/**
 * Row `bytes`: what is written to the database while one person types in a paper, beside extension-database at its default debounce.
 *
 * Counted are the bytes of the statements that write documents, as they are sent to PostgreSQL; and beside them its own
 * write-ahead log, which holds an index, a head and a commit for each edit, and whole states compressed. It is one log for the whole server,
 * and others may write there: `pg_walinspect` (PostgreSQL 15 and newer) tells the records of this database from theirs.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { until } from '../test/support/until.ts'
import { countedWayTo } from './counted.ts'
import type { OwnDatabase } from './database.ts'
import { bring, replayPaper } from './paper.ts'
import { newTally, Person } from './person.ts'
import { print, type Row, times } from './row.ts'
import { startSmartStart, startStoredHocuspocus, type System } from './systems.ts'
import { inTurns, middle, ratio } from './turns.ts'
import { Typist } from './typist.ts'

const editsPerSecond = 5
/** Enough for extension-database to store three times: it waits for a pause of 2 s, and at most 10 s. */
const seconds = 35
/** Before the typing: until the opening is stored; milliseconds. */
const idle = 12_000
/** SmartStart's journal and snapshots; the table of extension-database. */
const documents = /insert into (document_update|document_snapshot|stored)/
/** What is written for one who leaves is written at once; milliseconds. */
const settling = 3000

interface Written {
  /** Bytes sent to the database for each edit, up to the last keystroke. */
  sent: number
  /** Bytes for each edit, up to the last keystroke. */
  typing: number
  /** The same, with what is written when the typist leaves. */
  leaving: number
  /** The part of `typing` that is pages written whole, as PostgreSQL does after a checkpoint. */
  wholePages: number
}

export const bytes: Row = {
  name: 'bytes',
  title: 'one person types in a paper at 5 edits/s: bytes written to the database for each edit',
  needs: ['postgres', 'trace'],
  async run({ rounds, brief, trace }) {
    const paper = replayPaper(trace)
    const wayTo = (url: string) => countedWayTo(url, documents)
    const edits = (brief ? 11 : seconds) * editsPerSecond
    const told = await inTurns([() => startSmartStart({ wayTo }), () => startStoredHocuspocus({ wayTo })], rounds, async (system) =>
      typing(system, await bring(system, paper), edits),
    )
    const [ours, theirs] = [told.get('SmartStart'), told.get('Hocuspocus')]
    const line = (what: 'sent' | 'typing' | 'leaving', name: string) => {
      const each = (rounds: Written[] | undefined) => `${Math.round(middle(rounds, (round) => round[what]))} bytes an edit`
      print(name, times(ratio(ours, theirs, (round) => round[what])), `SmartStart ${each(ours)}, Hocuspocus ${each(theirs)}`)
    }
    line('sent', `sent to the database while ${edits} edits are typed`)
    line('typing', `write-ahead log while ${edits} edits are typed`)
    line('leaving', 'and when the typist has left')
    const pages = (rounds: Written[] | undefined) => Math.round(middle(rounds, (round) => round.wholePages))
    print('', '', `of it pages written whole after the checkpoint: SmartStart ${pages(ours)}, Hocuspocus ${pages(theirs)}`)
  },
}

async function typing(system: System, { names, token, state, length }: Awaited<ReturnType<typeof bring>>, edits: number): Promise<Written> {
  const { database, dialect, nodes, sent } = system
  if (!database || !sent) throw new Error(`${system.name} has no database`)
  const [document = '', url = ''] = [names[0], nodes[0]?.url]
  const typist = new Typist(state, Math.floor(length / 2))
  typist.prepare(edits + 1)
  const tally = newTally()
  const person = new Person({ dialect, url, document, token }, [typist], tally, typist)
  await person.open()
  person.type()
  await until(() => !person.missing, 'the first acknowledgement')

  await wait(idle)
  await database.query('create extension if not exists pg_walinspect')
  // both begin with pages that the log has not seen whole since the checkpoint
  await database.query('checkpoint')
  const before = await position(database)
  const sentBefore = sent()
  for (let typed = 0; typed < edits; typed++) {
    person.type()
    await wait(1000 / editsPerSecond)
  }
  await until(() => tally.wrong || !person.missing, 'the last acknowledgement')
  const typed = await written(database, before)
  const went = sent() - sentBefore
  await person.close()
  if (tally.wrong) throw new Error(`${system.name}: ${tally.wrong}`)
  await wait(settling)
  const left = await written(database, before)
  return { sent: went / edits, typing: typed.all / edits, leaving: left.all / edits, wholePages: typed.wholePages / edits }
}

async function position(database: OwnDatabase): Promise<string> {
  const [row] = await database.query<{ position: string }>('select pg_current_wal_insert_lsn() as position')
  return row?.position ?? ''
}

/** Bytes of the log since a position: records that touch this database, and the rest of their transactions. */
async function written(database: OwnDatabase, since: string): Promise<{ all: number; wholePages: number }> {
  const [row] = await database.query<{ bytes: string; pages: string }>(
    `with record as (select * from pg_get_wal_records_info($1::pg_lsn, pg_current_wal_flush_lsn())),
      touching as (select oid from pg_database where datname = current_database()),
      own as (select distinct xid from record, touching where block_ref like '%/' || oid || '/%' and xid::text <> '0')
    select sum(record_length) as bytes, sum(fpi_length) as pages from record, touching
    where block_ref like '%/' || oid || '/%' or xid in (select xid from own)`,
    [since],
  )
  return { all: Number(row?.bytes ?? 0), wholePages: Number(row?.pages ?? 0) }
}
