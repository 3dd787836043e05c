/** Correcting and extending: an envelope is replaced by another one, or gets more time. */
import { z } from 'zod'
import { requireEditor } from '../../access/permission.ts'
import { newId } from '../../kernel/entity.ts'
import { DomainError } from '../../kernel/errors.ts'
import { command } from '../../kernel/operation.ts'
import { appendAudit } from '../../audit/append.ts'
import { findDraft } from '../../legal/draft-entity.ts'
import { requireEnvelopeOwner } from '../access.ts'
import { endEnvelope } from './ending.ts'
import { type EnvelopeDetails, readDetails } from '../details.ts'
import { documentSubject, envelopeInput, envelopeSubject, lockEnvelope } from '../envelope.ts'
import { EnvelopeExtended, EnvelopeSuperseded } from '../events.ts'
import { inviteParty } from './invite.ts'
import { beginSigning, recordRejection } from './legal-state.ts'
import { isOnTurn, Party, readParties } from '../party.ts'
import { insertEnvelope, newParty, readDeadline } from '../prepare.ts'

/**
 * Prepares an envelope in the place of one that was sent and not completed: with the same parties and settings, for the same text or for a
 * draft that goes on from it. Given signatures stay with the replaced envelope.
 */
export const correctEnvelope = command('signing.correctEnvelope', {
  input: { ...envelopeInput, documentId: z.uuid().optional().describe('a draft that goes on from this text; absent: the same text') },
  async authorize(view, { id, documentId }) {
    await requireEnvelopeOwner(view, { id })
    if (documentId) await requireEditor(() => documentSubject({ document: documentId }))(view, {})
  },
  async execute(work, { id, documentId }): Promise<EnvelopeDetails> {
    const old = await lockEnvelope(work, id)
    if (old.state === 'draft') throw new DomainError('conflict', 'This envelope was not sent yet: change it.')
    if (old.state === 'completed') throw new DomainError('conflict', 'This envelope is complete. Continue its document in a new draft.')
    if (old.state === 'superseded') throw new DomainError('conflict', 'This envelope was corrected before.')
    const { title, basedOn } = await findDraft(work, documentId ?? old.document)
    if (documentId && basedOn !== old.document)
      throw new DomainError('conflict', 'This draft does not go on from the document of the envelope.')
    const parties = await readParties(work, id)
    const corrected = await insertEnvelope(work, { document: documentId ?? old.document, title, supersedes: id })
    const { message, remindEveryDays, declineAllowed, hideUntilTurn, needed, deadline } = old
    Object.assign(corrected, { message, remindEveryDays, declineAllowed, hideUntilTurn, needed })
    if (deadline && deadline > work.now) corrected.deadline = deadline
    copyParties(parties, corrected.id).forEach((party) => work.em.persist(work.em.create(Party, party)))
    if (old.state === 'sent') {
      await endEnvelope(work, old, parties, { state: 'superseded', reason: null })
      await recordRejection(work, old, 'Replaced by a corrected envelope.')
    } else old.state = 'superseded'
    const subject = envelopeSubject(old)
    const data = { envelopeId: id, documentId: old.document, byEnvelopeId: corrected.id }
    work.emit(EnvelopeSuperseded, { subject, audience: [subject], data })
    return readDetails(work, corrected)
  },
})

/** The parties of an envelope for another one: a delegate stays in the place of the party who delegated. */
function copyParties(parties: readonly Party[], envelope: string) {
  const staying = parties.filter(({ state }) => state !== 'delegated')
  const ids = new Map(staying.map(({ id }) => [id, newId()]))
  return staying.map(({ id, userId, name, email, role, step, witnessOf }, place) => ({
    ...newParty,
    id: ids.get(id) as string,
    envelope,
    number: place + 1,
    userId: userId ?? null,
    name,
    email,
    role,
    step,
    witnessOf: witnessOf ? (ids.get(witnessOf) ?? null) : null,
  }))
}

/** Gives an envelope a later deadline. One that has expired goes on where it was, with the signatures that were given. */
export const extendEnvelope = command('signing.extendEnvelope', {
  input: { ...envelopeInput, deadline: z.iso.datetime() },
  authorize: requireEnvelopeOwner,
  async execute(work, { id, deadline }): Promise<EnvelopeDetails> {
    const envelope = await lockEnvelope(work, id)
    if (envelope.state !== 'sent' && envelope.state !== 'expired')
      throw new DomainError('conflict', `This envelope is ${envelope.state}: its deadline cannot be extended.`)
    const reopened = envelope.state === 'expired'
    envelope.deadline = readDeadline(work.now, deadline)
    const subject = envelopeSubject(envelope)
    await appendAudit(work, { action: 'envelope.extended', subject, data: { deadline: envelope.deadline.toISOString(), reopened } })
    if (reopened) {
      Object.assign(envelope, { state: 'sent', endedAt: null, endReason: null })
      await work.em.flush()
      await beginSigning(work, envelope)
      for (const party of (await readParties(work, id)).filter(isOnTurn)) await inviteParty(work, envelope, party)
    }
    const data = { envelopeId: id, documentId: envelope.document, deadline: envelope.deadline.toISOString() }
    work.emit(EnvelopeExtended, { subject, audience: [subject], data })
    return readDetails(work, envelope)
  },
})
