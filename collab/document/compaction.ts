/** Writes snapshots of live documents, so that loading them stays quick. Durability does not depend on it. */
import { encodeStateAsUpdate } from 'yjs'
import { saveSnapshot } from '../../domain/documents/journal/snapshot.ts'
import { system } from '../../domain/kernel/actor.ts'
import type { Executor } from '../../domain/kernel/executor.ts'
import type { Log } from '../../domain/kernel/log.ts'
import { createLowPriorityQueue } from '../../domain/kernel/scheduling.ts'
import type { LiveDocument } from './live-document.ts'

/**
 * A snapshot is written when the tail has more rows or bytes, because loading reads the tail row by row. The limit in bytes grows with the
 * document, so that the bytes written for each edit do not.
 */
const longTail = { rows: 5000, bytes: 256 * 1024 }
/** When the last client leaves, a tail up to this size stays: reading it costs less than writing a snapshot. */
const shortTail = { rows: 500, shareOfSnapshot: 1 / 8 }
/** Commits to wait for before compaction of a document that is edited without a pause is put off. */
const maxCommitWaits = 100

export interface CompactorOptions {
  domain: Executor
  log: Log
  /** Whether a document is still in memory. */
  isLoaded: (live: LiveDocument) => boolean
}

export class Compactor {
  readonly #options: CompactorOptions
  /** Nobody waits for the snapshots of open documents, and many may be due at the same time. */
  readonly #queue = createLowPriorityQueue()
  readonly #running = new Set<Promise<void>>()
  readonly #stopping = new AbortController()

  constructor(options: CompactorOptions) {
    this.#options = options
  }

  /** Writes a snapshot when the tail has grown long, or when the last client has left. Never rejects. */
  async compact(live: LiveDocument): Promise<void> {
    const isIdle = live.document.getConnectionsCount() === 0
    if (!isIdle && !isDue(live)) return
    const writing = (isIdle ? this.#writeSnapshot(live) : this.#queue(() => this.#writeSnapshot(live))).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#options.log.warn({ error: String(error) }, 'compaction failed; the journal is complete')
    })
    this.#running.add(writing)
    await writing
    this.#running.delete(writing)
  }

  /** Stops compaction. Resolves when none is in progress, so that the database can be closed. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#running)
  }

  async #writeSnapshot(live: LiveDocument): Promise<void> {
    const { signal } = this.#stopping
    if (signal.aborted) return
    // a snapshot must not contain an edit that the journal may still refuse: it would bypass a freeze
    for (let waits = 0; live.hasUncommitted; waits++) {
      if (waits === maxCommitWaits || !(await live.committed())) return
    }
    if (!this.#options.isLoaded(live) || !isDue(live)) return
    const { head: seq, tailRows, tailBytes } = live
    // in the same turn as `head`: later edits belong to the next tail
    const state = encodeStateAsUpdate(live.document)
    live.tailRows = 0
    live.tailBytes = 0
    live.snapshotBytes = state.length
    try {
      await this.#options.domain.run(system, saveSnapshot, { id: live.id, seq, state, signal })
    } catch (error) {
      live.tailRows += tailRows
      live.tailBytes += tailBytes
      throw error
    }
  }
}

/** Whether a snapshot is due: the tail is long, or the last client has left. */
function isDue({ document, head, tailRows, tailBytes, snapshotBytes }: LiveDocument): boolean {
  const isLong = tailRows > longTail.rows || tailBytes > longTail.bytes + snapshotBytes
  const isIdle =
    document.getConnectionsCount() === 0 && (tailRows > shortTail.rows || tailBytes > snapshotBytes * shortTail.shareOfSnapshot)
  return head > 0 && tailRows > 0 && (isLong || isIdle)
}
