/**
 * A document in this node's memory: who reads it, who is in it, and how far the journal is in it.
 *
 * Edits of this node's clients go to the readers at once and into the journal. What other nodes committed comes as ranges of the
 * journal and is taken in its order only, since what builds on rows that are not here would be dropped. A range that is ahead
 * waits for those before it; when they do not come soon, the journal is read.
 */
import type { Connection, Document } from '@hocuspocus/server'
import * as Y from 'yjs'
import type { Commit, Journal } from '../domain/documents/journal.ts'
import { joined } from '../domain/documents/keystroke.ts'
import type { Stored } from '../domain/documents/snapshot.ts'
import { maySuggest } from '../domain/documents/typed-suggestion.ts'
import type { Log } from '../domain/kernel/log.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import type { Actor } from '../domain/kernel/operation.ts'
import { inTurns, letWritersGoFirst } from '../domain/kernel/turn.ts'
import { syncKind, syncMessage } from './frame.ts'
import { awarenessMessage, Presence, type Whereabouts } from './presence.ts'
import { type Reader, Room } from './room.ts'

/** What a connection is known by. */
export interface Admitted {
  actor: Actor & { kind: 'user' }
  /** When their token ends, as `performance.now()` tells. */
  ends: number
}

/** With what a client's edit is applied. */
export interface Origin {
  source: 'connection'
  connection: Connection<Admitted>
  reader: Reader
}

/** With what an edit of the server's own is applied. */
interface OwnOrigin {
  source: 'local'
  actor: string | null
}

/** Rows of the journal, as a node commits them together: those after `from`, up to and including `to`. */
export interface Range extends Commit {
  /** One for each row; absent when they are in the document already. */
  updates?: Uint8Array[]
}

/** Marks what is in the journal already, so that it is not written there again. */
const fromJournal = { source: 'local', skipStoreHooks: true } as const

/** What is ahead waits so long for what is before it, which is mostly on its way. Milliseconds. */
const patience = 40
/** When the journal could not be read. Milliseconds. */
const again = 1000

/** Who hears of what happens in a document. */
export interface Hearers {
  /** A range of this node's edits is committed. */
  committed(range: Range & { updates: Uint8Array[] }): void
  /** One of this node's clients came, moved or went. */
  moved(whereabouts: Whereabouts): void
  /** The journal refused an edit, or has no longer the rows that are missing: what is in memory is not what is kept. */
  refused(): void
}

