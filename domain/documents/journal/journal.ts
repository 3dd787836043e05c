/**
 * The journal: every update of every document as a row, committed in batches. It is the only way to the database beside the executor.
 *
 * One statement is in flight at a time; updates that arrive in the meantime go into the next one. Sequence numbers have no gaps within a
 * document: the statement moves `document.head` under the row's lock and leaves a frozen document where it is, so a freeze and an edit
 * cannot race.
 */
import { sql } from 'kysely'
import type { Database } from '../../kernel/db/database.ts'
import type { Log } from '../../kernel/log.ts'
import { coalesce } from '../../kernel/scheduling.ts'
import { BatchCommitter } from './batch-committer.ts'
import { BatchWindow } from './batch-window.ts'
import { authorColumn } from './row-reader.ts'
import { type Commit, type PendingUpdate, createWriter } from './writer.ts'

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

const maxBatchRows = 5000
const maxBatchBytes = 4 * 1024 * 1024

export interface JournalOptions {
  database: Database
  log: Log
  /** Called for each commit with rows, bytes and milliseconds; for metrics. */
  observe?: (rows: number, bytes: number, milliseconds: number) => void
}

export function openJournal(options: JournalOptions): Journal {
  return new BatchingJournal(options)
}

/** Collects updates in a queue and commits them in batches. */
class BatchingJournal implements Journal {
  readonly #database: Database
  readonly #log: Log
  readonly #observe: JournalOptions['observe']
  readonly #window = new BatchWindow(maxBatchRows)
  readonly #committer: BatchCommitter
  #queue: PendingEdit[] = []
  #uncommittedBytes = 0
  /** Whether a run is in progress that takes everything in the queue. */
  #isWriting = false

  constructor({ database, log, observe }: JournalOptions) {
    this.#database = database
    this.#log = log
    this.#observe = observe
    this.#committer = new BatchCommitter({ writer: createWriter(database), waitUntilDurable: () => database.waitUntilDurable(), log })
  }

  enqueue(documentId: string, actor: string | null, update: Uint8Array, settle: PendingEdit['settle']) {
    this.#queue.push({ documentId, actor, update, settle })
    this.#uncommittedBytes += update.length
    if (!this.#isWriting) void this.drain()
  }

  append(documentId: string, actor: string | null, update: Uint8Array): Promise<Commit> {
    return new Promise((resolve, reject) =>
      this.enqueue(documentId, actor, update, (commit) =>
        commit ? resolve(commit) : reject(new JournalClosedError(`document ${documentId} takes no more edits`)),
      ),
    )
  }

  get uncommittedBytes() {
    return this.#uncommittedBytes
  }

  get isFailing() {
    return this.#committer.isFailing
  }

  readonly drain = coalesce(async () => {
    this.#isWriting = true
    while (this.#queue.length > 0) {
      await this.#window.collect(this.#queue)
      await this.#writeBatch(this.#takeBatch())
    }
    this.#isWriting = false
  })

  #takeBatch(): PendingEdit[] {
    let size = 0
    let count = 0
    while (count < this.#queue.length && count < maxBatchRows && (count === 0 || size < maxBatchBytes))
      size += this.#queue[count++]?.update.length ?? 0
    const batch = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    return batch
  }

  /** Commits a batch and settles its updates. */
  async #writeBatch(batch: PendingEdit[]): Promise<void> {
    const size = batch.reduce((sum, { update }) => sum + update.length, 0)
    const commits = await this.#committer.commit(batch)
    this.#uncommittedBytes -= size
    this.#observe?.(batch.length, size, performance.now() - this.#window.closedAt)
    for (const { documentId, settle } of batch) {
      try {
        settle(commits.get(documentId))
      } catch (error) {
        this.#log.error({ error: (error as Error).stack }, 'commit callback threw')
      }
    }
  }

  async rowsAfter(documentId: string, seq: number, limit = 1_000_000): Promise<JournalRow[]> {
    const { rows } = await sql<JournalRow>`
      select seq, ${sql.raw(authorColumn)} as actor, update from document_update
      where document = ${documentId} and seq > ${seq} order by seq limit ${limit}`.execute(this.#database.sql)
    return rows.map((row) => ({ ...row, seq: Number(row.seq) }))
  }

  async heads(documentIds: string[]): Promise<Map<string, number>> {
    const rows = await this.#database.runPrepared<{ id: string; head: string | number }>(headsStatement, [`{${documentIds.join()}}`])
    return new Map(rows.map(({ id, head }) => [id, Number(head)]))
  }
}
