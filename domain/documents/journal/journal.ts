/**
 * The journal: every update of every document as a row, committed in batches. It is the only way to the database beside the executor.
 *
 * One statement is in flight at a time; updates that arrive in the meantime go into the next one. Sequence numbers have no gaps within a
 * document: the statement moves `document.head` under the row's lock and leaves a frozen document where it is, so a freeze and an edit
 * cannot race.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { CommitUnknownError } from '../../kernel/db/dedicated-connection.ts'
import { isSerializationFailure, type Database, backoff } from '../../kernel/db/database.ts'
import type { Log } from '../../kernel/log.ts'
import { coalesce } from '../../kernel/scheduling.ts'
import { authorColumn } from './row-reader.ts'
import { type Commit, type PendingUpdate, createWriter, groupByDocument } from './writer.ts'

export type { Commit } from './writer.ts'

/** A row: one Yjs update (V1) with its author (`formatAuthor`; null: SmartStart) and sequence number. */
export interface JournalRow {
  seq: number
  actor: string | null
  update: Uint8Array
}

/** The document is frozen or gone: its journal takes no more edits. */
export class JournalClosedError extends Error {}

export interface Journal {
  /**
   * Adds an update to the next batch.
   * @param settle called when it is committed and durable; without a commit when the document is frozen or does not exist
   */
  enqueue(documentId: string, actor: string | null, update: Uint8Array, settle: (commit: Commit | undefined) => void): void
  /**
   * Adds an update to the next batch. Resolves when it is committed and durable.
   * @throws JournalClosedError when the document is frozen or does not exist
   */
  append(documentId: string, actor: string | null, update: Uint8Array): Promise<Commit>
  /** Bytes that are not committed yet. */
  readonly uncommittedBytes: number
  /** Whether the current batch failed to commit; it is retried until it succeeds. */
  readonly isFailing: boolean
  /** Rows after a sequence number, oldest first, at most `limit`. */
  rowsAfter(documentId: string, seq: number, limit?: number): Promise<JournalRow[]>
  /** The heads of documents, by id; documents that do not exist are left out. */
  heads(documentIds: string[]): Promise<Map<string, number>>
  /** Resolves when every update added so far is committed or refused. */
  drain(): Promise<void>
}

const headsStatement = { name: 'journal heads', text: 'select id, head from document where id = any($1::uuid[])' }

interface PendingEdit extends PendingUpdate {
  /** A callback, because a promise for each update costs as much as the rest of the work here. */
  settle: (commit: Commit | undefined) => void
}

/**
 * Milliseconds for which a busy journal collects updates: a statement costs as much as everything else for a few edits. A journal is busy
 * if it can expect another update within that time, by the last `rateWindowMs` milliseconds.
 */
const batchWindowMs = 6
const rateWindowMs = 20
/**
 * A client that waits for each acknowledgement sends nothing during the batch window. Skip the window unless it recently collected more
 * updates. Try it again after `probeAfterBatches`.
 */
const minGain = 0.5
const probeAfterBatches = 16
const maxBatchRows = 5000
/** Documents whose heads are cached, the last written ones: they shorten the search for a batch with an unknown outcome. */
const maxCachedHeads = 10_000
const maxBatchBytes = 4 * 1024 * 1024