export class LiveDocument {
  readonly id: string
  readonly document: Document
  readonly room = new Room()
  readonly presence: Presence
  /** Every row of the journal up to this one is in the document. */
  head = 0
  /** Rows and bytes that no snapshot holds yet, and the bytes of the snapshot. */
  rows = 0
  bytes = 0
  stateBytes = 0
  /** Whether a client of this node may have suggested something that nobody was told of. */
  suggested = false
  /** When a look at its tail was asked for last. */
  lookedAt = 0
  readonly #journal: Journal
  readonly #metrics: Metrics
  readonly #log: Log
  readonly #hearers: Hearers
  /** Edits of this node's clients that were given to the journal, and of these, those that it settled. */
  #takenEdits = 0
  #settledEdits = 0
  #waiting: { edits: number; go: (committed: boolean) => void }[] = []
  #lacked = false
  #filled = false
  #untouched = false
  readonly #ahead: Range[] = []
  #told = 0
  #untold: Uint8Array[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(
    id: string,
    document: Document,
    { journal, metrics, log }: { journal: Journal; metrics: Metrics; log: Log },
    hearers: Hearers,
  ) {
    this.id = id
    this.document = document
    this.#journal = journal
    this.#metrics = metrics
    this.#log = log
    this.#hearers = hearers
    this.presence = new Presence((whereabouts, by) => {
      this.room.show(whereabouts.client, awarenessMessage([whereabouts]), by)
      if (typeof by !== 'string') hearers.moved(whereabouts)
    })
  }

  /** Fills the document with what is kept, and from then on takes its edits. */
  fill({ snapshot, tail }: Stored): void {
    const { document } = this
    document.transact(() => {
      if (snapshot) Y.applyUpdate(document, snapshot.state, fromJournal)
      // keystrokes joined: a tail of 5,000 on a paper takes 6 ms so, else 25
      for (const update of joined(tail.map(({ update }) => update))) Y.applyUpdate(document, update, fromJournal)
    }, fromJournal)
    this.head = tail.at(-1)?.seq ?? snapshot?.seq ?? 0
    this.stateBytes = snapshot?.state.length ?? 0
    this.#count(tail.map(({ update }) => update))
    this.#filled = true
    this.#untouched = true
    this.#catchUp()
    if (this.#ahead.length > 0) this.#awaitBefore()
    document.on('update', (update: Uint8Array, origin: unknown) =>
      this.#keep(update, origin as Partial<Omit<Origin, 'source'> & OwnOrigin>),
    )
    document.on('afterTransaction', () => this.#dropUngrounded())
  }

  /**
   * Takes a client's edit. Answers whether all of it is in the document now: not when it builds on updates that never came.
   * @throws when it is no update
   */
  edit(update: Uint8Array, origin: Origin): boolean {
    this.#lacked = false
    Y.applyUpdate(this.document, update, origin)
    return !this.#lacked || holds(this.document, update)
  }

  /** Applies an edit of the server's own, in somebody's name. */
  write<T>(actor: string | null, change: (document: Y.Doc) => T): T {
    return this.document.transact(() => change(this.document), { source: 'local', actor } satisfies OwnOrigin)
  }

  /** Whether an edit of this node's clients waits for its commit. */
  get uncommitted(): boolean {
    return this.#settledEdits < this.#takenEdits
  }

  /** Calls `go` when every edit so far is committed (at once when that is so already), or with false when the journal refused. */
  settled(go: (committed: boolean) => void): void {
    if (this.uncommitted) this.#waiting.push({ edits: this.#takenEdits, go })
    else go(true)
  }

  /** Bytes that are kept of it, about. */
  get size(): number {
    return this.stateBytes + this.bytes
  }

  /** Takes what was committed: at once when it is next, else when what is before it is here. */
  arrive(range: Range): void {
    if (range.to <= this.head) return
    if (range.from > this.head || !this.#filled) {
      this.#ahead.push(range)
      if (this.#filled) this.#awaitBefore()
      return
    }
    this.#step(range)
    if (this.#ahead.length > 0) this.#catchUp()
  }

  #awaitBefore() {
    this.#timer ??= setTimeout(this.heal, patience)
  }

  /** Whether it is just what was read when it was filled. */
  get untouched(): boolean {
    return this.#untouched
  }

  /** Reads from the journal what is missing. */
  readonly heal = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#read().catch((error: unknown) => {
      this.#log.warn({ error: String(error) }, 'a gap was not read; tried again within a second')
      if (!this.document.isDestroyed) this.#timer ??= setTimeout(this.heal, again)
    })
  }

  /** Goes out of memory. */
  close(): void {
    clearTimeout(this.#timer)
    this.room.close()
  }

  readonly #read = inTurns(async () => {
    if (this.document.isDestroyed) return
    const rows = (await this.#journal.rowsAfter(this.id, this.head)).filter(({ seq }) => seq > this.head)
    const last = rows.at(-1)
    if (!last) return
    // what it lacks was folded meanwhile: this node was away for very long
    if (rows[0]?.seq !== this.head + 1) return this.#refuse()
    this.#metrics.gaps.inc(rows.length)
    this.#step({ from: this.head, to: last.seq, updates: rows.map(({ update }) => update) })
    this.#catchUp()
  })

  #step({ to, updates }: Range) {
    if (updates) {
      this.#untouched = false
      const { document } = this
      document.transact(() => {
        for (const update of updates) Y.applyUpdate(document, update, fromJournal)
      }, fromJournal)
      this.#count(updates)
    }
    this.head = to
  }

  #catchUp() {
    const { length } = this.#ahead
    this.#ahead.sort((one, other) => one.from - other.from)
    for (let next = this.#ahead[0]; next && next.from <= this.head; next = this.#ahead[0]) {
      this.#ahead.shift()
      if (next.to > this.head) this.#step(next)
    }
    if (length > 0 && this.#ahead.length === 0) {
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }

  #count(updates: Uint8Array[]) {
    this.rows += updates.length
    for (const { length } of updates) this.bytes += length
  }

  #keep(update: Uint8Array, origin: Partial<Omit<Origin, 'source'> & OwnOrigin>) {
    this.#untouched = false
    letWritersGoFirst()
    this.room.tell(syncMessage(syncKind.update, update), origin.reader)
    if ((origin as unknown) === fromJournal) return
    this.#count([update])
    if (!this.suggested && origin.connection) this.suggested = maySuggest(update)
    this.#untold.push(update)
    this.#takenEdits++
    this.#journal.take(this.id, origin.connection?.context.actor.userId ?? origin.actor ?? null, update, this.#settle)
  }

  readonly #settle = (commit: Commit | undefined): void => {
    if (!commit) return this.#refuse()
    this.#settledEdits++
    // each edit of a batch is settled with the same commit: the first tells of all
    if (commit.to > this.#told) this.#committed(commit)
    while (this.#waiting[0] && this.#waiting[0].edits <= this.#settledEdits) this.#waiting.shift()?.go(true)
  }

  #committed({ from, to }: Commit) {
    this.#told = to
    this.arrive({ from, to })
    this.#hearers.committed({ from, to, updates: this.#untold.splice(0, to - from) })
  }

  #refuse() {
    this.#hearers.refused()
    for (const { go } of this.#waiting.splice(0)) go(false)
  }

  /**
   * Yjs keeps what builds on updates that never came, and lets it in with whichever transaction brings them: under another
   * author's name, or past the journal when they are read from there. Its client has it still, and is asked for it.
   */
  #dropUngrounded() {
    const { store } = this.document
    if (store.pendingStructs === null && store.pendingDs === null) return
    store.pendingStructs = null
    store.pendingDs = null
    this.#lacked = true
  }
}

/** Whether a document holds all that an update brings. */
function holds(document: Y.Doc, update: Uint8Array): boolean {
  const { structs, ds } = Y.decodeUpdate(update)
  const known = (client: number) => Y.getState(document.store, client)
  if (structs.some(({ id, length }) => known(id.client) < id.clock + length)) return false
  for (const [client, deletions] of ds.clients) {
    if (deletions.some(({ clock, len }) => known(client) < clock + len)) return false
  }
  return true
}
