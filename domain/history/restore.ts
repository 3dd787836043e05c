/** Restoring a revision, and undoing one person's edits: each as a new edit that deletes no history. */
import { setTimeout as wait } from 'node:timers/promises'
import * as Y from 'yjs'
import { z } from 'zod'
import { requireEditor } from '../access/permission.ts'
import { requireUserId } from '../kernel/permission.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type Ports, type QueryContext } from '../kernel/operation.ts'
import { DocumentName, findDocument, lockDocument } from '../documents/document.ts'
import { documentParts } from './document-parts.ts'
import { decodeRestoration } from './worker/computations.ts'
import { computeRestoration } from './worker/history-worker.ts'
import { assertOrdered, resolveRevision, RowNumber } from './revision.ts'
import { readStatePieces } from '../documents/journal/past-reader.ts'
import { getLastRow } from './state-at.ts'
import { undoAuthorRows } from './undo.ts'

const subjectOf = ({ documentName }: { documentName: string }) => documentName
const requireDocumentEditor = requireEditor(subjectOf)

/** A document that contains the planned edit, and its author. */
interface PlannedEdit {
  documentName: string
  actor: string
  /** Absent where nothing changes. */
  document: Y.Doc | undefined
  head: number
}

/** The result of a server edit: the sequence number of the newest row. */
export interface HeadResult {
  head: number
}

async function findEditable(view: QueryContext, input: { documentName: string }): Promise<{ id: string; head: number }> {
  const document = await findDocument(view, input.documentName)
  if (document.frozenAt) throw new DomainError('conflict', 'The document is frozen and cannot be changed.')
  return document
}

/** Writes the planned edit. Committed updates that this node lacks go with it; they are in the journal already, with their own authors. */
async function writePlanned({ documentName, actor, document, head }: PlannedEdit, ports: Ports): Promise<number> {
  if (!document) return head
  const written = await ports.editDocument(documentName, actor, (live) => {
    Y.applyUpdate(live, Y.encodeStateAsUpdate(document, Y.encodeStateVector(live)))
  })
  return written.head
}

/** A planned restoration and its author. */
interface Restoration {
  documentName: string
  actor: string
  /** The state vector that the updates require. */
  ground: Uint8Array
  updates: Uint8Array[]
  head: number
  at: number
}

/** How long edits of other nodes may take to arrive, and how often that is checked, milliseconds. */
const arrivalTimeoutMs = 10_000
const arrivalPollMs = 50

/**
 * Writes a restoration, one update after the other, each with a commit, so that other edits run in between. A small document needs one
 * update.
 * @throws DomainError conflict where the document is frozen in the meantime, unavailable where edits do not arrive on this node; then a
 *   part may be written
 */
async function writeRestoration({ documentName, actor, ground, updates, head }: Restoration, ports: Ports): Promise<number> {
  const giveUpAt = performance.now() + arrivalTimeoutMs
  let newest = head
  for (let next = 0; next < updates.length; ) {
    const { result, head: written } = await ports.editDocument(documentName, actor, (live) => {
      // an update that requires missing items would be dropped
      if (next === 0 && !containsState(live, ground)) return false
      Y.applyUpdate(live, updates[next++] as Uint8Array)
      return true
    })
    newest = written
    if (result) continue
    if (performance.now() > giveUpAt)
      throw new DomainError('unavailable', 'This node does not have the newest edits yet. Try again.', { retryAfter: 2 })
    await wait(arrivalPollMs)
  }
  return newest
}

function containsState(document: Y.Doc, vector: Uint8Array): boolean {
  for (const [client, clock] of Y.decodeStateVector(vector)) if (Y.getState(document.store, client) < clock) return false
  return true
}

/**
 * Restores a document to a revision: its text and every other root type, or some of its parts. It is an edit of the actor, for a large document several. Edits
 * that others make in the meantime merge as usual. Restored words belong to the actor; the history still has their first author.
 */
export const restoreDocument = command('documents.restoreDocument', {
  input: {
    documentName: DocumentName,
    at: RowNumber,
    parts: z.array(z.enum(documentParts)).min(1).optional().describe('what is restored; absent: everything'),
  },
  authorize: requireDocumentEditor,
  async prepare(view, input): Promise<Restoration> {
    const document = await findEditable(view, input)
    const at = await resolveRevision(view, document, input.at)
    const past = await readStatePieces(view, document.id, at, at)
    const newest = await readStatePieces(view, document.id, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    const { ground, updates } = decodeRestoration(await computeRestoration(view, { newest, past, parts: input.parts }))
    return { documentName: input.documentName, actor: requireUserId(view), ground, updates, head: getLastRow(newest), at: getLastRow(past) }
  },
  execute: async (_work, _input, plan) => plan,
  afterCommit: async (plan, ports): Promise<HeadResult & { at: number }> => ({ head: await writeRestoration(plan, ports), at: plan.at }),
})

/**
 * Undoes what one person did in rows `from` to `to`, as an edit of the actor: text they inserted that still exists is deleted, and text
 * they deleted that nobody restored comes back. Text of others stays, and so do blocks that contain it. What they both inserted and deleted
 * stays deleted. A row can be undone once; to redo, undo the undo.
 */
export const undoWork = command('documents.undoWork', {
  input: { documentName: DocumentName, userId: z.uuid(), from: RowNumber.min(1), to: RowNumber },
  authorize: requireDocumentEditor,
  async prepare(view, input): Promise<PlannedEdit> {
    const document = await findEditable(view, input)
    assertOrdered(input.from, input.to)
    await resolveRevision(view, document, input.to)
    const planned = await undoAuthorRows(view, document.id, input)
    return { documentName: input.documentName, actor: requireUserId(view), document: planned, head: document.head }
  },
  async execute(work, { documentName, userId, from, to }, plan): Promise<PlannedEdit> {
    if (!plan.document) return plan
    const { id } = await findDocument(work, documentName)
    // one after the other, so that of two who run at once one is document
    await lockDocument(work, id)
    const before = await work.db
      .selectFrom('document_undo')
      .select(['from_seq', 'to_seq'])
      .where('document', '=', id)
      .where('user_id', '=', userId)
      .where('from_seq', '<=', String(to))
      .where('to_seq', '>=', String(from))
      .executeTakeFirst()
    if (before) throw new DomainError('conflict', `Rows ${before.from_seq} to ${before.to_seq} of this person were already undone.`)
    const undone = { document: id, user_id: userId, from_seq: from, to_seq: to, by_user: requireUserId(work), at: work.now }
    await work.db.insertInto('document_undo').values(undone).execute()
    return plan
  },
  afterCommit: async (plan, ports): Promise<HeadResult> => ({ head: await writePlanned(plan, ports) }),
})
