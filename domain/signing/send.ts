/** Sending an envelope: its document is frozen, and the first parties are invited. */
import { grantRole } from '../access/grant.ts'
import { appendAudit } from '../audit/append.ts'
import { type Document, findDocument, freezeIn, lockDocument } from '../documents/document.ts'
import { readContentHash } from '../history/content-hash.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type CommandContext } from '../kernel/operation.ts'
import { readBlockers } from '../legal/review/readiness.ts'
import { requireEnvelopeOwner } from './access.ts'
import { type EnvelopeDetails, readDetails } from './details.ts'
import { documentSubject, type Envelope, envelopeInput, envelopeSubject, findEnvelope, lockEnvelope } from './envelope.ts'
import { EnvelopeSent } from './events.ts'
import { advanceOrder, sendLetter } from './acts/invite.ts'
import { beginSigning } from './acts/legal-state.ts'
import { Party, readParties } from './party.ts'
import { describeParty } from './acts/record.ts'

/** Sends an envelope. The text can no longer be edited; work goes on in a new draft. */
export const sendEnvelope = command('signing.sendEnvelope', {
  input: envelopeInput,
  authorize: requireEnvelopeOwner,
  // of a large text this takes a while
  prepare: async (view, { id }) => readContentHash(view, documentSubject(await findEnvelope(view, id))),
  async execute(work, { id }, text): Promise<EnvelopeDetails> {
    const envelope = await lockEnvelope(work, id)
    if (envelope.state !== 'draft') throw new DomainError('conflict', 'This envelope was sent before.')
    const parties = await readParties(work, id)
    assertComplete(work, envelope, parties)
    const document = await freezeText(work, envelope, text)
    await assertNoBlockers(work, envelope)
    await openEnvelope(work, envelope, parties, { document, hash: text.hash })
    return readDetails(work, envelope)
  },
  async afterCommit(details, ports): Promise<EnvelopeDetails> {
    await ports.enforce({ subject: documentSubject(details.envelope) })
    return details
  },
})

/** Begins an envelope of a frozen document. @param text.hash the content hash of the document */
export async function openEnvelope(
  work: CommandContext,
  envelope: Envelope,
  parties: readonly Party[],
  { document: { head, title }, hash }: { document: Pick<Document, 'head' | 'title'>; hash: string },
): Promise<void> {
  Object.assign(envelope, { state: 'sent', sentAt: work.now, contentHash: hash, seq: head, title })
  await work.em.flush()
  await beginSigning(work, envelope)
  await recordSent(work, envelope, parties)
  await admitParties(work, envelope, parties)
  await advanceOrder(work, envelope, parties)
}

function assertComplete(work: CommandContext, { deadline, needed }: Envelope, parties: readonly Party[]): void {
  const counting = parties.filter(({ role }) => role === 'signer' || role === 'approver')
  const problems: string[] = []
  if (!parties.some(({ role }) => role === 'signer')) problems.push('Add at least one signer.')
  if (deadline && deadline.getTime() <= work.now.getTime()) problems.push('The deadline has passed: choose a later one.')
  for (const [step, number] of Object.entries(needed)) {
    const most = counting.filter((party) => party.step === Number(step)).length
    if (number > most) problems.push(`Step ${step} has ${most} signers and approvers, of whom ${number} cannot be needed.`)
  }
  if (problems.length > 0) throw new DomainError('conflict', problems.join(' '))
}

/** Freezes the document in the state whose hash was computed. A document that an earlier envelope froze stays so. */
async function freezeText(work: CommandContext, envelope: Envelope, { at }: { at: number }): Promise<Document> {
  await lockDocument(work, envelope.document)
  const document = await findDocument(work, documentSubject(envelope))
  if (document.head !== at)
    throw new DomainError('conflict', 'The text was edited at this moment. Send the envelope again.', { retryAfter: 1 })
  if (!document.frozenAt) freezeIn(work, document)
  return document
}

async function assertNoBlockers(work: CommandContext, { document }: Envelope): Promise<void> {
  const blockers = await readBlockers(work, document)
  if (blockers.length === 0) return
  throw new DomainError('conflict', `The document cannot be sent: ${blockers.map(({ message }) => message).join(' ')}`, {
    fields: blockers.map(({ code, message }) => ({ path: code, message })),
  })
}

async function recordSent(work: CommandContext, envelope: Envelope, parties: readonly Party[]): Promise<void> {
  const { id: envelopeId, document: documentId, contentHash, seq, needed, deadline, supersedes } = envelope
  const subject = envelopeSubject(envelope)
  await appendAudit(work, {
    action: 'envelope.sent',
    subject,
    data: {
      documentId,
      contentHash: contentHash as string,
      seq: seq as number,
      needed,
      deadline: deadline?.toISOString() ?? null,
      supersedes: supersedes ?? null,
      parties: parties.map(({ id, role, step, witnessOf }) => ({ id, role, step, witnessOf: witnessOf ?? null })),
    },
    personal: Object.assign({}, ...parties.map(describeParty)) as Record<string, string>,
  })
  work.emit(EnvelopeSent, { subject, audience: [subject], data: { envelopeId, documentId } })
}

/** Lets parties with an account read the envelope, and sends copies at the request. */
async function admitParties(work: CommandContext, envelope: Envelope, parties: readonly Party[]): Promise<void> {
  const subject = envelopeSubject(envelope)
  const owners = new Set([envelope.createdBy])
  for (const { userId } of parties) {
    if (!userId || owners.has(userId)) continue
    owners.add(userId)
    await grantRole(work, subject, userId, 'viewer')
  }
  for (const party of parties.filter(({ role }) => role === 'copy')) {
    party.notifiedAt = work.now
    await sendLetter(work, party, 'signing-copy')
  }
}
