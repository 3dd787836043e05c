/** Voiding, extending, correcting and reminding: what owners do with an envelope that was sent. */
import { z } from 'zod'
import { DomainError } from '../../kernel/errors.ts'
import { command, type CommandContext } from '../../kernel/operation.ts'
import { requireEnvelopeOwner } from '../access.ts'
import { endEnvelope } from './ending.ts'
import { type EnvelopeDetails, readDetails } from '../details.ts'
import { type Envelope, envelopeInput, envelopeSubject, lockEnvelope } from '../envelope.ts'
import { EnvelopeVoided, PartyReminded } from '../events.ts'
import { sendLetter } from './invite.ts'
import { recordRejection } from './legal-state.ts'
import { isOnTurn, type Party, readParties } from '../party.ts'

/** Locks an envelope whose parties can act. @throws DomainError conflict */
export async function lockOpenEnvelope(work: CommandContext, id: string): Promise<Envelope> {
  const envelope = await lockEnvelope(work, id)
  if (envelope.state !== 'sent') throw new DomainError('conflict', `This envelope is ${envelope.state}: nobody can sign it.`)
  return envelope
}

/** Ends an envelope that was sent. Its document stays frozen. */
export const voidEnvelope = command('signing.voidEnvelope', {
  input: { ...envelopeInput, reason: z.string().trim().min(1).max(2000) },
  authorize: requireEnvelopeOwner,
  async execute(work, { id, reason }): Promise<EnvelopeDetails> {
    const envelope = await lockOpenEnvelope(work, id)
    await endEnvelope(work, envelope, await readParties(work, id), { state: 'voided', reason })
    await recordRejection(work, envelope, reason)
    const subject = envelopeSubject(envelope)
    work.emit(EnvelopeVoided, { subject, audience: [subject], data: { envelopeId: id, documentId: envelope.document, reason } })
    return readDetails(work, envelope)
  },
})

/** How long a party is left in peace after a mail, minutes. */
const minReminderMinutes = 5

/** Reminds the parties whose turn it is, or one of them. Parties without an account get a new link beside the earlier ones. */
export const remindParties = command('signing.remindParties', {
  input: { ...envelopeInput, partyId: z.uuid().optional().describe('absent: all whose turn it is') },
  authorize: requireEnvelopeOwner,
  async execute(work, { id, partyId }): Promise<EnvelopeDetails> {
    const envelope = await lockOpenEnvelope(work, id)
    const onTurn = (await readParties(work, id)).filter(isOnTurn).filter((party) => partyId === undefined || party.id === partyId)
    if (onTurn.length === 0) throw new DomainError('conflict', 'It is not this party’s turn.')
    const since = work.now.getTime() - minReminderMinutes * 60_000
    const due = onTurn.filter(({ notifiedAt, remindedAt }) => (remindedAt ?? notifiedAt ?? work.now).getTime() <= since)
    if (due.length === 0)
      throw new DomainError('rate-limited', `A party can be reminded every ${minReminderMinutes} minutes.`, {
        retryAfter: minReminderMinutes * 60,
      })
    for (const party of due) await remindParty(work, envelope, party)
    return readDetails(work, envelope)
  },
})

/** Reminds one party. */
export async function remindParty(work: CommandContext, envelope: Envelope, party: Party): Promise<void> {
  party.remindedAt = work.now
  await sendLetter(work, party, 'signing-reminder')
  const subject = envelopeSubject(envelope)
  const data = { envelopeId: envelope.id, documentId: envelope.document, partyId: party.id }
  work.emit(PartyReminded, { subject, audience: [subject], data })
}
