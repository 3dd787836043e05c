/** Documents as this node holds them in memory: loaded from snapshot and tail, each edit into the journal, compacted, let go. */
import type { Connection, Document, Hocuspocus } from '@hocuspocus/server'
import * as Y from 'yjs'
import { parseDocumentName } from '../domain/documents/document.ts'
import { type Commit, type Journal, JournalClosed } from '../domain/documents/journal.ts'
import { keepSnapshot, readStored } from '../domain/documents/snapshot.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import type { Log } from '../domain/kernel/log.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import { type Actor, system } from '../domain/kernel/operation.ts'
import { closing } from './close.ts'

/** What a connection is known by. */
export interface Admitted {
  actor: Actor & { kind: 'user' }
}

/** Compaction pays when the tail has grown past either; loading reads the tail row by row. */
const longTail = { rows: 500, bytes: 256 * 1024 }
/** A document that is written to without a pause is compacted at a later turn. */
const mostWaits = 100

/** Marks what was read from the journal, so that it is not written there again. */
const fromJournal = { source: 'local', skipStoreHooks: true } as const

interface Live {
  id: string
  document: Document
  /** Every journal row up to this one is in the document. */
  head: number
  /** Resolves when the newest edit is committed; undefined when none waits. */
  tail: Promise<void> | undefined
  /** Rows and bytes that no snapshot holds yet. */
  rows: number
  bytes: number
  /** Gaps are read one after the other. */
  healing: Promise<void>
  /** Something that came lately was dropped, because what it builds on is not here. */
  lacked: boolean
}

export type LiveDocuments = ReturnType<typeof holdLiveDocuments>

export function holdLiveDocuments({ domain, journal, log, metrics }: { domain: Domain; journal: Journal; log: Log; metrics: Metrics }) {
  const lives = new Map<string, Live>()
  let engine: Hocuspocus | undefined

  function keep(live: Live, update: Uint8Array, origin: unknown) {
    if (origin === fromJournal) return
    live.rows++
    live.bytes += update.length
    const tail: Promise<void> = journal.append(live.id, writerOf(origin), update).then((commit) => advance(live, commit))
    live.tail = tail
    tail.then(
      () => {
        if (live.tail === tail) live.tail = undefined
      },
      (error: unknown) => discard(live, error),
    )
  }

  /**
   * Yjs keeps what builds on updates that never came, and lets it in with whichever transaction brings them: under another
   * author's name, or past the journal when they are read from there. Its client has it still, and is asked for it.
   */
  function dropUngrounded(live: Live) {
    const { store } = live.document
    if (store.pendingStructs === null && store.pendingDs === null) return
    store.pendingStructs = null
    store.pendingDs = null
    live.lacked = true
  }

  /** The head as the journal answered it: where it began beyond what we knew, another node wrote in between. */
  function advance(live: Live, { from, to }: Commit) {
    if (to <= live.head) return
    if (from <= live.head) live.head = to
    else {
      live.healing = live.healing
        .then(() => heal(live, from, to))
        .catch((error: unknown) => log.warn({ error: String(error) }, 'a gap was not read; read with the next edit'))
    }
  }

  async function heal(live: Live, from: number, to: number) {
    if (from > live.head) {
      const missed = (await journal.rowsAfter(live.id, live.head)).filter(({ seq }) => seq <= from)
      metrics.gaps.inc(missed.length)
      live.document.transact(() => {
        for (const { update } of missed) Y.applyUpdate(live.document, update, fromJournal)
      }, fromJournal)
    }
    live.head = Math.max(live.head, to)
  }

  /** The journal refused: what is in memory is not what is kept. Everybody starts again from what is kept. */
  function discard(live: Live, error: unknown) {
    const { document } = live
    if (lives.get(document.name) !== live) return
    if (!(error instanceof JournalClosed)) log.error({ error: String(error) }, 'journal failed')
    lives.delete(document.name)
    engine?.documents.delete(document.name)
    for (const connection of document.getConnections()) (connection as Connection).webSocket.close(4205, closing('conflict').reason)
    document.destroy()
  }

  return {
    /** The engine whose documents these are. */
    serve(hocuspocus: Hocuspocus) {
      engine = hocuspocus
    },

    /** Fills a document that is being opened, and from then on takes its edits. */
    async load(document: Document): Promise<void> {
      const id = idOf(document.name)
      const { snapshot, tail } = await domain.run(system, readStored, { id })
      document.transact(() => {
        if (snapshot) Y.applyUpdateV2(document, snapshot.state, fromJournal)
        for (const { update } of tail) Y.applyUpdate(document, update, fromJournal)
      }, fromJournal)
      const live: Live = {
        id,
        document,
        head: tail.at(-1)?.seq ?? snapshot?.seq ?? 0,
        tail: undefined,
        rows: tail.length,
        bytes: tail.reduce((sum, { update }) => sum + update.length, 0),
        healing: Promise.resolve(),
        lacked: false,
      }
      lives.set(document.name, live)
      metrics.documents.set(lives.size)
      document.on('update', (update: Uint8Array, origin: unknown) => keep(live, update, origin))
      document.on('afterTransaction', () => dropUngrounded(live))
    },

    /** Resolves when every edit of the document so far is committed; undefined when that is so already. Rejects when the journal refuses. */
    committed(name: string): Promise<void> | undefined {
      return lives.get(name)?.tail
    },

    /** Whether anything was dropped for lack of its ground since this was asked last. */
    lacked(name: string): boolean {
      const live = lives.get(name)
      if (!live?.lacked) return false
      live.lacked = false
      return true
    },

    /** The document in memory, if it is. */
    document: (name: string): Document | undefined => lives.get(name)?.document,

    /** Writes a snapshot when the tail has grown long or nobody is left. Durability does not hang on it, so it never fails. */
    async compact(document: Document): Promise<void> {
      const live = lives.get(document.name)
      if (live?.document !== document) return
      try {
        await live.healing
        // a state must hold no edit that the journal may still refuse, or a freeze would be crossed by way of the snapshot
        for (let commits = 0; live.tail; commits++) {
          if (commits === mostWaits) return
          await live.tail
        }
        const idle = document.getConnectionsCount() === 0
        const long = live.rows > longTail.rows || live.bytes > longTail.bytes
        if (live.head === 0 || live.rows === 0 || !(idle || long)) return
        const state = Y.encodeStateAsUpdateV2(document)
        // taken in one turn with the state: what comes later belongs to the next tail
        const { head: seq } = live
        live.rows = 0
        live.bytes = 0
        await domain.run(system, keepSnapshot, { id: live.id, seq, state })
      } catch (error) {
        log.warn({ error: String(error) }, 'a document was not compacted; its journal stands')
      }
    },

    /** Throws while the document must stay in memory. */
    refuseUnload(document: Document): void {
      const live = lives.get(document.name)
      // an older one of the same name, discarded before: letting it go would let go of the newer
      if (live?.document !== document) throw closing('conflict')
      if (!live.tail) return
      void live.tail.then(
        () => engine?.unloadDocument(document),
        () => {},
      )
      throw closing('unavailable')
    },

    /** The document is out of memory. */
    unloaded(name: string): void {
      lives.delete(name)
      metrics.documents.set(lives.size)
    },

    get count() {
      return lives.size
    },
  }
}

function writerOf(origin: unknown): string | null {
  const { connection } = (origin ?? {}) as { connection?: Connection<Admitted> }
  return connection?.context.actor.userId ?? null
}

function idOf(name: string): string {
  const parsed = parseDocumentName(name)
  if (!parsed) throw closing('invalid-input')
  return parsed.id
}
