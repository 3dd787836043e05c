/** Delegating: a party names somebody else, who acts in their place under their own name. */
import { newId } from '../../kernel/entity.ts'
import { DomainError } from '../../kernel/errors.ts'
import { grantRole } from '../../access/grant.ts'
import { command } from '../../kernel/operation.ts'
import { requireParty } from '../access.ts'
import { assertTurn, lockActing } from './act.ts'
import { type EnvelopeDetails, readDetails } from '../details.ts'
import { envelopeInput, envelopeSubject } from '../envelope.ts'
import { PartyDelegated } from '../events.ts'
import { inviteParty } from './invite.ts'
import { endLinks } from '../links/link.ts'
import { Party, PersonInput } from '../party.ts'
import { newParty, resolvePerson } from '../prepare.ts'
import { describeParty, recordAct, RequestOrigin } from './record.ts'

export const delegateEnvelope = command('signing.delegateEnvelope', {
  input: { ...envelopeInput, ...PersonInput, ...RequestOrigin },
  authorize: requireParty,
  async execute(work, { id, name, email, ...origin }): Promise<EnvelopeDetails> {
    const acting = await lockActing(work, id)
    const { envelope, parties, party } = acting
    assertTurn(work, acting)
    const person = await resolvePerson(work, { name, email }, () => {})
    if (!person || parties.some((other) => other.email === person.email || (person.userId && other.userId === person.userId)))
      throw new DomainError('conflict', 'This person is a party of the envelope.')
    const { role, step, witnessOf } = party
    const delegate = work.em.create(Party, {
      ...newParty,
      ...person,
      id: newId(),
      envelope: id,
      number: Math.max(...parties.map(({ number }) => number)) + 1,
      role,
      step,
      witnessOf,
      delegatedFrom: party.id,
    })
    work.em.persist(delegate)
    party.state = 'delegated'
    await endLinks(work, party.id)
    // witnesses of the signer are witnesses of the one who signs in their place
    for (const witness of parties) if (witness.witnessOf === party.id) witness.witnessOf = delegate.id
    await work.em.flush()
    await recordAct(work, 'party.delegated', { envelope, party, origin }, { to: delegate.id }, describeParty(delegate))
    const subject = envelopeSubject(envelope)
    if (person.userId !== null) await grantRole(work, subject, person.userId, 'viewer')
    await inviteParty(work, envelope, delegate)
    const data = { envelopeId: id, documentId: envelope.document, partyId: party.id, toPartyId: delegate.id }
    work.emit(PartyDelegated, { subject, audience: [subject], data })
    return readDetails(work, envelope)
  },
})
