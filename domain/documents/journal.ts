/**
 * The journal: every edit of every document as a row, committed in groups. The only way to the database beside the door.
 *
 * One statement is in flight at a time; what arrives meanwhile goes into the next. A row's number is dense within its
 * document: the statement moves `document.head` under the row's lock, and leaves a frozen document where it is, so a
 * freeze and an edit cannot cross (design 3).
 */
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { OutcomeUnknown } from '../kernel/connection.ts'
import { crossed, type Database, pause } from '../kernel/database.ts'
import type { Log } from '../kernel/log.ts'
import { inTurns } from '../kernel/turn.ts'
import { type Commit, type Edit, openWriter, partsOf } from './batch.ts'

export type { Commit } from './batch.ts'

/** A row: one Yjs update (V1), by whom (null: SmartStart itself), at its place in its document. */
export interface JournalRow {
  seq: number
  actor: string | null
  update: Uint8Array
}

/** The document is frozen or gone: its journal takes no more edits. */
export class JournalClosed extends Error {}

export interface Journal {
  /**
   * Takes an edit.
   * @param settle called when it is committed and durable; without a commit when the document is frozen or does not exist
   */
  take(documentId: string, actor: string | null, update: Uint8Array, settle: (commit: Commit | undefined) => void): void
  /**
   * Takes an edit, for who waits for it. Resolves when it is committed and durable.
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

const headsOf = { name: 'journal heads', text: 'select id, head from document where id = any($1::uuid[])' }

interface Pending extends Edit {
  /** No promise: with each edit of a crowd it would cost as much as the rest of what is done here. */
  settle: (commit: Commit | undefined) => void
}

/**
 * How long a busy journal gathers, milliseconds: a statement costs the node as much as all else that it does with a few edits. Busy
 * is a journal that may expect another edit within that time, going by the last `memory` milliseconds.
 */
const window = 6
const memory = 20
/** Whoever types only after an acknowledgement types nothing while it waits, however fast: so a wait must gather, and is tried now and then. */
const leastGain = 0.5
const looksEvery = 16
const mostRows = 5000
/** Documents whose heads are remembered, the last written ones: they shorten the search for a batch of which no answer came. */
const mostHeads = 10_000
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
  const writer = openWriter(database)
  /** Where the heads stood when this journal moved them last. */
  const heads = new Map<string, number>()
  let waiting: Pending[] = []
  let bytes = 0
  /** Whether a turn is under way that takes whatever waits. */
  let writing = false
  /** When the last batch began, and how many edits a millisecond came lately. */
  let began = 0
  let rate = 0
  /** How many edits a wait gathered, of late; and the batches since one waited. */
  let gain = 1
  let unwaited = 0

  function takeBatch(): Pending[] {
    let size = 0
    let count = 0
    while (count < waiting.length && count < mostRows && (count === 0 || size < mostBytes)) size += waiting[count++]?.update.length ?? 0
    const batch = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return batch
  }

  /** Waits for what goes together: on a quiet node one turn of the event loop, on a busy one the rest of the window. */
  async function gather() {
    await new Promise(setImmediate)
    const left = began + window - performance.now()
    const worthwhile = rate * window >= 1 && (gain >= leastGain || ++unwaited >= looksEvery)
    if (left > 0 && worthwhile && waiting.length < mostRows) {
      const { length } = waiting
      await wait(left)
      gain += 0.25 * (waiting.length - length - gain)
      unwaited = 0
    }
    const now = performance.now()
    const passed = now - began
    rate += Math.min(1, passed / memory) * (waiting.length / passed - rate)
    began = now
  }

  const write = inTurns(async () => {
    writing = true
    while (waiting.length > 0) {
      await gather()
      const batch = takeBatch()
      const size = batch.reduce((sum, { update }) => sum + update.length, 0)
      const commits = await untilWritten(batch)
      bytes -= size
      observe?.(batch.length, size, performance.now() - began)
      for (const { documentId, settle } of batch) {
        try {
          settle(commits.get(documentId))
        } catch (error) {
          log.error({ error: (error as Error).stack }, 'whoever gave an edit failed at its commit')
        }
      }
    }
    writing = false
  })

  /** Writes a batch once, however often that is tried. Answers the documents that took their edits. */
  async function untilWritten(batch: Pending[]): Promise<Map<string, Commit>> {
    const commits = new Map<string, Commit>()
    let parts = partsOf(batch)
    let doubtful = false
    function note(documentId: string, commit: Commit) {
      commits.set(documentId, commit)
      // last in the order of the map
      heads.delete(documentId)
      heads.set(documentId, commit.to)
    }
    await untilDone(async () => {
      if (doubtful) {
        for (const part of parts) {
          const commit = await writer.find(part, heads.get(part.documentId) ?? 0)
          if (commit) note(part.documentId, commit)
        }
        parts = parts.filter(({ documentId }) => !commits.has(documentId))
        doubtful = false
      }
      if (parts.length === 0) return
      try {
        for (const [documentId, commit] of await writer.write(parts)) note(documentId, commit)
      } catch (error) {
        doubtful = error instanceof OutcomeUnknown
        throw error
      }
    })
    for (const documentId of heads.keys()) {
      if (heads.size <= mostHeads) break
      heads.delete(documentId)
    }
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

  function take(documentId: string, actor: string | null, update: Uint8Array, settle: Pending['settle']) {
    waiting.push({ documentId, actor, update, settle })
    bytes += update.length
    if (!writing) void write()
  }

  return {
    take,
    append: (documentId, actor, update) =>
      new Promise((resolve, reject) =>
        take(documentId, actor, update, (commit) =>
          commit ? resolve(commit) : reject(new JournalClosed(`document ${documentId} takes no edits`)),
        ),
      ),
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
      const rows = await database.read<{ id: string; head: string | number }>(headsOf, [`{${documentIds.join()}}`])
      return new Map(rows.map(({ id, head }) => [id, Number(head)]))
    },
    settled: write,
  }
}
