/** Notifications about reviews: for who is asked, for who waits for the decision, and for reviewers whose approval lapsed. */
import type { NotificationBuilder, NotificationContext } from '../../kernel/manifest/notification.ts'
import { ApprovalLapsed, ReviewDecided, ReviewRequested } from '../events.ts'
import { Draft, draftSubject } from '../draft-entity.ts'
import { type Decision, ReviewDecision } from './review.ts'
import { Reviewer } from './reviewer.ts'

/** Whether a person can read a subject, which only then may be named to them. */
const isReader = async (context: NotificationContext, subject: string, userId: string): Promise<boolean> =>
  (await context.readersOf(subject)).some((reader) => reader.userId === userId)

export const buildReviewRequest: NotificationBuilder<'review.requested'> = async (context, { data, actor }) => {
  const { documentId, userId } = ReviewRequested.data.parse(data)
  const subject = draftSubject({ id: documentId })
  const isAsked = (await context.work.em.count(Reviewer, { document: documentId, userId })) > 0
  if (!isAsked || !(await isReader(context, subject, userId))) return []
  return [
    {
      userId,
      type: 'review.requested',
      title: `${await context.nameOf(actor)} asked you to review ${await context.titleOf(subject)}`,
      message: 'Read it, then approve it, reject it or ask for changes.',
      data: { documentId, link: context.linkTo(subject, 'review=1') },
      subject,
      actorId: actor,
    },
  ]
}

const decided: Record<Decision, string> = { approve: 'approved', reject: 'rejected', 'request-changes': 'asked for changes in' }

export const buildDecisionNotice: NotificationBuilder<'review.decided'> = async (context, { data }) => {
  const { documentId, decisionId } = ReviewDecided.data.parse(data)
  const subject = draftSubject({ id: documentId })
  const made = await context.work.em.findOne(ReviewDecision, decisionId)
  if (!made) return []
  const { userId: reviewerId, decision, comment } = made
  const title = `${await context.nameOf(reviewerId)} ${decided[decision]} ${await context.titleOf(subject)}`
  const waiting = await readWaiting(context, documentId, reviewerId)
  return (await context.readersExcept(subject, reviewerId))
    .filter(({ userId, level }) => waiting.has(userId) || level === 'watching')
    .map(({ userId }) => ({
      userId,
      type: 'review.decided' as const,
      title,
      message: comment ?? '',
      data: { documentId, decisionId, decision, link: context.linkTo(subject, 'review=1') },
      subject,
      actorId: reviewerId,
      ...(comment && { quotesPerson: true as const }),
    }))
}

/** Who waits for a decision: the author, and who asked for it. */
async function readWaiting({ work }: NotificationContext, documentId: string, reviewerId: string): Promise<Set<string>> {
  const draft = await work.em.findOne(Draft, documentId)
  const reviewer = await work.em.findOne(Reviewer, { document: documentId, userId: reviewerId })
  return new Set([draft?.createdBy, reviewer?.addedBy].filter((userId) => typeof userId === 'string'))
}

export const buildLapseNotice: NotificationBuilder<'approval.lapsed'> = async (context, { data }) => {
  const { documentId, userId, decisionId } = ApprovalLapsed.data.parse(data)
  const subject = draftSubject({ id: documentId })
  if (!(await isReader(context, subject, userId))) return []
  return [
    {
      userId,
      type: 'approval.lapsed',
      title: `Your approval of ${await context.titleOf(subject)} lapsed`,
      message: 'The text was changed after you approved it. Look at the changes, then decide again.',
      data: { documentId, decisionId, link: context.linkTo(subject, 'review=1') },
      subject,
      actorId: null,
    },
  ]
}
