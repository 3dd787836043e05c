/** Documents as this node holds them in memory: loaded from snapshot and tail, compacted, let go. */
import type { Connection, Document, Hocuspocus } from '@hocuspocus/server'
import { encodeStateAsUpdate } from 'yjs'
import { type DocumentKind, parseDocumentName } from '../domain/documents/document.ts'
import type { Journal } from '../domain/documents/journal.ts'
import type { Section } from '../domain/documents/section.ts'
import { keepSnapshot, readStored, type Stored } from '../domain/documents/snapshot.ts'
import { noteSuggestions } from '../domain/documents/typed-suggestion.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import type { Log } from '../domain/kernel/log.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import { system } from '../domain/kernel/operation.ts'
import { oneUnhurried } from '../domain/kernel/turn.ts'
import { onceThere } from './admission.ts'
import { closing } from './close.ts'
import type { Cluster } from './cluster.ts'
import { LiveDocument } from './live-document.ts'
import { holdToSections } from './mending.ts'

/**
 * A state is written when the tail has grown past either; loading reads the tail row by row. The bytes grow with the state, so
 * that what is written for an edit does not (hocuspocus 5).
 */
const longTail = { rows: 5000, bytes: 256 * 1024 }
/** When the last one leaves, a tail this small beside the state stays: reading it costs less than writing the state again. */
const shortTail = { rows: 500, share: 1 / 8 }
/** A document that is written to without a pause is compacted at a later turn. */
const mostWaits = 100
/** How often edits ask for a look at the tail. Milliseconds. */
const looksEvery = 1000

export interface LiveOptions {
  domain: Domain
  journal: Journal
  log: Log
  metrics: Metrics
  cluster: Cluster
  /** What documents of each kind are held to, beside their text. */
  sections: Partial<Record<DocumentKind, readonly Section[]>>
}

