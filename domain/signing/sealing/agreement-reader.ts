/** Reads a completed envelope as what a sealed agreement is made from. */
import { readAuditRows } from '../../audit/audit-log.ts'
import { readCanonicalText } from '../../history/content-hash.ts'
import type { QueryContext } from '../../kernel/operation.ts'
import { readNames } from '../../users/display-name.ts'
import { readActs } from '../details.ts'
import { documentSubject, Envelope, envelopeSubject } from '../envelope.ts'
import { stepsOf } from '../order.ts'
import { type Party, readParties } from '../party.ts'
import type { SealedOutcome, SealedParty, SealInput, SignatureMark } from '../seal/seal-input.ts'

type Act = Awaited<ReturnType<typeof readActs>>[number]

/** @param envelope completed */
export async function readAgreement(view: QueryContext, envelope: Envelope): Promise<SealInput> {
  const parties = await readParties(view, envelope.id)
  const acts = await readActs(view, envelope.id)
  const rows = await readAuditRows(view, envelopeSubject(envelope))
  const personal = new Map(rows.map(({ record, personal }) => [record.position, personal?.details ?? undefined]))
  const { text } = await readCanonicalText(view, documentSubject(envelope), envelope.seq ?? undefined)
  const nameOf = await readNames(view, [envelope.createdBy])
  const steps = stepsOf(parties)
  return {
    envelope: {
      id: envelope.id,
      title: envelope.title,
      order: Object.keys(envelope.needed).length > 0 ? 'groups' : steps.length > 1 ? 'sequential' : 'parallel',
      sender: nameOf(envelope.createdBy) ?? 'Unknown',
      sentAt: toIso(envelope.sentAt) as string,
      completedAt: toIso(envelope.endedAt) as string,
      version: await countVersions(view, envelope),
    },
    document: {
      name: documentSubject(envelope),
      at: envelope.seq as number,
      hash: envelope.contentHash as string,
      text,
    },
    parties: [...parties]
      .sort((one, other) => one.step - other.step || one.number - other.number)
      .map((party) => {
        const act = acts.find((one) => one.party === party.id)
        return toSealedParty(envelope, parties, party, act, act && personal.get(Number(act.audit_position)))
      }),
    publicUrl: view.ports.outbound.publicUrl,
  }
}

const toIso = (date: Date | null | undefined): string | undefined => date?.toISOString()

/** How many envelopes it stands in the place of, and itself. */
async function countVersions(view: QueryContext, { supersedes }: Envelope): Promise<number> {
  let versions = 1
  for (let earlier = supersedes; earlier; versions++) earlier = (await view.em.findOne(Envelope, earlier))?.supersedes
  return versions
}

const outcomes: Partial<Record<Party['state'], SealedOutcome>> = {
  signed: 'signed',
  approved: 'approved',
  declined: 'declined',
  delegated: 'delegated',
}

function toSealedParty(
  { needed }: Envelope,
  parties: readonly Party[],
  party: Party,
  act: Act | undefined,
  personal: Record<string, string> | undefined,
): SealedParty {
  const { id, name, email, role, step, state, reason } = party
  const nameOf = (other: string | null | undefined) => parties.find((one) => one.id === other)?.name
  const members = parties.filter(
    (one) => one.step === step && (one.role === 'signer' || one.role === 'approver') && one.state !== 'delegated',
  )
  const group = needed[step] === undefined ? undefined : `Step ${step} (${needed[step]} of ${members.length})`
  return {
    id,
    name,
    email,
    role,
    order: step,
    group,
    outcome: role === 'copy' ? 'informed' : (outcomes[state] ?? 'waiting'),
    witnessOf: nameOf(party.witnessOf),
    delegatedBy: nameOf(party.delegatedFrom),
    reason: reason ?? undefined,
    sentAt: toIso(party.notifiedAt),
    viewedAt: toIso(party.viewedAt),
    actedAt: toIso(party.actedAt),
    method: act?.method,
    consentVersion: act?.consent_version ?? undefined,
    address: personal?.address,
    userAgent: personal?.userAgent,
    confirmedHash: act?.content_hash,
    audit: act && { position: Number(act.audit_position), hash: act.audit_hash },
    mark: act && toMark(act),
  }
}

function toMark({ mark, image }: Act): SignatureMark | undefined {
  const stored = mark as { kind: 'typed'; text: string } | { kind: 'drawn' } | null
  if (stored?.kind === 'typed') return stored
  return stored && image ? { kind: 'drawn', png: new Uint8Array(image) } : undefined
}
