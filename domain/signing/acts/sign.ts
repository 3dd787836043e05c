/** Signing, approving and witnessing. The last act completes the envelope in its own transaction. */
import { z } from 'zod'
import { DomainError, notFound } from '../../kernel/errors.ts'
import { command, type CommandContext, type QueryContext } from '../../kernel/operation.ts'
import { requireHolder, requireParty } from '../access.ts'
import { type Acting, assertHash, assertTurn, lockActing } from './act.ts'
import { completeEnvelope } from './completion.ts'
import { findConsent } from '../consent.ts'
import { type EnvelopeDetails, readDetails } from '../details.ts'
import { Envelope, envelopeInput, envelopeSubject } from '../envelope.ts'
import { PartySigned } from '../events.ts'
import { advanceOrder } from './invite.ts'
import { recordSignature } from './legal-state.ts'
import { Mark, readMarkImage } from '../mark.ts'
import { currentStep } from '../order.ts'
import { findOwnParty } from '../party.ts'
import { describeAuthentication, recordAct, RequestOrigin, timeOfAct } from './record.ts'

/** A content hash in a request. */
export const Hash = z.string().regex(/^[0-9a-f]{64}$/, 'takes a SHA-256 in lower-case hexadecimal digits')

/**
 * The envelope of a document in which the actor is a party: the open one, or the newest.
 * @throws DomainError not-found where they are a party of none
 */
async function findEnvelopeOf(view: QueryContext, documentId: string): Promise<Envelope> {
  const envelopes = await view.em.find(Envelope, { document: documentId, state: { $ne: 'draft' } }, { orderBy: { id: 'desc' } })
  const own: Envelope[] = []
  for (const envelope of envelopes) if (await findOwnParty(view, envelope.id)) own.push(envelope)
  const found = own.find(({ state }) => state === 'sent') ?? own[0]
  if (!found) throw notFound()
  return found
}

/** What a person confirms when they sign. */
export const signInput = {
  expectedHash: Hash.describe('the hash of the text that you read'),
  consentVersion: z.string().max(32).describe('the version of the consent that you agreed to'),
  mark: Mark,
  postalAddress: z.string().trim().min(5).max(500).optional().describe('of a witness, for whom it is required'),
  ...RequestOrigin,
}
type SignInput = z.output<z.ZodObject<typeof signInput>>

/** Signs a document in the envelope in which the actor is a signer or witness. */
export const signDocument = command('signing.signDocument', {
  input: { id: z.uuid().describe('of the document'), ...signInput },
  async authorize(view, { id }) {
    requireHolder(view)
    await requireParty(view, await findEnvelopeOf(view, id))
  },
  async execute(work, { id, ...input }): Promise<EnvelopeDetails> {
    const acting = await lockActing(work, (await findEnvelopeOf(work, id)).id)
    return sign(work, acting, input)
  },
})

/** Signs the document of one envelope. */
export const signEnvelope = command('signing.signEnvelope', {
  input: { ...envelopeInput, ...signInput },
  authorize: requireParty,
  execute: async (work, { id, ...input }): Promise<EnvelopeDetails> => sign(work, await lockActing(work, id), input),
})

async function sign(work: CommandContext, acting: Acting, input: SignInput): Promise<EnvelopeDetails> {
  const { envelope, party } = acting
  assertTurn(work, acting)
  assertHash(envelope, input.expectedHash)
  if (party.role === 'approver') throw new DomainError('conflict', 'You are an approver of this envelope: approve it.')
  assertConsent(input.consentVersion)
  if (party.role === 'witness' && !input.postalAddress) throw invalid('postalAddress', 'is required for a witness')
  if (party.role !== 'witness' && input.postalAddress) throw invalid('postalAddress', 'is only allowed for a witness')
  await recordOwnAct(work, acting, 'signed', input)
  return readDetails(work, envelope)
}

/** @throws DomainError invalid-input for a version of the consent that does not exist */
export function assertConsent(version: string): void {
  if (!findConsent(version)) throw invalid('consentVersion', 'is not a version of the consent')
}

const invalid = (path: string, message: string) => new DomainError('invalid-input', `${path}: ${message}`, { fields: [{ path, message }] })

/** Approves an envelope as its approver. */
export const approveEnvelope = command('signing.approveEnvelope', {
  input: { ...envelopeInput, expectedHash: signInput.expectedHash, ...RequestOrigin },
  authorize: requireParty,
  async execute(work, { id, ...input }): Promise<EnvelopeDetails> {
    const acting = await lockActing(work, id)
    assertTurn(work, acting)
    assertHash(acting.envelope, input.expectedHash)
    if (acting.party.role !== 'approver') throw new DomainError('conflict', `You are a ${acting.party.role} of this envelope: sign it.`)
    await recordOwnAct(work, acting, 'approved', input)
    return readDetails(work, acting.envelope)
  },
})

/** Records a party's own act, and completes the envelope where it was the last one that is needed. */
export async function recordOwnAct(
  work: CommandContext,
  acting: Acting,
  kind: 'signed' | 'approved',
  input: Partial<SignInput> & { expectedHash: string },
): Promise<void> {
  const { envelope, parties, party } = acting
  const at = timeOfAct(work, envelope, parties)
  const { mark, consentVersion, postalAddress, address, userAgent, expectedHash } = input
  const image = mark ? readMarkImage(mark) : null
  const row = await recordAct(
    work,
    `party.${kind}`,
    { envelope, party, origin: { address, userAgent } },
    { at: at.toISOString(), mark: mark?.kind ?? null, consentVersion: consentVersion ?? null },
    { ...(mark?.kind === 'typed' && { typedName: mark.text }), ...(postalAddress && { postalAddress }) },
  )
  party.state = kind
  party.actedAt = at
  await work.em.flush()
  await work.db
    .insertInto('envelope_act')
    .values({
      party: party.id,
      envelope: envelope.id,
      kind,
      at,
      content_hash: expectedHash,
      consent_version: consentVersion ?? null,
      mark: mark ? JSON.stringify(mark.kind === 'typed' ? mark : { kind: mark.kind }) : null,
      image,
      method: describeAuthentication(work),
      postal_address: postalAddress ?? null,
      audit_position: row.position,
      audit_hash: row.hash,
    })
    .execute()
  const subject = envelopeSubject(envelope)
  const data = { envelopeId: envelope.id, documentId: envelope.document, partyId: party.id, role: party.role }
  work.emit(PartySigned, { subject, audience: [subject], data })
  if (kind === 'signed') await recordSignature(work, envelope, party.id)
  await advanceOrder(work, envelope, parties)
  if (currentStep(parties, envelope.needed) === undefined) await completeEnvelope(work, envelope, parties)
}
