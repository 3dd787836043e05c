/** Decisions of reviewers. An approval is bound to the content hash of the text that the reviewer read. */
import { z } from 'zod'
import { requireCommenter } from '../../access/permission.ts'
import { appendAudit } from '../../audit/append.ts'
import { deviceInput } from '../../auth/session.ts'
import { findDocument, lockDocument } from '../../documents/document.ts'
import { readAttributionPieces } from '../../documents/journal/attribution.ts'
import { readStatePieces } from '../../documents/journal/past-reader.ts'
import { type ContentHash, readContentHash } from '../../history/content-hash.ts'
import type { Authorship } from '../../history/worker/computations.ts'
import { computeAnswer } from '../../history/worker/history-worker.ts'
import { newId } from '../../kernel/entity.ts'
import { DomainError } from '../../kernel/errors.ts'
import { command, type CommandContext, type QueryContext } from '../../kernel/operation.ts'
import { requireUserId } from '../../kernel/permission.ts'
import { JsonText } from '../../kernel/text/json-text.ts'
import { readNames } from '../../users/display-name.ts'
import { readMachine, sendMachineEvent } from '../../workflows/machine.ts'
import { draftSubject } from '../draft-entity.ts'
import { ReviewDecided } from '../events.ts'
import { legalDocumentMachine } from '../machine/document-machine.ts'
import { decisions, type Decision, readReview, type Review, ReviewDecision } from './review.ts'
import { readReviewerIds } from './reviewer.ts'

const decisionInput = {
  id: z.uuid(),
  decision: z.enum(decisions),
  expectedHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
    .describe('content hash of the text that you read, as `GET …/review` returns it'),
  comment: z.string().trim().min(1).max(2000).optional(),
  ...deviceInput,
}

type DecisionInput = z.output<z.ZodObject<typeof decisionInput>>

const actions: Record<Decision, string> = {
  approve: 'approval.given',
  reject: 'document.rejected',
  'request-changes': 'changes.requested',
}

/**
 * Records the decision of a reviewer, and moves the document's state machine.
 * @throws DomainError forbidden for others than reviewers; conflict for the hash of another text, a frozen document, a state without review,
 *   and the approval of a text that only the reviewer wrote
 */
export const decideReview = command('legal.decideReview', {
  input: decisionInput,
  authorize: requireCommenter(draftSubject),
  // of a large text this takes a while
  async prepare(view, input): Promise<ContentHash> {
    await assertReviewer(view, input.id)
    const text = await readContentHash(view, draftSubject(input))
    assertSameText(input, text)
    if (input.decision === 'approve') await assertOtherAuthors(view, input.id)
    return text
  },
  async execute(work, input, text): Promise<Review> {
    const { id, decision, comment } = input
    const subject = draftSubject({ id })
    await lockDocument(work, id)
    await assertReviewer(work, id)
    const { frozenAt, head } = await findDocument(work, subject)
    if (frozenAt) throw new DomainError('conflict', 'The document was sent to be signed: its review has ended.')
    const present = head === text.at ? text : await readContentHash(work, subject)
    assertSameText(input, present)
    const { state } = await readMachine(work, legalDocumentMachine, id)
    const made = await insertDecision(work, input, present)
    const review = await readReview(work, id)
    for (const event of listEvents(state, decision, review.approved))
      await sendMachineEvent(work, legalDocumentMachine, id, event, { reason: comment, data: { decisionId: made.id, hash: made.hash } })
    const { userId } = made
    work.emit(ReviewDecided, { subject, audience: [subject], data: { documentId: id, decisionId: made.id, userId, decision } })
    await recordDecision(work, input, made)
    return { ...review, state: (await readMachine(work, legalDocumentMachine, id)).state as Review['state'] }
  },
})

async function assertReviewer(view: QueryContext, id: string): Promise<void> {
  if (!(await readReviewerIds(view, id)).includes(requireUserId(view)))
    throw new DomainError('forbidden', 'Only a reviewer who was asked can decide on the document.')
}

function assertSameText({ expectedHash }: DecisionInput, { hash }: ContentHash): void {
  if (expectedHash === hash) return
  const message = `the present text has the hash ${hash}`
  throw new DomainError('conflict', `The text was changed since you read it: ${message}. Read it again, then decide.`, {
    fields: [{ path: 'expectedHash', message }],
  })
}

/** Somebody who wrote all of a text cannot be its reviewer. @throws DomainError conflict */
async function assertOtherAuthors(view: QueryContext, id: string): Promise<void> {
  const { head } = await findDocument(view, draftSubject({ id }))
  const answer = await computeAnswer(view, 'authorship', {
    past: await readStatePieces(view, id, head, head),
    wrote: await readAttributionPieces(view, id),
  })
  const { people } = answer instanceof JsonText ? (JSON.parse(answer.bytes.toString()) as Authorship) : answer
  const writers = people.filter(({ signs }) => signs > 0)
  if (writers.length > 0 && writers.every(({ userId }) => userId === requireUserId(view)))
    throw new DomainError('conflict', 'You wrote the whole text, so somebody else must approve it.')
}

/** The events by which a decision moves the document. The text may be approved before an editor asks for the review in words. */
function listEvents(state: string, decision: Decision, approved: boolean): string[] {
  if (decision === 'approve') {
    if (!approved) return []
    if (state === 'under_review') return ['APPROVE']
    if (state === 'draft') return ['SUBMIT_FOR_REVIEW', 'APPROVE']
    if (state === 'revision_requested') return ['REVISION_COMPLETE', 'APPROVE']
  } else if (state === 'under_review') return [decision === 'reject' ? 'REJECT' : 'REQUEST_REVISION']
  if (['draft', 'revision_requested', 'approved'].includes(state)) return []
  throw new DomainError('conflict', `A document in the state ${state} is not reviewed.`)
}

async function insertDecision(work: CommandContext, input: DecisionInput, { hash, at: seq }: ContentHash): Promise<ReviewDecision> {
  const { id: document, decision, comment } = input
  const userId = requireUserId(work)
  await work.em.nativeUpdate(ReviewDecision, { document, userId, current: true }, { current: false })
  const made = { id: newId(), document, userId, decision, comment: comment ?? null, hash, seq, at: work.now }
  const row = work.em.create(ReviewDecision, { ...made, current: true, checkedAt: work.now, lapsedAt: null })
  work.em.persist(row)
  await work.em.flush()
  return row
}

async function recordDecision(
  work: CommandContext,
  { comment, address, userAgent }: DecisionInput,
  { id: decisionId, document: documentId, decision, hash, seq, userId }: ReviewDecision,
): Promise<void> {
  const name = (await readNames(work, [userId]))(userId) as string
  await appendAudit(work, {
    action: actions[decision],
    subject: draftSubject({ id: documentId }),
    data: { documentId, decisionId, decision, hash, seq },
    personal: { name, address, userAgent, ...(comment !== undefined && { comment }) },
  })
}
