/** Amendments: a draft that goes on from a document (`basedOn`) while the document's machine is being amended. */
import type { QueryContext } from '../../kernel/operation.ts'
import { readLastTime } from '../../workflows/machine.ts'
import { Draft } from '../draft-entity.ts'
import type { DocumentState } from './document-state.ts'

/** The newest amendment of a document. */
export interface Amendment {
  id: string
  state: DocumentState
}

/** The newest draft that goes on from a document since its amendment began, and was not given up; undefined where there is none. */
export async function readAmendment(view: QueryContext, documentId: string): Promise<Amendment | undefined> {
  const begunAt = await readLastTime(view, { type: 'legalDocument' }, documentId, 'AMEND')
  const [found] = await view.em.find(
    Draft,
    { basedOn: documentId, state: { $ne: 'cancelled' }, ...(begunAt && { createdAt: { $gte: begunAt } }) },
    { orderBy: { createdAt: 'desc', id: 'desc' }, limit: 1 },
  )
  return found && { id: found.id, state: found.state }
}
