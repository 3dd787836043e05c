/** Acts of parties on an envelope. Each locks the envelope first, so that acts happen one after the other. */
import { DomainError } from '../../kernel/errors.ts'
import type { CommandContext } from '../../kernel/operation.ts'
import { getActingParty } from '../access.ts'
import { type Envelope, type EnvelopeState, lockEnvelope } from '../envelope.ts'
import { hasActed, isOnTurn, type Party, readParties } from '../party.ts'

/** An envelope with all its parties, and the one that acts. */
export interface Acting {
  envelope: Envelope
  parties: Party[]
  party: Party
}

const endings: Record<EnvelopeState, string> = {
  draft: 'This envelope was not sent yet.',
  sent: '',
  completed: 'This envelope is complete.',
  declined: 'This envelope was declined.',
  voided: 'This envelope was voided by its sender.',
  expired: 'The deadline of this envelope has passed.',
  superseded: 'This envelope was replaced by a corrected one.',
}

/** Locks an envelope and finds the party that the actor is. @throws DomainError not-found */
export async function lockActing(work: CommandContext, id: string): Promise<Acting> {
  const envelope = await lockEnvelope(work, id)
  const own = await getActingParty(work, envelope)
  const parties = await readParties(work, id)
  return { envelope, parties, party: parties.find((party) => party.id === own.id) as Party }
}

/** @throws DomainError conflict where the envelope takes no acts, or it is not this party's turn to act */
export function assertTurn(work: CommandContext, { envelope, party }: Acting): void {
  const { state, deadline } = envelope
  if (hasActed(party)) throw new DomainError('conflict', 'You have signed or approved this envelope before.')
  if (state !== 'sent') throw new DomainError('conflict', endings[state])
  // the schedule that ends the envelope runs every minute
  if (deadline && deadline.getTime() <= work.now.getTime()) throw new DomainError('conflict', endings.expired)
  if (party.state === 'delegated') throw new DomainError('conflict', 'Somebody else acts in your place.')
  if (party.role === 'copy') throw new DomainError('conflict', 'You get a copy of this envelope. There is nothing to sign.')
  if (party.state === 'skipped') throw new DomainError('conflict', 'Enough others of your step have acted.')
  if (!isOnTurn(party)) throw new DomainError('conflict', 'It is not your turn yet: others act before you.')
}

/** @throws DomainError conflict where the actor confirms another text than the one that was sent */
export function assertHash({ contentHash }: Envelope, expected: string): void {
  if (contentHash !== expected)
    throw new DomainError('conflict', `The text that you confirm (hash ${expected}) is not the text of this envelope. Open it again.`)
}
