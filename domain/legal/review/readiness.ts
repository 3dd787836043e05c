/** What prevents a document from being sent to be signed. */
import { z } from 'zod'
import { requireViewer } from '../../access/permission.ts'
import { countBlockingThreads } from '../../comments/blocking.ts'
import { readContentFacts } from '../../history/content-hash.ts'
import { query, type QueryContext } from '../../kernel/operation.ts'
import { draftSubject } from '../draft-entity.ts'
import { type ApprovalObstacle, findApprovalObstacles, readReview } from './review.ts'

/** Something that must be done before a document can be sent. */
export interface Blocker {
  code: 'empty-text' | 'empty-fields' | 'open-suggestions' | 'blocking-comments' | ApprovalObstacle['code']
  /** What is wrong, a sentence. */
  message: string
  /** What to do, a sentence. */
  action: string
  /** How many there are, or null where that says nothing. */
  count: number | null
  /** Of empty fields. */
  fields?: string[]
  /** The reviewer whom it is about. */
  userId?: string
}

/**
 * Everything that prevents a document from being sent; empty where it can be. Approvals count where somebody was asked to review it.
 * @param id the draft
 */
export async function readBlockers(view: QueryContext, id: string): Promise<Blocker[]> {
  const { isEmpty, emptyFields, openSuggestions } = await readContentFacts(view, draftSubject({ id }))
  const threads = await countBlockingThreads(view, id)
  const blockers: Blocker[] = []
  if (isEmpty)
    blockers.push({ code: 'empty-text', message: 'The document has no text.', action: 'Write it, or insert a clause.', count: null })
  if (emptyFields.length > 0)
    blockers.push({
      code: 'empty-fields',
      message: `${plural(emptyFields.length, 'field has', 'fields have')} no value: ${emptyFields.slice(0, 10).join(', ')}.`,
      action: 'Fill in the fields, or remove them from the text.',
      count: emptyFields.length,
      fields: emptyFields,
    })
  if (openSuggestions > 0)
    blockers.push({
      code: 'open-suggestions',
      message: `${plural(openSuggestions, 'suggestion is', 'suggestions are')} open.`,
      action: 'Accept or reject each suggestion.',
      count: openSuggestions,
    })
  if (threads > 0)
    blockers.push({
      code: 'blocking-comments',
      message: `${plural(threads, 'blocking comment is', 'blocking comments are')} open.`,
      action: 'Resolve the comments, or let their authors make them not blocking.',
      count: threads,
    })
  for (const obstacle of findApprovalObstacles(await readReview(view, id)))
    blockers.push({ ...obstacle, action: approvalActions[obstacle.code], count: null })
  return blockers
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

const approvalActions: Record<ApprovalObstacle['code'], string> = {
  'approval-missing': 'Wait for the decision, or remove the reviewer.',
  'approval-lapsed': 'Ask the reviewer to approve the present text.',
  'changes-requested': 'Change the text, and ask the reviewer to approve it.',
  rejected: 'Talk to the reviewer, or appeal.',
}

/** Whether a document can be sent, and what prevents it. */
export interface Readiness {
  ready: boolean
  blockers: Blocker[]
}

export const getReadiness = query('legal.getReadiness', {
  input: { id: z.uuid() },
  authorize: requireViewer(draftSubject),
  async execute(view, { id }): Promise<Readiness> {
    const blockers = await readBlockers(view, id)
    return { ready: blockers.length === 0, blockers }
  },
})
