import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

export const LegalDocumentCreated = event('legal-document.created', { documentId: z.uuid(), title: z.string(), kind: z.string() })
export const LegalDocumentChanged = event('legal-document.changed', { documentId: z.uuid(), title: z.string(), kind: z.string() })
export const ClauseChanged = event('clause.changed', {
  clauseId: z.uuid(),
  name: z.string(),
  change: z.enum(['created', 'changed', 'deleted']),
})
export const ImportRequested = event('import.requested', { importId: z.uuid() })
/** An import ended: with a draft, or with the problem that prevented it. */
export const ImportFinished = event('import.finished', {
  importId: z.uuid(),
  state: z.enum(['done', 'failed']),
  documentName: z.string().nullable(),
  problem: z.string().nullable(),
})
/** The text of a kind was published. `major`: people who signed an older version must sign it again. */
export const KindPublished = event('legal-kind.published', { kind: z.string(), version: z.string(), major: z.boolean() })
export const KindWithdrawn = event('legal-kind.withdrawn', { kind: z.string() })

const ofReviewer = { documentId: z.uuid(), userId: z.uuid() }
/** A person was asked to review a document. */
export const ReviewRequested = event('review.requested', ofReviewer)
/** The request to review a document was withdrawn. */
export const ReviewWithdrawn = event('review.withdrawn', ofReviewer)
/** A reviewer decided on a document. */
export const ReviewDecided = event('review.decided', {
  ...ofReviewer,
  decisionId: z.uuid(),
  decision: z.enum(['approve', 'reject', 'request-changes']),
})
/** The text was changed after a reviewer approved it, at row `seq`. */
export const ApprovalLapsed = event('approval.lapsed', { ...ofReviewer, decisionId: z.uuid(), seq: z.number().int() })
