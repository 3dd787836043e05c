/** The history of a document as people requireViewer it: stretches of work, and the text at any moment. */
import { requireViewer } from '../access/permission.ts'
import { authorIdOf } from '../kernel/actor.ts'
import { DomainError } from '../kernel/errors.ts'
import { query, type QueryContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import type { JsonText } from '../kernel/text/json-text.ts'
import { readAttributionPieces } from '../documents/journal/attribution.ts'
import { type Authorship, type PastState, type Redline, type RevisionChanges, computeRedlineBlocks } from './worker/computations.ts'
import { computeAnswer } from './worker/history-worker.ts'
import { DocumentName, findDocument } from '../documents/document.ts'
import { type Author, assertOrdered, RowQueryParameter } from './revision.ts'
import { readNames } from '../users/display-name.ts'
import { findRowAt, readRowTime, type WorkPiece, workPiecesOf } from '../documents/journal/session-reader.ts'
import { getLastRow, readRevisionPair } from './state-at.ts'
import { readStatePieces } from '../documents/journal/past-reader.ts'
import type { RedlineBlock } from './redline.ts'
import { maxPauseMs } from '../documents/journal/edit-session.ts'
import { Timestamp } from '../kernel/time.ts'

const subjectOf = ({ documentName }: { documentName: string }) => documentName

/** An edit session: rows `from` to `to`, without a pause of more than five minutes. */
export interface EditSessionSummary {
  from: number
  to: number
  startedAt: Date
  endedAt: Date
  edits: number
  /** Most edits first. */
  authors: (Author & { edits: number })[]
}

/** All edit sessions of a document, newest first. */
async function readEditSessions(view: QueryContext, id: string): Promise<WorkPiece[]> {
  const work: WorkPiece[] = []
  for (const piece of await workPiecesOf(view, id)) {
    const last = work.at(-1)
    if (last && piece.startedAt.getTime() - last.endedAt.getTime() <= maxPauseMs) {
      last.to = piece.to
      last.endedAt = piece.endedAt
      for (const share of piece.people) {
        const known = last.people.find(({ userId }) => userId === share.userId)
        if (known) known.edits += share.edits
        else last.people.push({ ...share })
      }
    } else work.push(piece)
  }
  return work.reverse()
}

/** Edit sessions, newest first, compacted or not. */
export const listEditSessions = query('documents.listWork', {
  input: { documentName: DocumentName, ...paging },
  authorize: requireViewer(subjectOf),
  async execute(view, { documentName, limit, cursor }): Promise<Page<EditSessionSummary>> {
    const { id } = await findDocument(view, documentName)
    const after = parseCursor(cursor)
    const all = await readEditSessions(view, id)
    const rows = after ? all.filter(({ startedAt }) => startedAt.toISOString() < after.at) : all
    const nameOf = await readNames(
      view,
      rows.slice(0, limit).flatMap(({ people }) => people.map(({ userId }) => authorIdOf(userId))),
    )
    return paginate(
      rows.slice(0, limit + 1),
      limit,
      ({ startedAt }) => ({ at: startedAt.toISOString(), id }),
      ({ people, ...piece }) => ({
        ...piece,
        edits: people.reduce((sum, { edits }) => sum + edits, 0),
        authors: people
          .map(({ userId: author, edits }) => ({ userId: authorIdOf(author), name: nameOf(authorIdOf(author)), edits }))
          .sort((one, other) => other.edits - one.edits),
      }),
    )
  },
})

/** The text at a revision (`at` a row, or `time`; the newest without either). The `at` of the result says which. */
export const readState = query('documents.readState', {
  input: { documentName: DocumentName, at: RowQueryParameter.optional(), time: Timestamp.optional() },
  authorize: requireViewer(subjectOf),
  async execute(view, { documentName, at, time }): Promise<PastState | JsonText> {
    if (at !== undefined && time !== undefined)
      throw new DomainError('invalid-input', 'Give either `at` or `time`, not both.', {
        fields: [{ path: 'time', message: 'not together with `at`' }],
      })
    const { id, head } = await findDocument(view, documentName)
    const row = time ? await findRowAt(view, id, new Date(time)) : (at ?? head)
    const past = await readStatePieces(view, id, row, row)
    return computeAnswer(view, 'state', { past, time: await readRowTime(view, id, getLastRow(past)) })
  },
})

/**
 * Who wrote which words of the text, at a revision. Blocks are separated by a line break, which belongs to the author of the next block.
 */
export const readAuthorship = query('documents.readAuthorship', {
  input: { documentName: DocumentName, at: RowQueryParameter.optional() },
  authorize: requireViewer(subjectOf),
  async execute(view, { documentName, at }): Promise<Authorship | JsonText> {
    const { id, head } = await findDocument(view, documentName)
    const row = at ?? head
    return computeAnswer(view, 'authorship', {
      past: await readStatePieces(view, id, row, row),
      wrote: await readAttributionPieces(view, id),
    })
  },
})

/** Redlines two revisions, for all that shows or exports them. */
export async function redlineBetween(
  view: QueryContext,
  id: string,
  from: number,
  to: number,
): Promise<{ from: number; to: number; blocks: RedlineBlock[] }> {
  const wrote = await readAttributionPieces(view, id)
  return computeRedlineBlocks(await readRevisionPair(view, id, [from, to]), wrote)
}

/** A redline of two revisions, as blocks of words and as HTML. */
export const readRedline = query('documents.readRedline', {
  input: { documentName: DocumentName, from: RowQueryParameter, to: RowQueryParameter.optional() },
  authorize: requireViewer(subjectOf),
  async execute(view, { documentName, from, to }): Promise<Redline | JsonText> {
    const { id, head } = await findDocument(view, documentName)
    assertOrdered(from, to ?? head)
    const moments = await readRevisionPair(view, id, [from, to ?? head])
    return computeAnswer(view, 'redline', { moments, wrote: await readAttributionPieces(view, id) })
  },
})

/**
 * What differs between two revisions (absent: the newest): paragraphs, fields, entries of sections. From a later revision to an earlier one, it is what restoring
 * the earlier one changes.
 */
export const readChanges = query('documents.readChanges', {
  input: { documentName: DocumentName, from: RowQueryParameter.optional(), to: RowQueryParameter.optional() },
  authorize: requireViewer(subjectOf),
  async execute(view, { documentName, from, to }): Promise<RevisionChanges | JsonText> {
    const { id, head } = await findDocument(view, documentName)
    const [first, last] = [from ?? head, to ?? head]
    const moments = await readRevisionPair(view, id, [Math.min(first, last), Math.max(first, last)])
    return computeAnswer(view, 'changes', { moments, isReversed: first > last })
  },
})
