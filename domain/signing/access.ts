/** Who may do what with an envelope. */
import { readRole } from '../access/grant.ts'
import { getActorRole } from '../access/permission.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import type { QueryContext } from '../kernel/operation.ts'
import { documentSubject, type Envelope, envelopeSubject, findEnvelope } from './envelope.ts'
import { findLinkById } from './links/link.ts'
import { findOwnParty, type Party } from './party.ts'

/** Checks that the link of a link actor is still valid. @throws DomainError unauthenticated */
async function assertLinkValid({ actor, ...view }: QueryContext): Promise<void> {
  if (actor.kind !== 'link') return
  const link = await findLinkById({ ...view, actor }, actor.credential.tokenId)
  if (link?.party !== actor.id) throw new DomainError('unauthenticated', 'This link has ended. Use the newest mail about this document.')
}

/** @throws DomainError unauthenticated for somebody who is neither signed in nor opened a link */
export function requireHolder({ actor }: QueryContext): void {
  if (actor.id === null) throw new DomainError('unauthenticated', 'Sign in, or open the link in your mail.')
}

/** The party that the actor is, in an envelope that was sent. @throws DomainError not-found, unauthenticated for an ended link */
export async function getActingParty(view: QueryContext, envelope: Envelope): Promise<Party> {
  await assertLinkValid(view)
  const party = envelope.state === 'draft' ? undefined : await findOwnParty(view, envelope.id)
  if (!party) throw notFound()
  return party
}

/** Parties of an envelope that was sent. */
export async function requireParty(view: QueryContext, { id }: { id: string }): Promise<void> {
  requireHolder(view)
  await getActingParty(view, await findEnvelope(view, id))
}

/** Parties, and readers of the document. */
export async function requireEnvelopeReader(view: QueryContext, { id }: { id: string }): Promise<void> {
  if (view.actor.kind === 'system') return
  if (view.actor.kind === 'link') return requireParty(view, { id })
  await getActorRole(view, envelopeSubject({ id }))
}

/** Owners of the document: they send, correct and void. */
export async function requireEnvelopeOwner(view: QueryContext, { id }: { id: string }): Promise<void> {
  if (view.actor.kind === 'system') return
  // parties who are no members of the document learn that it is not theirs, and strangers nothing
  await requireEnvelopeReader(view, { id })
  const envelope = await findEnvelope(view, id)
  const role = view.actor.id === null ? undefined : await readRole(view, documentSubject(envelope), view.actor.id)
  if (role !== 'owner') throw new DomainError('forbidden', 'Only owners of the document can do this.')
}
