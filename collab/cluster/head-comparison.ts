/** Compares the heads of live documents with the journal, to find edits of other nodes that the bus did not deliver. */
import type { Journal } from '../../domain/documents/journal/journal.ts'
import type { Log } from '../../domain/kernel/log.ts'
import type { LiveDocument } from '../document/live-document.ts'

/** Without a shared bus this is the only way in which edits of other nodes arrive. */
const intervalMs = { sharedBus: 2000, noSharedBus: 300 }

export interface HeadComparisonOptions {
  journal: Journal
  log: Log
  documents: () => Iterable<LiveDocument>
}

export class HeadComparison {
  readonly #options: HeadComparisonOptions
  #timer: NodeJS.Timeout | undefined

  constructor(options: HeadComparisonOptions) {
    this.#options = options
  }

  /** Compares all documents at an interval. */
  start(hasSharedBus: boolean): void {
    this.#timer = setInterval(
      () => this.compare([...this.#options.documents()]),
      hasSharedBus ? intervalMs.sharedBus : intervalMs.noSharedBus,
    )
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Compares some documents now. A document behind its journal reads the missing rows. */
  compare(documents: LiveDocument[]): void {
    // the answer to a commit in progress contains the head
    const idle = documents.filter(({ hasUncommitted }) => !hasUncommitted)
    if (idle.length === 0) return
    this.#options.journal.heads(idle.map(({ id }) => id)).then(
      (heads) => {
        for (const live of idle) {
          const head = heads.get(live.id) ?? 0
          if (!live.hasUncommitted) live.receiveRange({ from: head, to: head })
        }
      },
      (error: unknown) => this.#options.log.debug({ error: String(error) }, 'document heads could not be read; retrying'),
    )
  }
}
