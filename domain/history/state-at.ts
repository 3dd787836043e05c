/** Builds a document at an earlier revision, from its edit sessions and journal rows. */
import type * as Y from 'yjs'
import type { QueryContext } from '../kernel/operation.ts'
import { applyStoredUpdate } from '../documents/limits/update-limits.ts'
import { mergeTextUpdates } from '../documents/journal/update-codec.ts'
import { applyUpdates, createReplica } from '../documents/journal/replica.ts'
import { type StatePiece, readStatePieces } from '../documents/journal/past-reader.ts'
import { decodeRows } from '../documents/journal/row-reader.ts'
import { decompress, unpackUpdate } from '../documents/journal/edit-session.ts'

/**
 * Builds a document as it was after a row. For a compacted row, after the last complete edit session up to it.
 * @param at sequence number; 0 is the empty document; a number after the newest gives the newest
 * @returns `at`: the row after which it was so
 */
export async function buildDocumentAt(view: QueryContext, id: string, at: number): Promise<{ document: Y.Doc; at: number }> {
  return buildState(view, id, at, at, createReplica())
}

/** Revisions further apart than this, in rows, are built separately: a newer whole state may be nearer to the later one. */
const maxSharedRows = 3000

/**
 * Builds a document at two revisions; the later one from the earlier one, where they are near.
 * @param onDocument called with the document at each revision, the earlier first; the document changes after the call
 * @returns the rows after which it was so
 */
export async function buildDocumentsAt(
  view: QueryContext,
  id: string,
  [from, to]: [from: number, to: number],
  onDocument: (document: Y.Doc) => void,
): Promise<[from: number, to: number]> {
  return buildRevisionPair(await readRevisionPair(view, id, [from, to]), onDocument)
}

/** The stored pieces of two revisions. */
export interface RevisionPair {
  from: number
  /** The earlier one, where the later one is built separately. */
  before: StatePiece[] | undefined
  /** The later one; those of its pieces up to `from` also build the earlier one. */
  after: StatePiece[]
}

export async function readRevisionPair(view: QueryContext, id: string, [from, to]: [from: number, to: number]): Promise<RevisionPair> {
  if (to - from <= maxSharedRows) return { from, before: undefined, after: await readStatePieces(view, id, from, to) }
  return { from, before: await readStatePieces(view, id, from, from), after: await readStatePieces(view, id, to, to) }
}

/** Builds the documents of two revisions; see `buildDocumentsAt`. The document does not change while `onDocument` runs. */
export async function buildRevisionPair(
  { from, before, after }: RevisionPair,
  onDocument: (document: Y.Doc) => unknown,
): Promise<[from: number, to: number]> {
  if (before) {
    const earlier = await buildFromPieces(before)
    await onDocument(earlier.document)
    const later = await buildFromPieces(after)
    await onDocument(later.document)
    return [earlier.at, later.at]
  }
  const steps = await toSteps(after)
  const document = createReplica()
  const near = steps.filter((step) => step.to <= from)
  await applySteps(document, near)
  await onDocument(document)
  await applySteps(document, steps.slice(near.length))
  await onDocument(document)
  return [near.at(-1)?.to ?? 0, steps.at(-1)?.to ?? 0]
}

/**
 * Brings a document to the state after a row, from the nearest whole state at or below another row. Content deleted before that one is
 * missing; content deleted after it exists in a document that keeps it (`gc: false`).
 * @param above the highest row whose whole state may be used
 */
export async function buildState(
  view: QueryContext,
  id: string,
  above: number,
  at: number,
  document: Y.Doc,
): Promise<{ document: Y.Doc; at: number }> {
  return buildFromPieces(await readStatePieces(view, id, above, at), document)
}

/** Builds a document from its stored pieces. */
export async function buildFromPieces(pieces: StatePiece[], document = createReplica()): Promise<{ document: Y.Doc; at: number }> {
  const steps = await toSteps(pieces)
  await applySteps(document, steps)
  return { document, at: getLastRow(pieces) }
}

/** The row after which a document was so. */
export const getLastRow = (pieces: StatePiece[]): number => Number(pieces.at(-1)?.to ?? 0)

/** Brings a document to the state after row `to`. */
interface Step {
  to: number
  apply: (document: Y.Doc) => unknown
}

async function applySteps(document: Y.Doc, steps: Step[]): Promise<void> {
  for (const { apply } of steps) {
    apply(document)
    await new Promise(setImmediate)
  }
}

async function toSteps(pieces: StatePiece[]): Promise<Step[]> {
  const steps = await Promise.all(
    pieces.map(async ({ kind, to: last, bytes, ...many }): Promise<Step[]> => {
      const to = Number(last)
      if (kind === 'rows')
        return splitIntoBatches(mergeTextUpdates(decodeRows(many).map(({ update }) => update))).map((batch) => ({
          to,
          apply: (document) => applyUpdates(document, batch, (update) => applyStoredUpdate(document, update)),
        }))
      if (kind === 'session') {
        const update = await unpackUpdate({ edits: bytes as Buffer })
        return [{ to, apply: (document) => applyStoredUpdate(document, update, { v2: true }) }]
      }
      const state = await decompress(bytes as Buffer)
      return [{ to, apply: (document) => applyStoredUpdate(document, state) }]
    }),
  )
  return steps.flat()
}

/** Updates applied at once: more at once cost up to three times as much. */
const batchUpdates = 200

function splitIntoBatches<T>(all: T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / batchUpdates) }, (_, n) => all.slice(n * batchUpdates, (n + 1) * batchUpdates))
}
