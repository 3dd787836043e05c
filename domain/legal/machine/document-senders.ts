/** Who may send the events of a legal document. */
import { getActorRole, requireEditor, requireOwner, requireViewer } from '../../access/permission.ts'
import { DomainError } from '../../kernel/errors.ts'
import { getRegistered } from '../../kernel/manifest/registry.ts'
import type { Permission, QueryContext } from '../../kernel/operation.ts'
import { isAdmin, requireUserId } from '../../kernel/permission.ts'
import type { Sender } from '../../workflows/definition.ts'
import { draftSubject } from '../draft-entity.ts'
import { DocumentReviewers } from './document-facts.ts'

type OfDocument = Permission<{ id: string }>

/** Readers of the draft; administrators, too, who see the state but not the text. */
export const requireDocumentReader: OfDocument = async (view, input) => {
  if (!isAdmin(view)) await requireViewer(draftSubject)(view, input)
}

const requireOwnerOrAdministrator: OfDocument = async (view, input) => {
  if (!isAdmin(view)) await requireOwner(draftSubject)(view, input)
}

/** The persons who were asked to review a document. */
export async function readReviewers(view: QueryContext, documentId: string): Promise<Set<string>> {
  const lists = await Promise.all(getRegistered(DocumentReviewers).map((read) => read(view, documentId)))
  return new Set(lists.flat())
}

/** Reviewers who were asked; owners, where nobody was. @throws DomainError forbidden */
const requireReviewer: OfDocument = async (view, { id }) => {
  if (view.actor.kind === 'system') return
  await getActorRole(view, draftSubject({ id }))
  const reviewers = await readReviewers(view, id)
  if (reviewers.size === 0) await requireOwner(draftSubject)(view, { id })
  else if (!reviewers.has(requireUserId(view))) throw new DomainError('forbidden', 'You were not asked to review it.')
}

export const documentSenders = {
  editor: { words: 'an editor of the draft', authorize: requireEditor(draftSubject) },
  owner: { words: 'an owner of the draft', authorize: requireOwner(draftSubject) },
  ownerOrAdministrator: { words: 'an owner of the draft or an administrator', authorize: requireOwnerOrAdministrator },
  reviewer: { words: 'a reviewer who was asked, or an owner where nobody was', authorize: requireReviewer },
  signing: { words: 'the signing process' },
  smartstart: { words: 'SmartStart itself' },
} satisfies Record<string, Sender>
