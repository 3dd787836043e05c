/** Endings of an envelope without completion: declined, voided, expired, superseded. Given signatures stay recorded. */
import { appendAudit } from '../../audit/append.ts'
import type { CommandContext } from '../../kernel/operation.ts'
import { type Envelope, type EnvelopeState, envelopeSubject } from '../envelope.ts'
import { sendLetter } from './invite.ts'
import type { Party } from '../party.ts'

/** Ends an envelope, and tells the parties who were told of it before. */
export async function endEnvelope(
  work: CommandContext,
  envelope: Envelope,
  parties: readonly Party[],
  { state, reason }: { state: Extract<EnvelopeState, 'declined' | 'voided' | 'expired' | 'superseded'>; reason: string | null },
): Promise<void> {
  Object.assign(envelope, { state, endedAt: work.now, endReason: reason })
  await appendAudit(work, {
    action: `envelope.${state}`,
    subject: envelopeSubject(envelope),
    data: { documentId: envelope.document, contentHash: envelope.contentHash ?? null },
    ...(reason !== null && { personal: { reason } }),
  })
  for (const party of parties) {
    if (party.notifiedAt && party.state !== 'delegated') await sendLetter(work, party, 'signing-outcome')
    // an expired envelope goes on where it was when its deadline is extended
    if (state !== 'expired' && ['waiting', 'invited', 'viewed'].includes(party.state)) party.state = 'skipped'
  }
}
