/** Envelopes as they are answered: with their parties, mails and files. */
import { readRole } from '../access/grant.ts'
import { type DeliveryState, readDeliveryStates } from '../delivery/delivery.ts'
import type { QueryContext } from '../kernel/operation.ts'
import { readNames } from '../users/display-name.ts'
import { documentSubject, type Envelope } from './envelope.ts'
import { findOwnParty, type Party, readParties } from './party.ts'

/** A party with what is known about their mail and their act. */
export interface PartyDetails {
  party: Party
  /** Of the newest invitation by mail; null where none was sent. */
  mail: { state: DeliveryState; reason: string | null } | null
  auditPosition: number | null
}

export interface EnvelopeDetails {
  envelope: Envelope
  parties: PartyDetails[]
  senderName: string
  /** The actor's own party; null where they are none. */
  ownPartyId: string | null
  /** Whether the actor owns the document, and so can send, correct and void. */
  isOwner: boolean
  files: { kind: string; sha256: string; madeAt: Date; warnings: string[] }[]
}

/** Reads what belongs to an envelope, as the actor sees it. */
export async function readDetails(view: QueryContext, envelope: Envelope): Promise<EnvelopeDetails> {
  const parties = await readParties(view, envelope.id)
  const [acts, mails, files, own] = [
    await readActs(view, envelope.id),
    await readDeliveryStates(
      view,
      parties.flatMap(({ invitation }) => invitation ?? []),
    ),
    await view.db.selectFrom('envelope_file').selectAll().where('envelope', '=', envelope.id).orderBy('kind').execute(),
    await findOwnParty(view, envelope.id),
  ]
  const role = view.actor.id === null ? undefined : await readRole(view, documentSubject(envelope), view.actor.id)
  const nameOf = await readNames(view, [envelope.createdBy])
  return {
    envelope,
    parties: parties.map((party) => ({
      party,
      mail: (party.invitation && mails.get(party.invitation)) || null,
      auditPosition: Number(acts.find((act) => act.party === party.id)?.audit_position ?? 0) || null,
    })),
    senderName: nameOf(envelope.createdBy) ?? '',
    ownPartyId: own?.id ?? null,
    isOwner: role === 'owner',
    files: files.map(({ kind, sha256, made_at, warnings }) => ({
      kind,
      sha256,
      madeAt: new Date(made_at),
      warnings: warnings as string[],
    })),
  }
}

/** The acts of an envelope's parties, in their order. */
export const readActs = (view: QueryContext, envelope: string) =>
  view.db.selectFrom('envelope_act').selectAll().where('envelope', '=', envelope).orderBy('audit_position').execute()
