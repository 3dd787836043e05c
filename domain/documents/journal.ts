/**
 * The journal: every edit of every document as a row, committed in groups. The only way to the database beside the door.
 *
 * One statement is in flight at a time; what arrives meanwhile goes into the next. A row's number is dense within its
 * document: the statement moves `document.head` under the row's lock, and leaves a frozen document where it is, so a
 * freeze and an edit cannot cross (design 3).
 */
import { sql } from 'kysely'
import { crossed, type Database, pause } from '../kernel/database.ts'
import type { Log } from '../kernel/log.ts'
import { inTurns } from '../kernel/turn.ts'

/** A row: one Yjs update (V1), by whom (null: SmartStart itself), at its place in its document. */
export interface JournalRow {
  seq: number
  actor: string | null
  update: Uint8Array
}

/** What became of one document's edits in a batch. */
export interface Commit {
  /** Where the head stood before: anything between this and what the node knew was written by another node. */
  from: number
  /** Where it stands now; `from` plus the number of edits. */
  to: number
}

/** The document is frozen or gone: its journal takes no more edits. */
export class JournalClosed extends Error {}

export interface Journal {
  /**
   * Takes an edit. Resolves when it is committed and durable.
   * @throws JournalClosed when the document is frozen or does not exist
   */
  append(documentId: string, actor: string | null, update: Uint8Array): Promise<Commit>
  /** Bytes taken and not yet committed. */
  readonly uncommittedBytes: number
  /** Rows after a number, oldest first, at most `limit`. */
  rowsAfter(documentId: string, seq: number, limit?: number): Promise<JournalRow[]>
  /** Where the journals of documents stand, by document; without those that are not there. */
  heads(documentIds: string[]): Promise<Map<string, number>>
  /** Resolves when everything taken so far is committed or refused. */
  settled(): Promise<void>
}

interface Pending {
  documentId: string
  actor: string | null
  update: Uint8Array
  resolve: (commit: Commit) => void
  reject: (error: Error) => void
}

const mostRows = 5000
const mostBytes = 4 * 1024 * 1024

/** @param observe told of each commit: rows, bytes and milliseconds; for metrics */
export function openJournal({
  database,
  log,
  observe,
}: {
  database: Database
  log: Log
  observe?: (rows: number, bytes: number, milliseconds: number) => void
}): Journal {
  let waiting: Pending[] = []
  let bytes = 0

  function takeBatch(): Pending[] {
    let size = 0
    let count = 0
    while (count < waiting.length && count < mostRows && (count === 0 || size < mostBytes)) size += waiting[count++]?.update.length ?? 0
    const batch = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return batch
  }

  const write = inTurns(async () => {
    // one turn of the event loop, so that edits that arrived together go together
    await new Promise(setImmediate)
    while (waiting.length > 0) {
      const batch = takeBatch()
      const size = batch.reduce((sum, { update }) => sum + update.length, 0)
      const began = performance.now()
      const commits = await untilWritten(batch)
      bytes -= size
      observe?.(batch.length, size, performance.now() - began)
      for (const edit of batch) {
        const commit = commits.get(edit.documentId)
        if (commit) edit.resolve(commit)
        else edit.reject(new JournalClosed(`document ${edit.documentId} takes no edits`))
      }
    }
  })

  async function untilWritten(batch: Pending[]): Promise<Map<string, Commit>> {
    const commits = await untilDone(() => insert(database, batch))
    await untilDone(() => database.durable())
    return commits
  }

  /** Tries for ever: what was taken is in memory and shown to others, so it may wait but not be dropped. */
  async function untilDone<T>(step: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const done = await step()
        if (attempt > 1) log.info({ attempt }, 'journal goes on')
        return done
      } catch (error) {
        if (!crossed(error)) log.warn({ attempt, error: String(error) }, 'journal could not commit; tried again')
        await pause(attempt)
      }
    }
  }

  return {
    append(documentId, actor, update) {
      return new Promise((resolve, reject) => {
        waiting.push({ documentId, actor, update, resolve, reject })
        bytes += update.length
        void write()
      })
    },
    get uncommittedBytes() {
      return bytes
    },
    async rowsAfter(documentId, seq, limit = 1_000_000) {
      const { rows } = await sql<JournalRow>`
        select seq, actor, update from document_update
        where document = ${documentId} and seq > ${seq} order by seq limit ${limit}`.execute(database.sql)
      return rows.map((row) => ({ ...row, seq: Number(row.seq) }))
    },
    async heads(documentIds) {
      const { rows } = await sql<{ id: string; head: string | number }>`
        select id, head from document where id = any(${documentIds}::uuid[])`.execute(database.sql)
      return new Map(rows.map(({ id, head }) => [id, Number(head)]))
    },
    settled: write,
  }
}

/** Writes a batch in one statement. Answers the documents that took their edits; a frozen or absent one is not among them. */
async function insert(database: Database, batch: Pending[]): Promise<Map<string, Commit>> {
  const lengths = batch.map(({ update }) => update.length)
  let end = 0
  const starts = lengths.map((length) => (end += length) - length + 1)
  // the updates travel as one value and are cut apart by the server: an array of bytea costs twice its size in text
  const all = Buffer.concat(batch.map(({ update }) => update))
  const { rows } = await sql<{ id: string; from: string | number; to: string | number }>`
    with edit as (
      select document, actor, start, length, place from unnest(
        ${batch.map(({ documentId }) => documentId)}::uuid[], ${batch.map(({ actor }) => actor)}::uuid[], ${starts}::int[], ${lengths}::int[]
      ) with ordinality as edit(document, actor, start, length, place)
    ), locked as (
      -- in one order on every node, or two batches could wait for each other
      select id from document where id in (select document from edit) and frozen_at is null order by id for update
    ), moved as (
      update document set head = head + n, updated_at = now()
      from (select document, count(*) as n from edit join locked on locked.id = document group by document) as counted
      where document.id = counted.document and frozen_at is null
      returning document.id, head - n as "from", head as "to"
    ), written as (
      insert into document_update (document, seq, actor, at, update)
      select document, moved."from" + row_number() over (partition by document order by place), actor, now(),
        substring(${all}::bytea from start for length)
      from edit join moved on moved.id = document
    )
    select id, "from", "to" from moved`.execute(database.sql)
  return new Map(rows.map((row) => [row.id, { from: Number(row.from), to: Number(row.to) }]))
}
