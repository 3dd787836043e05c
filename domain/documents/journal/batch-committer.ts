/** Commits batches of the journal exactly once, through outages of the database. */
import { CommitUnknownError } from '../../kernel/db/dedicated-connection.ts'
import { backoff, isSerializationFailure } from '../../kernel/db/database.ts'
import type { Log } from '../../kernel/log.ts'
import { type Commit, type DocumentUpdates, groupByDocument, type PendingUpdate, type Writer } from './writer.ts'

export interface BatchCommitterOptions {
  writer: Writer
  waitUntilDurable: () => Promise<void>
  log: Log
}

/** Documents whose heads are cached, the last written ones: they shorten the search for a batch with an unknown outcome. */
const maxCachedHeads = 10_000

export class BatchCommitter {
  readonly #options: BatchCommitterOptions
  /** The heads after this journal moved them last. */
  readonly #heads = new Map<string, number>()
  #isFailing = false

  constructor(options: BatchCommitterOptions) {
    this.#options = options
  }

  /** Whether the current batch failed to commit; it is retried until it succeeds. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  /** Commits a batch exactly once, however often it is tried. @returns the commits of documents that took their updates */
  async commit(batch: PendingUpdate[]): Promise<Map<string, Commit>> {
    const commits = new Map<string, Commit>()
    let parts = groupByDocument(batch)
    let isOutcomeUnknown = false
    await this.#retryUntilDone(async () => {
      if (isOutcomeUnknown) {
        parts = await this.#removeWritten(parts, commits)
        isOutcomeUnknown = false
      }
      if (parts.length === 0) return
      try {
        for (const [documentId, commit] of await this.#options.writer.write(parts)) this.#recordCommit(commits, documentId, commit)
      } catch (error) {
        isOutcomeUnknown = error instanceof CommitUnknownError
        throw error
      }
    })
    this.#trimHeads()
    await this.#retryUntilDone(this.#options.waitUntilDurable)
    return commits
  }

  /** Finds and records the parts that were written, after an unknown outcome. @returns the others */
  async #removeWritten(parts: DocumentUpdates[], commits: Map<string, Commit>): Promise<DocumentUpdates[]> {
    for (const part of parts) {
      const commit = await this.#options.writer.find(part, this.#heads.get(part.documentId) ?? 0)
      if (commit) this.#recordCommit(commits, part.documentId, commit)
    }
    return parts.filter(({ documentId }) => !commits.has(documentId))
  }

  #recordCommit(commits: Map<string, Commit>, documentId: string, commit: Commit): void {
    commits.set(documentId, commit)
    // moves it to the end of the map's order
    this.#heads.delete(documentId)
    this.#heads.set(documentId, commit.to)
  }

  #trimHeads(): void {
    for (const documentId of this.#heads.keys()) {
      if (this.#heads.size <= maxCachedHeads) break
      this.#heads.delete(documentId)
    }
  }

  /** Retries forever: the updates are in memory and were broadcast, so they may wait but not be dropped. */
  async #retryUntilDone<T>(step: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const done = await step()
        if (attempt > 1) this.#options.log.info({ attempt }, 'journal recovered')
        this.#isFailing = false
        return done
      } catch (error) {
        this.#isFailing = !isSerializationFailure(error)
        if (this.#isFailing) this.#options.log.warn({ attempt, error: String(error) }, 'journal commit failed; retrying')
        await backoff(attempt)
      }
    }
  }
}
