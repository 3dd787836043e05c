import type { Context } from 'koa'
import { z } from 'zod'
import type { Redline } from '../../domain/history/worker/computations.ts'
import { continueDraft } from '../../domain/legal/continuation.ts'
import { documentStates } from '../../domain/legal/machine/document-state.ts'
import { getReviewChanges } from '../../domain/legal/review/changes.ts'
import { decideReview } from '../../domain/legal/review/decision.ts'
import { getReadiness, type Readiness } from '../../domain/legal/review/readiness.ts'
import { decisions, getReview, type Review } from '../../domain/legal/review/review.ts'
import { addReviewer, removeReviewer, type RequestedReview } from '../../domain/legal/review/reviewer.ts'
import { action, del, get, jsonResponse, post, put } from '../http/endpoint.ts'
import { RedlineBody, writtenJsonResponse } from './history.ts'
import { draft } from './legal.ts'

const hash = z.string().describe('content hash: SHA-256, hexadecimal digits')
const row = z.number().int().describe('sequence number in the journal')

export const ReviewBody = z
  .object({
    documentId: z.uuid(),
    state: z.enum(documentStates),
    hash: hash.describe('of the present text; send it as `expectedHash`'),
    at: row,
    approved: z.boolean().describe('all reviewers, at least one, approve the present text'),
    reviewers: z.array(
      z.object({
        userId: z.uuid(),
        name: z.string(),
        addedAt: z.iso.datetime(),
        decision: z
          .object({
            id: z.uuid(),
            decision: z.enum(decisions),
            comment: z.string().nullable(),
            hash,
            seq: row,
            at: z.iso.datetime(),
            holds: z.boolean().describe('the present text is the one that was decided on'),
            lapsedSince: z.iso.datetime().nullable().describe('when the text was changed first after it; null while it holds'),
          })
          .nullable()
          .describe('the newest; null: none yet'),
      }),
    ),
  })
  .meta({ id: 'Review' })

const review = jsonResponse(ReviewBody, ({ reviewers, ...rest }: Review) => ({
  ...rest,
  reviewers: reviewers.map(({ decision, addedAt, ...reviewer }) => ({
    ...reviewer,
    addedAt: addedAt.toISOString(),
    decision: decision && {
      ...decision,
      at: decision.at.toISOString(),
      lapsedSince: decision.lapsedSince?.toISOString() ?? null,
    },
  })),
}))

export const ReviewerBody = z
  .object({ id: z.uuid().describe('the draft'), userId: z.uuid(), name: z.string(), addedAt: z.iso.datetime() })
  .meta({ id: 'Reviewer' })

export const ReadinessBody = z
  .object({
    ready: z.boolean(),
    blockers: z.array(
      z.object({
        code: z.enum([
          'empty-text',
          'empty-fields',
          'open-suggestions',
          'blocking-comments',
          'approval-missing',
          'approval-lapsed',
          'changes-requested',
          'rejected',
        ]),
        message: z.string(),
        action: z.string().describe('what to do'),
        count: z.number().int().nullable(),
        fields: z.array(z.string()).optional().describe('names of empty fields'),
        userId: z.uuid().optional().describe('the reviewer'),
      }),
    ),
  })
  .meta({ id: 'Readiness' })

const document = '/legal/documents/:id'

export const reviews = [
  get(`${document}/review`, 'Returns the reviewers of a draft, their decisions, and whether these still hold.', getReview, review),
  action(
    `${document}/review`,
    'Approves a text, rejects it or asks for changes, as a reviewer. An approval is bound to the content hash of the text.',
    decideReview,
    review,
    { fromRequest: (context: Context) => ({ userAgent: context.get('User-Agent'), address: context.ip }) },
  ),
  get(
    `${document}/review/changes`,
    'Compares the text that you approved last with the present one.',
    getReviewChanges,
    writtenJsonResponse(jsonResponse(RedlineBody, (redline: Redline) => redline)),
  ),
  put(
    `${document}/reviewers/:userId`,
    'Asks a person to review a draft. An owner also shares it with them where they cannot comment on it.',
    addReviewer,
    jsonResponse(ReviewerBody, ({ addedAt, ...reviewer }: RequestedReview) => ({ ...reviewer, addedAt: addedAt.toISOString() })),
  ),
  del(`${document}/reviewers/:userId`, 'Withdraws the request to review a draft.', removeReviewer),
  get(
    `${document}/readiness`,
    'Lists what prevents a draft from being sent to be signed.',
    getReadiness,
    jsonResponse(ReadinessBody, (readiness: Readiness) => readiness),
  ),
  post(
    `${document}/continue`,
    'Makes a new draft from a revision of a document, with its members; comments and suggestions stay with the original.',
    continueDraft,
    draft,
  ),
]
