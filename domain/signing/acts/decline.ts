/** Declining: a party refuses, with a reason. The envelope ends where the others of the step are not enough. */
import { z } from 'zod'
import { DomainError } from '../../kernel/errors.ts'
import { command } from '../../kernel/operation.ts'
import { requireParty } from '../access.ts'
import { assertTurn, lockActing } from './act.ts'
import { endEnvelope } from './ending.ts'
import { type EnvelopeDetails, readDetails } from '../details.ts'
import { type Envelope, envelopeInput, envelopeSubject } from '../envelope.ts'
import { EnvelopeDeclined } from '../events.ts'
import { recordRejection } from './legal-state.ts'
import type { Party } from '../party.ts'
import { recordAct, RequestOrigin, timeOfAct } from './record.ts'

export const declineEnvelope = command('signing.declineEnvelope', {
  input: { ...envelopeInput, reason: z.string().trim().min(1).max(2000), ...RequestOrigin },
  authorize: requireParty,
  async execute(work, { id, reason, ...origin }): Promise<EnvelopeDetails> {
    const acting = await lockActing(work, id)
    const { envelope, parties, party } = acting
    assertTurn(work, acting)
    if (!envelope.declineAllowed) throw new DomainError('conflict', 'This envelope cannot be declined. Ask its sender to void it.')
    const at = timeOfAct(work, envelope, parties)
    await recordAct(work, 'party.declined', { envelope, party, origin }, { at: at.toISOString() }, { reason })
    Object.assign(party, { state: 'declined', actedAt: at, reason })
    if (canContinue(envelope, parties, party.step)) return readDetails(work, envelope)
    await endEnvelope(work, envelope, parties, { state: 'declined', reason })
    await recordRejection(work, envelope, reason)
    const subject = envelopeSubject(envelope)
    const data = { envelopeId: id, documentId: envelope.document, partyId: party.id, reason }
    work.emit(EnvelopeDeclined, { subject, audience: [subject], data })
    return readDetails(work, envelope)
  },
})

/** Whether the parties of a step who did not decline are as many as it needs. */
function canContinue({ needed }: Envelope, parties: readonly Party[], step: number): boolean {
  const counting = parties.filter((party) => party.step === step && (party.role === 'signer' || party.role === 'approver'))
  const willing = counting.filter(({ state }) => state !== 'declined' && state !== 'delegated')
  const enough = needed[step] ?? counting.filter(({ state }) => state !== 'delegated').length
  const hasRefusedWitness = parties.some((party) => party.step === step && party.role === 'witness' && party.state === 'declined')
  return willing.length >= enough && !hasRefusedWitness
}
