/** Notices approvals that no longer hold, so that reviewers hear of it. That they do not hold is computed whenever somebody reads them. */
import { readChangeTimes } from '../../documents/document.ts'
import { readContentHash } from '../../history/content-hash.ts'
import { DomainError } from '../../kernel/errors.ts'
import { command, type QueryContext } from '../../kernel/operation.ts'
import { requireSystem } from '../../kernel/permission.ts'
import { draftSubject } from '../draft-entity.ts'
import { ApprovalLapsed } from '../events.ts'
import { ReviewDecision } from './review.ts'
import { readReviewerIds } from './reviewer.ts'

/** How far back changes of documents are looked for. The comparison runs each minute; nothing is changed while no node runs. */
const lookBackMs = 3600_000

/** An approval that was compared, and the hash of the present text; undefined where that could not be read. */
interface Compared {
  id: string
  hash: string | undefined
}

/** Compares approvals of documents that were changed since the last comparison. @returns how many */
export const noticeLapsedApprovals = command('legal.noticeLapsedApprovals', {
  input: {},
  authorize: requireSystem,
  async prepare(view): Promise<Compared[]> {
    const compared: Compared[] = []
    for (const { id, document } of await findDue(view)) compared.push({ id, hash: await readPresentHash(view, document) })
    return compared
  },
  async execute(work, _input, compared): Promise<number> {
    for (const { id, hash } of compared) {
      const approval = await work.em.findOne(ReviewDecision, { id, current: true, lapsedAt: null })
      if (!approval) continue
      approval.checkedAt = work.now
      if (hash === undefined || hash === approval.hash) continue
      approval.lapsedAt = work.now
      const { document: documentId, userId, seq } = approval
      if (!(await readReviewerIds(work, documentId)).includes(userId)) continue
      const subject = draftSubject({ id: documentId })
      work.emit(ApprovalLapsed, { subject, audience: [subject], data: { documentId, decisionId: id, userId, seq } })
    }
    return compared.length
  },
})

/** Approvals whose document was changed since they were compared. */
async function findDue(view: QueryContext): Promise<ReviewDecision[]> {
  const since = new Date(view.now.getTime() - lookBackMs)
  const changes = await readChangeTimes(view, 'legal', since)
  const held = await view.em.find(ReviewDecision, {
    document: { $in: [...changes.keys()] },
    current: true,
    decision: 'approve',
    lapsedAt: null,
  })
  return held.filter(({ document, checkedAt }) => (changes.get(document) ?? checkedAt) > checkedAt)
}

/** A document that cannot be read does not keep others from being compared. */
async function readPresentHash(view: QueryContext, document: string): Promise<string | undefined> {
  try {
    return (await readContentHash(view, draftSubject({ id: document }))).hash
  } catch (error) {
    if (error instanceof DomainError) return undefined
    throw error
  }
}
