/** Reviewers of a legal document: persons who are asked to approve its text. */
import { z } from 'zod'
import { grantRole, readRole } from '../../access/grant.ts'
import { requireEditor } from '../../access/permission.ts'
import { isAtLeast } from '../../access/role.ts'
import { appendAudit } from '../../audit/append.ts'
import { defineEntity, p } from '../../kernel/entity.ts'
import { DomainError, notFound } from '../../kernel/errors.ts'
import { command, type CommandContext, type Permission, type QueryContext } from '../../kernel/operation.ts'
import { requireUserId } from '../../kernel/permission.ts'
import { filterActiveAccounts } from '../../users/account.ts'
import { readNames } from '../../users/display-name.ts'
import { findDocument, lockDocument } from '../../documents/document.ts'
import { type Draft, draftSubject, findDraft } from '../draft-entity.ts'
import { ReviewRequested, ReviewWithdrawn } from '../events.ts'

const ReviewerSchema = defineEntity({
  name: 'Reviewer',
  tableName: 'legal_reviewer',
  properties: {
    document: p.uuid().primary(),
    userId: p.uuid().primary().index(),
    addedBy: p.uuid(),
    addedAt: p.datetime().length(3),
  },
})
/** A person who was asked to review a document. */
export class Reviewer extends ReviewerSchema.class {}
ReviewerSchema.setClass(Reviewer)

/** Maximum reviewers of one document. */
const maxReviewers = 50

const input = { id: z.uuid(), userId: z.uuid() }

/** The reviewers of a document, in the order in which they were asked. */
export const readReviewers = (view: QueryContext, document: string): Promise<Reviewer[]> =>
  view.em.find(Reviewer, { document }, { orderBy: [{ addedAt: 'asc' }, { userId: 'asc' }] })

/** The ids of the persons who were asked. */
export const readReviewerIds = async (view: QueryContext, document: string): Promise<string[]> =>
  (await readReviewers(view, document)).map(({ userId }) => userId)

/** What was asked for, after the request. */
export interface RequestedReview {
  id: string
  userId: string
  name: string
  addedAt: Date
}

/**
 * Asks a person to review a document. A person who cannot comment on it becomes a commenter, where the actor may share the document.
 * @throws DomainError not-found for nobody; conflict for the author, for a frozen document, and where the actor may not share it
 */
export const addReviewer = command('legal.addReviewer', {
  input,
  authorize: requireEditor(draftSubject),
  async execute(work, { id, userId }): Promise<{ requested: RequestedReview; isShared: boolean }> {
    await lockDocument(work, id)
    const draft = await findDraft(work, id)
    await assertCanBeAsked(work, draft, userId)
    const known = await work.em.findOne(Reviewer, { document: id, userId })
    const name = (await readNames(work, [userId]))(userId) as string
    if (known) return { requested: { id, userId, name, addedAt: known.addedAt }, isShared: false }
    if ((await work.em.count(Reviewer, { document: id })) >= maxReviewers)
      throw new DomainError('conflict', `A document can have at most ${maxReviewers} reviewers.`)
    const isShared = await shareWithReviewer(work, id, userId)
    work.em.persist(work.em.create(Reviewer, { document: id, userId, addedBy: requireUserId(work), addedAt: work.now }))
    await work.em.flush()
    const subject = draftSubject({ id })
    work.emit(ReviewRequested, { subject, audience: [subject], data: { documentId: id, userId } })
    await appendAudit(work, { action: 'review.requested', subject, data: { documentId: id, userId }, personal: { name }, personId: userId })
    return { requested: { id, userId, name, addedAt: work.now }, isShared }
  },
  async afterCommit({ requested, isShared }, ports): Promise<RequestedReview> {
    if (isShared) await ports.enforce({ subject: draftSubject(requested), userId: requested.userId })
    return requested
  },
})

async function assertCanBeAsked(work: CommandContext, { id, createdBy }: Draft, userId: string): Promise<void> {
  if (!(await filterActiveAccounts(work, [userId])).has(userId)) throw notFound()
  if (createdBy === userId) throw new DomainError('conflict', 'The author of a document cannot review it. Ask somebody else.')
  if ((await findDocument(work, draftSubject({ id }))).frozenAt)
    throw new DomainError('conflict', 'The document was sent to be signed: nobody can be asked to review it any more.')
}

/** @returns whether the person got a role */
async function shareWithReviewer(work: CommandContext, id: string, userId: string): Promise<boolean> {
  const subject = draftSubject({ id })
  const role = await readRole(work, subject, userId)
  if (role && isAtLeast(role, 'commenter')) return false
  if ((await readRole(work, subject, requireUserId(work))) !== 'owner')
    throw new DomainError('conflict', 'This person cannot comment on the document. Ask an owner to share it with them first.')
  await grantRole(work, subject, userId, 'commenter')
  return true
}

/** Editors of the draft, and reviewers for themselves. */
const requireEditorOrSelf: Permission<{ id: string; userId: string }> = async (view, { id, userId }) => {
  const isReviewer = view.actor.id === userId && (await readReviewerIds(view, id)).includes(userId)
  if (!isReviewer) await requireEditor(draftSubject)(view, { id })
}

/** Ends a request. Decisions of the person stay in the audit log, and no longer count. */
export const removeReviewer = command('legal.removeReviewer', {
  input,
  authorize: requireEditorOrSelf,
  async execute(work, { id, userId }): Promise<void> {
    await lockDocument(work, id)
    const reviewer = await work.em.findOneOrFail(Reviewer, { document: id, userId })
    if ((await findDocument(work, draftSubject({ id }))).frozenAt)
      throw new DomainError('conflict', 'The document was sent to be signed: its reviewers stay as they are.')
    work.em.remove(reviewer)
    await work.em.flush()
    const subject = draftSubject({ id })
    work.emit(ReviewWithdrawn, { subject, audience: [subject], data: { documentId: id, userId } })
    const name = (await readNames(work, [userId]))(userId) as string
    await appendAudit(work, { action: 'review.withdrawn', subject, data: { documentId: id, userId }, personal: { name }, personId: userId })
  },
})
