/** What changed since a reviewer's own last approval. */
import { z } from 'zod'
import { requireViewer } from '../../access/permission.ts'
import { findDocument } from '../../documents/document.ts'
import { readAttributionPieces } from '../../documents/journal/attribution.ts'
import { readRevisionPair } from '../../history/state-at.ts'
import type { Redline } from '../../history/worker/computations.ts'
import { computeAnswer } from '../../history/worker/history-worker.ts'
import { query } from '../../kernel/operation.ts'
import { requireUserId } from '../../kernel/permission.ts'
import type { JsonText } from '../../kernel/text/json-text.ts'
import { draftSubject } from '../draft-entity.ts'
import { ReviewDecision } from './review.ts'

/** The redline from the revision that the actor approved last; where they approved none, all of the text is new to them. */
export const getReviewChanges = query('legal.getReviewChanges', {
  input: { id: z.uuid() },
  authorize: requireViewer(draftSubject),
  async execute(view, { id }): Promise<Redline | JsonText> {
    const approved = { document: id, userId: requireUserId(view), decision: 'approve' as const }
    const [last] = await view.em.find(ReviewDecision, approved, { orderBy: { at: 'desc' }, limit: 1 })
    const { head } = await findDocument(view, draftSubject({ id }))
    const moments = await readRevisionPair(view, id, [last?.seq ?? 0, head])
    return computeAnswer(view, 'redline', { moments, wrote: await readAttributionPieces(view, id) })
  },
})