/** @param observe called for each commit with rows, bytes and milliseconds; for metrics */
export function openJournal({
  database,
  log,
  observe,
}: {
  database: Database
  log: Log
  observe?: (rows: number, bytes: number, milliseconds: number) => void
}): Journal {
  const writer = createWriter(database)
  /** The heads after this journal moved them last. */
  const heads = new Map<string, number>()
  let waiting: PendingEdit[] = []
  let bytes = 0
  let failing = false
  /** Whether a run is in progress that takes everything in the queue. */
  let writing = false
  /** When the last batch began, and how many updates a millisecond arrived recently. */
  let batchStartedAt = 0
  let editsPerMs = 0
  /** How many updates a wait collected recently, and the number of batches since the last wait. */
  let editsPerWait = 1
  let batchesSinceWait = 0

  function takeBatch(): PendingEdit[] {
    let size = 0
    let count = 0
    while (count < waiting.length && count < maxBatchRows && (count === 0 || size < maxBatchBytes))
      size += waiting[count++]?.update.length ?? 0
    const batch = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return batch
  }

  /** Waits for more updates: one turn of the event loop when idle, the rest of the batch window when busy. */
  async function waitForBatch() {
    await new Promise(setImmediate)
    const remainingMs = batchStartedAt + batchWindowMs - performance.now()
    const shouldWait = editsPerMs * batchWindowMs >= 1 && (editsPerWait >= minGain || ++batchesSinceWait >= probeAfterBatches)
    if (remainingMs > 0 && shouldWait && waiting.length < maxBatchRows) {
      const { length } = waiting
      await wait(remainingMs)
      editsPerWait += 0.25 * (waiting.length - length - editsPerWait)
      batchesSinceWait = 0
    }
    const now = performance.now()
    const elapsedMs = now - batchStartedAt
    editsPerMs += Math.min(1, elapsedMs / rateWindowMs) * (waiting.length / elapsedMs - editsPerMs)
    batchStartedAt = now
  }

  const write = coalesce(async () => {
    writing = true
    while (waiting.length > 0) {
      await waitForBatch()
      const batch = takeBatch()
      const size = batch.reduce((sum, { update }) => sum + update.length, 0)
      const commits = await writeUntilCommitted(batch)
      bytes -= size
      observe?.(batch.length, size, performance.now() - batchStartedAt)
      for (const { documentId, settle } of batch) {
        try {
          settle(commits.get(documentId))
        } catch (error) {
          log.error({ error: (error as Error).stack }, 'commit callback threw')
        }
      }
    }
    writing = false
  })

  /** Writes a batch exactly once, however often it is tried. @returns the commits of documents that took their updates */
  async function writeUntilCommitted(batch: PendingEdit[]): Promise<Map<string, Commit>> {
    const commits = new Map<string, Commit>()
    let changes = groupByDocument(batch)
    let isOutcomeUnknown = false
    function recordCommit(documentId: string, commit: Commit) {
      commits.set(documentId, commit)
      // moves it to the end of the map's order
      heads.delete(documentId)
      heads.set(documentId, commit.to)
    }
    await retryUntilDone(async () => {
      if (isOutcomeUnknown) {
        for (const part of changes) {
          const commit = await writer.find(part, heads.get(part.documentId) ?? 0)
          if (commit) recordCommit(part.documentId, commit)
        }
        changes = changes.filter(({ documentId }) => !commits.has(documentId))
        isOutcomeUnknown = false
      }
      if (changes.length === 0) return
      try {
        for (const [documentId, commit] of await writer.write(changes)) recordCommit(documentId, commit)
      } catch (error) {
        isOutcomeUnknown = error instanceof CommitUnknownError
        throw error
      }
    })
    for (const documentId of heads.keys()) {
      if (heads.size <= maxCachedHeads) break
      heads.delete(documentId)
    }
    await retryUntilDone(() => database.waitUntilDurable())
    return commits
  }

  /** Retries forever: the updates are in memory and were broadcast, so they may wait but not be dropped. */
  async function retryUntilDone<T>(step: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const done = await step()
        if (attempt > 1) log.info({ attempt }, 'journal recovered')
        failing = false
        return done
      } catch (error) {
        failing = !isSerializationFailure(error)
        if (failing) log.warn({ attempt, error: String(error) }, 'journal commit failed; retrying')
        await backoff(attempt)
      }
    }
  }

  function enqueue(documentId: string, actor: string | null, update: Uint8Array, settle: PendingEdit['settle']) {
    waiting.push({ documentId, actor, update, settle })
    bytes += update.length
    if (!writing) void write()
  }

  return {
    enqueue,
    append: (documentId, actor, update) =>
      new Promise((resolve, reject) =>
        enqueue(documentId, actor, update, (commit) =>
          commit ? resolve(commit) : reject(new JournalClosedError(`document ${documentId} takes no more edits`)),
        ),
      ),
    get uncommittedBytes() {
      return bytes
    },
    get isFailing() {
      return failing
    },
    async rowsAfter(documentId, seq, limit = 1_000_000) {
      const { rows } = await sql<JournalRow>`
        select seq, ${sql.raw(authorColumn)} as actor, update from document_update
        where document = ${documentId} and seq > ${seq} order by seq limit ${limit}`.execute(database.sql)
      return rows.map((row) => ({ ...row, seq: Number(row.seq) }))
    },
    async heads(documentIds) {
      const rows = await database.runPrepared<{ id: string; head: string | number }>(headsStatement, [`{${documentIds.join()}}`])
      return new Map(rows.map(({ id, head }) => [id, Number(head)]))
    },
    drain: write,
  }
}