export function holdLiveDocuments({ domain, journal, log, metrics, cluster, sections }: LiveOptions) {
  const lives = new Map<string, LiveDocument>()
  let engine: Hocuspocus | undefined

  /** The journal refused: what is in memory is not what is kept. Everybody starts again from what is kept. */
  function discard(live: LiveDocument) {
    const { document } = live
    if (lives.get(document.name) !== live) return
    letGo(live)
    engine?.documents.delete(document.name)
    for (const connection of document.getConnections()) (connection as Connection).webSocket.close(4205, closing('conflict').reason)
    document.destroy()
  }

  function letGo(live: LiveDocument) {
    live.close()
    cluster.leave(live)
    lives.delete(live.document.name)
    metrics.documents.set(lives.size)
  }

  /**
   * What Hocuspocus does with each edit is done otherwise: its own look builds payloads and starts hooks that nobody here has, where
   * this only arms compaction; and then it sends the edit to each connection, which the room does.
   */
  function takeOver(document: Document) {
    const connections = document.getConnections.bind(document)
    let sending = false
    document.getConnections = () => {
      if (!sending) return connections()
      sending = false
      return []
    }
    // presence is ours; it would look at its own every 3 s, in each document
    document.awareness.destroy()
    const live = lives.get(document.name) as LiveDocument
    document.onUpdate(() => {
      sending = true
      const now = Date.now()
      if (now - live.lookedAt < looksEvery) return
      live.lookedAt = now
      const told = { instance: engine as Hocuspocus, document, documentName: document.name, clientsCount: document.getConnectionsCount() }
      void engine?.storeDocumentHooks(document, { ...told, lastContext: {}, lastTransactionOrigin: undefined })
    })
  }

  /** Has people told of what was suggested, once it is committed. */
  async function note(live: LiveDocument) {
    if (!live.suggested || !(await settledOf(live))) return
    live.suggested = false
    try {
      await domain.run(system, noteSuggestions, { documentName: live.document.name })
    } catch (error) {
      live.suggested = true
      log.warn({ error: String(error) }, 'what was suggested is told at the next turn')
    }
  }

  /** Documents that are typed in all grow long at about the same time, and nobody waits for their states. */
  const unhurried = oneUnhurried()

  async function writeState(live: LiveDocument): Promise<void> {
    const { document } = live
    // a state must hold no edit that the journal may still refuse, or a freeze would be crossed by way of the snapshot
    for (let waits = 0; live.uncommitted; waits++) {
      if (waits === mostWaits || !(await settledOf(live))) return
    }
    if (lives.get(document.name) !== live || !isDue(live)) return
    const { head: seq, rows, bytes } = live
    // taken in one turn: what comes later belongs to the next tail
    const state = encodeStateAsUpdate(document)
    live.rows = 0
    live.bytes = 0
    live.stateBytes = state.length
    try {
      await domain.run(system, keepSnapshot, { id: live.id, seq, state })
    } catch (error) {
      live.rows += rows
      live.bytes += bytes
      throw error
    }
  }

  return {
    /** The engine whose documents these are. */
    serve(hocuspocus: Hocuspocus) {
      engine = hocuspocus
    },

    /**
     * Fills a document that is being opened, and from then on takes its edits.
     * @param preview told of what is kept, before the document is made of it
     */
    async load(document: Document, preview: (stored: Stored) => void): Promise<void> {
      const live = new LiveDocument(
        idOf(document.name),
        document,
        { journal, metrics, log },
        {
          committed: (range) => cluster.tell(live, range),
          moved: (whereabouts) => cluster.show(live, whereabouts),
          refused: () => discard(live),
        },
      )
      // what is told from here on is heard, or asked for once it can be
      cluster.join(live)
      try {
        const stored = await onceThere(() => domain.run(system, readStored, { id: live.id }))
        preview(stored)
        live.fill(stored)
        holdToSections(live, sections[kindOf(document.name)] ?? [], (mended) => metrics.mended.inc(mended))
      } catch (error) {
        live.close()
        cluster.leave(live)
        // Hocuspocus would keep it, and the timer of its awareness (hocuspocus 6.11)
        document.destroy()
        throw error
      }
      lives.set(document.name, live)
      metrics.documents.set(lives.size)
    },

    /** A document is loaded. */
    loaded: takeOver,

    /** The document in memory, if it is. */
    get: (name: string): LiveDocument | undefined => lives.get(name),

    /** Resolves when all that was taken so far is committed or refused, of one document or of all. */
    async committed(name: string | undefined): Promise<void> {
      const concerned = name === undefined ? [...lives.values()] : [lives.get(name)]
      await Promise.all(concerned.map(async (live) => live && settledOf(live)))
    },

    /** Tells of suggestions, and writes a snapshot when the tail has grown long, or nobody is left. Durability does not hang on it, so it never fails. */
    async compact(document: Document): Promise<void> {
      const live = lives.get(document.name)
      if (live?.document !== document) return
      // whatever comes from here on asks for a turn of its own
      live.lookedAt = 0
      await note(live)
      try {
        if (document.getConnectionsCount() === 0) await writeState(live)
        else if (isDue(live)) await unhurried(() => writeState(live))
      } catch (error) {
        log.warn({ error: String(error) }, 'a document was not compacted; its journal stands')
      }
    },

    /** Throws while the document must stay in memory. */
    refuseUnload(document: Document): void {
      const live = lives.get(document.name)
      // an older one of the same name, discarded before: letting it go would let go of the newer
      if (live?.document !== document) throw closing('conflict')
      if (!live.uncommitted) return
      live.settled((committed) => {
        if (committed) void engine?.unloadDocument(document)
      })
      throw closing('unavailable')
    },

    /** The document is out of memory. */
    unloaded(name: string): void {
      const live = lives.get(name)
      if (live) letGo(live)
    },

    get count() {
      return lives.size
    },
  }
}

/** Whether it is time for a state: the tail is long, or nobody is left. */
function isDue({ document, head, rows, bytes, stateBytes }: LiveDocument): boolean {
  const long = rows > longTail.rows || bytes > longTail.bytes + stateBytes
  const idle = document.getConnectionsCount() === 0 && (rows > shortTail.rows || bytes > stateBytes * shortTail.share)
  return head > 0 && rows > 0 && (long || idle)
}

/** Resolves when every edit so far is committed (true), or refused. */
const settledOf = (live: LiveDocument) => new Promise<boolean>((resolve) => live.settled(resolve))

const idOf = (name: string): string => partsOf(name).id
const kindOf = (name: string): DocumentKind => partsOf(name).kind

function partsOf(name: string) {
  const parsed = parseDocumentName(name)
  if (!parsed) throw closing('invalid-input')
  return parsed
}
