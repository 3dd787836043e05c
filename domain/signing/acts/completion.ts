/** Completion: a part of the transaction of the last act. Files, mails and webhooks follow it and can be repeated. */
import { appendAudit } from '../../audit/append.ts'
import type { CommandContext } from '../../kernel/operation.ts'
import { readActs } from '../details.ts'
import { type Envelope, envelopeSubject } from '../envelope.ts'
import { EnvelopeCompleted } from '../events.ts'
import { recordCompletion } from './legal-state.ts'
import { sendLetter } from './invite.ts'
import type { Party } from '../party.ts'

/** Completes an envelope whose steps are all complete. */
export async function completeEnvelope(work: CommandContext, envelope: Envelope, parties: readonly Party[]): Promise<void> {
  const acts = await readActs(work, envelope.id)
  Object.assign(envelope, { state: 'completed', endedAt: work.now })
  const subject = envelopeSubject(envelope)
  await appendAudit(work, {
    action: 'envelope.completed',
    subject,
    data: {
      documentId: envelope.document,
      contentHash: envelope.contentHash as string,
      seq: envelope.seq as number,
      acts: acts.map(({ party, audit_position }) => ({ partyId: party, position: Number(audit_position) })),
    },
  })
  await work.em.flush()
  await recordCompletion(work, envelope)
  for (const party of parties) if (party.state !== 'delegated') await sendLetter(work, party, 'signing-outcome')
  const data = { envelopeId: envelope.id, documentId: envelope.document, contentHash: envelope.contentHash as string }
  work.emit(EnvelopeCompleted, { subject, audience: [subject], data })
}
