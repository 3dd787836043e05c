/** How the acts of an envelope move the state machine of its legal document. */
import type { CommandContext, QueryContext } from '../../kernel/operation.ts'
import type { DocumentFactReader } from '../../legal/machine/document-facts.ts'
import { recordSignedDocument } from '../../legal/compliance/compliance-change.ts'
import { findDraft } from '../../legal/draft-entity.ts'
import { legalDocumentMachine } from '../../legal/machine/document-machine.ts'
import type { Transitioned } from '../../workflows/events.ts'
import { readMachine, sendMachineEvent } from '../../workflows/machine.ts'
import { readActs } from '../details.ts'
import { Envelope } from '../envelope.ts'
import { countMissing, stepsOf } from '../order.ts'
import { Party, readParties } from '../party.ts'

type Reason = { reason?: string; data?: Record<string, unknown> }

const send = (work: CommandContext, { document }: Envelope, event: string, options: Reason = {}) =>
  sendMachineEvent(work, legalDocumentMachine, document, event, options)

/**
 * The events that lead from a state to signing. A document for which nobody was asked to review is approved by its sender; where somebody
 * was, the guards refuse it without their approval.
 */
const eventsToSigning: Record<string, readonly string[]> = {
  draft: ['SUBMIT_FOR_REVIEW', 'APPROVE', 'INITIATE_SIGNING'],
  revision_requested: ['REVISION_COMPLETE', 'APPROVE', 'INITIATE_SIGNING'],
  under_review: ['APPROVE', 'INITIATE_SIGNING'],
  signature_rejected: ['RETRY_SIGNING'],
  signing_expired: ['EXTEND_SIGNING'],
}

/** The document is being signed. @throws DomainError conflict where its state does not allow that */
export async function beginSigning(work: CommandContext, envelope: Envelope): Promise<void> {
  const { state } = await readMachine(work, legalDocumentMachine, envelope.document)
  for (const event of eventsToSigning[state] ?? ['INITIATE_SIGNING'])
    await send(work, envelope, event, { reason: 'Sent to be signed.', data: { envelopeId: envelope.id } })
}

/** A party signed. */
export async function recordSignature(work: CommandContext, envelope: Envelope, partyId: string): Promise<void> {
  await send(work, envelope, 'SIGNATURE_RECEIVED', { data: { envelopeId: envelope.id, partyId } })
}

/** Everybody who is needed has signed. */
export async function recordCompletion(work: CommandContext, envelope: Envelope): Promise<void> {
  await send(work, envelope, 'ALL_SIGNATURES_COMPLETE', { data: { envelopeId: envelope.id } })
  await verifySignatures(work, envelope)
  const { kind } = await findDraft(work, envelope.document)
  for (const { userId, role, state, actedAt } of await readParties(work, envelope.id))
    if (userId && role === 'signer' && state === 'signed' && actedAt)
      await recordSignedDocument(work, { userId, kind, documentId: envelope.document, signedAt: actedAt })
}

/** Compares the recorded acts with the text that was sent. */
export async function verifySignatures(work: CommandContext, envelope: Envelope): Promise<void> {
  const { invalid } = await countSignatures(work, envelope)
  await send(work, envelope, invalid === 0 ? 'SIGNATURES_VERIFIED' : 'SIGNATURE_INVALID', { data: { envelopeId: envelope.id } })
}

/** Verifies the signatures of a document again, in the transaction in which its owner asks for it. */
export async function retryVerification(work: CommandContext, { type, machineId, event }: Transitioned): Promise<void> {
  if (type !== legalDocumentMachine.type || event !== 'RETRY_VERIFICATION') return
  const envelope = await findSentEnvelope(work, machineId)
  if (envelope) await verifySignatures(work, envelope)
}

/** The newest envelope of a document that was sent. */
const findSentEnvelope = async (view: QueryContext, document: string): Promise<Envelope | undefined> =>
  (await view.em.find(Envelope, { document, sentAt: { $ne: null } }, { orderBy: { sentAt: 'desc' }, limit: 1 }))[0]

/** A party declined, or the envelope was voided or replaced. */
export async function recordRejection(work: CommandContext, envelope: Envelope, reason: string): Promise<void> {
  await send(work, envelope, 'SIGNATURE_REJECTED', { reason, data: { envelopeId: envelope.id } })
}

/** The deadline of the envelope passed. */
export async function recordExpiry(work: CommandContext, envelope: Envelope): Promise<void> {
  await send(work, envelope, 'SIGNING_EXPIRED', { data: { envelopeId: envelope.id } })
}

async function countSignatures(view: QueryContext, envelope: Envelope) {
  const parties = await readParties(view, envelope.id)
  const acts = await readActs(view, envelope.id)
  const signed = acts.filter(({ kind }) => kind === 'signed').length
  const missing = stepsOf(parties).reduce((sum, step) => sum + countMissing(parties, step, envelope.needed), 0)
  return { signed, required: signed + missing, invalid: acts.filter(({ content_hash }) => content_hash !== envelope.contentHash).length }
}

/** What the guards of the machine ask about signatures: those of the newest envelope that was sent. */
export const signatureFacts: DocumentFactReader = {
  guards: ['hasRequiredSigners', 'hasSignature', 'hasAllSignatures', 'allSignaturesValid'],
  async read(view, document) {
    const sent = await findSentEnvelope(view, document)
    return sent ? { signers: await countSignatures(view, sent) } : {}
  },
}

/** The kinds of documents that wait for a person's signature. */
export async function readPendingKinds(view: QueryContext, userId: string): Promise<string[]> {
  const own = await view.em.find(Party, { userId, role: 'signer', state: { $in: ['waiting', 'invited', 'viewed'] } })
  const open = await view.em.find(Envelope, { id: { $in: own.map(({ envelope }) => envelope) }, state: 'sent' })
  const kinds: string[] = []
  for (const { document } of open) kinds.push((await findDraft(view, document)).kind)
  return kinds
}
