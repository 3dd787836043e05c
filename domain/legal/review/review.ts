/** The review of a document: who was asked, what they decided, and whether their approvals still hold. */
import { z } from 'zod'
import { requireViewer } from '../../access/permission.ts'
import { readTimeAfter } from '../../documents/journal/session-reader.ts'
import { readContentHash } from '../../history/content-hash.ts'
import { defineEntity, p } from '../../kernel/entity.ts'
import { query, type QueryContext } from '../../kernel/operation.ts'
import { readNames } from '../../users/display-name.ts'
import { draftSubject, findDraft } from '../draft-entity.ts'
import type { DocumentFactReader } from '../machine/document-facts.ts'
import type { DocumentState } from '../machine/document-state.ts'
import { readReviewers } from './reviewer.ts'

export const decisions = ['approve', 'reject', 'request-changes'] as const
export type Decision = (typeof decisions)[number]

const ReviewDecisionSchema = defineEntity({
  name: 'ReviewDecision',
  tableName: 'legal_review_decision',
  properties: {
    id: p.uuid().primary(),
    document: p.uuid(),
    userId: p.uuid(),
    decision: p.string().$type<Decision>().length(16),
    comment: p.text().nullable(),
    hash: p.string().length(64),
    seq: p.bigint('number'),
    at: p.datetime().length(3),
    current: p.boolean(),
    checkedAt: p.datetime().length(3),
    lapsedAt: p.datetime().length(3).nullable(),
  },
})
/**
 * A decision of a reviewer on the text with a content hash, after row `seq`. The newest one of a person is `current`. `checkedAt`: until then
 * the text was compared; `lapsedAt`: when it was found to be another one.
 */
export class ReviewDecision extends ReviewDecisionSchema.class {}
ReviewDecisionSchema.setClass(ReviewDecision)

/** A decision, and whether it still is one on the present text. */
export interface GivenDecision {
  id: string
  decision: Decision
  comment: string | null
  hash: string
  seq: number
  at: Date
  /** Whether the text is the one that was decided on. */
  holds: boolean
  /** When the text was changed first after it; null while it holds. */
  lapsedSince: Date | null
}

/** A reviewer with their newest decision. */
export interface ReviewerStatus {
  userId: string
  name: string
  addedAt: Date
  decision: GivenDecision | null
}

/** The review of a document. */
export interface Review {
  documentId: string
  state: DocumentState
  /** The present text: its content hash, and the row after which it is so. */
  hash: string
  at: number
  reviewers: ReviewerStatus[]
  /** Whether all reviewers, at least one, approve the present text. */
  approved: boolean
}

/** Reads the reviewers of a document with their decisions, compared with the present text. */
export async function readReview(view: QueryContext, id: string): Promise<Review> {
  const { state, updatedAt } = await findDraft(view, id)
  const { hash, at } = await readContentHash(view, draftSubject({ id }))
  const reviewers = await readReviewers(view, id)
  const nameOf = await readNames(
    view,
    reviewers.map(({ userId }) => userId),
  )
  const current = new Map((await view.em.find(ReviewDecision, { document: id, current: true })).map((one) => [one.userId, one]))
  const statuses: ReviewerStatus[] = []
  for (const { userId, addedAt } of reviewers) {
    const made = current.get(userId)
    const decision = made ? await toGivenDecision(view, made, hash, updatedAt) : null
    statuses.push({ userId, name: nameOf(userId) as string, addedAt, decision })
  }
  return { documentId: id, state, hash, at, reviewers: statuses, approved: statuses.length > 0 && statuses.every(isApproval) }
}

/** Whether a reviewer approves the present text. */
const isApproval = ({ decision }: ReviewerStatus): boolean => decision?.decision === 'approve' && decision.holds

/** @param changedAt when the draft was changed, for a text of which only the title is another one */
async function toGivenDecision(view: QueryContext, made: ReviewDecision, present: string, changedAt: Date): Promise<GivenDecision> {
  const { id, decision, comment, hash, seq, at, document } = made
  const holds = hash === present
  const lapsedSince = holds ? null : ((await readTimeAfter(view, document, seq)) ?? changedAt)
  return { id, decision, comment: comment ?? null, hash, seq, at, holds, lapsedSince }
}

export const getReview = query('legal.getReview', {
  input: { id: z.uuid() },
  authorize: requireViewer(draftSubject),
  execute: (view, { id }): Promise<Review> => readReview(view, id),
})

/** Something that keeps a document from being approved. */
export interface ApprovalObstacle {
  code: 'approval-missing' | 'approval-lapsed' | 'changes-requested' | 'rejected'
  message: string
  userId: string
}

/** What keeps a document from being approved, one sentence for each reviewer. Nobody was asked: nothing does. */
export const findApprovalObstacles = ({ reviewers }: Pick<Review, 'reviewers'>): ApprovalObstacle[] =>
  reviewers.flatMap((reviewer): ApprovalObstacle[] => {
    const { userId, name, decision } = reviewer
    if (isApproval(reviewer)) return []
    if (!decision) return [{ userId, code: 'approval-missing', message: `${name} has not decided yet.` }]
    if (decision.decision === 'reject') return [{ userId, code: 'rejected', message: `${name} rejected the document.` }]
    if (decision.decision === 'request-changes') return [{ userId, code: 'changes-requested', message: `${name} asked for changes.` }]
    const day = decision.lapsedSince?.toISOString().slice(0, 10)
    return [{ userId, code: 'approval-lapsed', message: `The approval of ${name} lapsed: the text was changed on ${day}.` }]
  })

/** What guards of the state machine ask about approvals. */
export const approvalFacts: DocumentFactReader = {
  guards: ['hasValidApproval'],
  async read(view, id) {
    // without reviewers nothing is computed
    if ((await readReviewers(view, id)).length === 0) return { approvalObstacles: [] }
    return { approvalObstacles: findApprovalObstacles(await readReview(view, id)).map(({ message }) => message) }
  },
}

/** The revisions of a document that somebody decided on. */
export const readDecidedRevisions = async (view: QueryContext, document: string): Promise<number[]> =>
  (await view.em.find(ReviewDecision, { document })).map(({ seq }) => seq)
