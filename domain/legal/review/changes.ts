/** What changed since a reviewer's own last approval. */
import { z } from 'zod'
import { requireViewer } from '../../access/permission.ts'
import { findDocument } from '../../documents/document.ts'
import { readAttributionPieces } from '../../documents/journal/attribution.ts'
import { readRevisionPair } from '../../history/state-at.ts'
import type { Redline } from '../../history/worker/computations.ts'
import { computeAnswer } from '../../history/worker/history-worker.ts'
import { DomainError } from '../../kernel/errors.ts'
import { query } from '../../kernel/operation.ts'
import { requireUserId } from '../../kernel/permission.ts'
import type { JsonText } from '../../kernel/text/json-text.ts'
import { draftSubject } from '../draft-entity.ts'
import { ReviewDecision } from './review.ts'

/** The redline from the revision that the actor approved last. @throws DomainError conflict where they approved none */
export const getReviewChanges = query('legal.getReviewChanges', {
  input: { id: z.uuid() },
  authorize: requireViewer(draftSubject),
  async execute(view, { id }): Promise<Redline | JsonText> {
    const approved = { document: id, userId: requireUserId(view), decision: 'approve' as const }
    const [last] = await view.em.find(ReviewDecision, approved, { orderBy: { at: 'desc' }, limit: 1 })
    if (!last) throw new DomainError('conflict', 'You have not approved this document yet, so there is nothing to compare it with.')
    const { head } = await findDocument(view, draftSubject({ id }))
    const moments = await readRevisionPair(view, id, [last.seq, head])
    return computeAnswer(view, 'redline', { moments, wrote: await readAttributionPieces(view, id) })
  },
})
