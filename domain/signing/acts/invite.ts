/** Whose turn begins: parties with an account get a notification, the others a mail with a link. */
import { queueDelivery } from '../../delivery/delivery.ts'
import type { CommandContext } from '../../kernel/operation.ts'
import { type Envelope, envelopeSubject } from '../envelope.ts'
import { PartyInvited } from '../events.ts'
import { createLink } from '../links/link.ts'
import { partiesToInvite, partiesToSkip } from '../order.ts'
import type { Party } from '../party.ts'

/** The kinds of letters about an envelope; the id of each is that of a link. */
export type EnvelopeLetter = 'signing-invitation' | 'signing-reminder' | 'signing-copy' | 'signing-outcome'

/** Begins the turns that the acts so far allow, and ends the turns of parties who are not needed any more. */
export async function advanceOrder(work: CommandContext, envelope: Envelope, parties: readonly Party[]): Promise<void> {
  for (const party of partiesToSkip(parties, envelope.needed)) party.state = 'skipped'
  for (const party of partiesToInvite(parties, envelope.needed)) await inviteParty(work, envelope, party)
}

/** Begins a party's turn. */
export async function inviteParty(work: CommandContext, envelope: Envelope, party: Party): Promise<void> {
  party.state = 'invited'
  party.notifiedAt = work.now
  await sendLetter(work, party, 'signing-invitation')
  const subject = envelopeSubject(envelope)
  const data = { envelopeId: envelope.id, documentId: envelope.document, partyId: party.id }
  work.emit(PartyInvited, { subject, audience: [subject], data })
}

/** Queues a mail with a link for a party without an account. Parties with one get notifications of the events. */
export async function sendLetter(work: CommandContext, party: Party, letter: EnvelopeLetter): Promise<void> {
  if (party.userId !== null) return
  const letterId = await createLink(work, party.id)
  const { id } = queueDelivery(work, { channel: 'email', target: party.email, letter, letterId })
  if (letter === 'signing-invitation' || letter === 'signing-reminder') party.invitation = id
}
