/** Signing a text that the platform published: the person signs a copy of their own, in an envelope with one party. */
import * as Y from 'yjs'
import { findDocument, freezeIn } from '../../documents/document.ts'
import { buildDocumentAt } from '../../history/state-at.ts'
import { newId } from '../../kernel/entity.ts'
import { DomainError, notFound } from '../../kernel/errors.ts'
import { command, type QueryContext } from '../../kernel/operation.ts'
import { requireSignedIn, requireUserId } from '../../kernel/permission.ts'
import { Kind, type Publication, readPublications } from '../../legal/compliance/publication.ts'
import { insertDraft } from '../../legal/draft.ts'
import { findUser } from '../../users/account.ts'
import { type EnvelopeDetails, readDetails } from '../details.ts'
import { documentSubject } from '../envelope.ts'
import { Party } from '../party.ts'
import { insertEnvelope, newParty } from '../prepare.ts'
import { openEnvelope } from '../send.ts'
import { assertConsent, recordOwnAct, signInput } from './sign.ts'

async function findPublication(view: QueryContext, kind: Publication['kind'], expectedHash: string): Promise<Publication> {
  const publication = (await readPublications(view, kind)).get(kind)
  if (!publication) throw notFound()
  if (publication.contentHash !== expectedHash)
    throw new DomainError('conflict', `The text that you confirm (hash ${expectedHash}) is not the published text. Open it again.`)
  return publication
}

const { expectedHash, consentVersion, mark, address, userAgent } = signInput

/** Signs the published text of a kind. */
export const signPublishedText = command('signing.signPublishedText', {
  input: { kind: Kind, expectedHash, consentVersion, mark, address, userAgent },
  authorize: requireSignedIn,
  async prepare(view, { kind, expectedHash }): Promise<{ title: string; update: Uint8Array }> {
    const { documentId } = await findPublication(view, kind, expectedHash)
    const { head, title } = await findDocument(view, documentSubject({ document: documentId }))
    return { title, update: Y.encodeStateAsUpdate((await buildDocumentAt(view, documentId, head)).document) }
  },
  async execute(work, { kind, ...input }, { title, update }): Promise<EnvelopeDetails> {
    const { contentHash: hash } = await findPublication(work, kind, input.expectedHash)
    assertConsent(input.consentVersion)
    const { id: userId, name, email } = await findUser(work, requireUserId(work))
    const draft = await insertDraft(work, { title, kind, update })
    await work.em.flush()
    const document = await findDocument(work, documentSubject({ document: draft.id }))
    await work.em.refresh(document)
    freezeIn(work, document)
    const envelope = await insertEnvelope(work, { document: draft.id, title, supersedes: null })
    const party = work.em.create(Party, {
      ...newParty,
      id: newId(),
      envelope: envelope.id,
      number: 1,
      userId,
      name,
      email,
      role: 'signer',
      step: 1,
    })
    work.em.persist(party)
    await work.em.flush()
    await openEnvelope(work, envelope, [party], { document, hash })
    await recordOwnAct(work, { envelope, parties: [party], party }, 'signed', input)
    return readDetails(work, envelope)
  },
})
