/** Parties of an envelope: who acts, in which role and when. */
import { z } from 'zod'
import { defineEntity, identity, p } from '../kernel/entity.ts'
import { notFound } from '../kernel/errors.ts'
import type { QueryContext } from '../kernel/operation.ts'
import { singleLine } from '../kernel/text/well-formed.ts'
import { Email } from '../users/user.ts'

/** `copy` gets the document and does nothing; a `witness` signs after the signer to whom it is bound. */
export const partyRoles = ['signer', 'approver', 'witness', 'copy'] as const
export type PartyRole = (typeof partyRoles)[number]

/**
 * `waiting`: not their turn yet; `invited`: their turn; `skipped`: others of their step were enough, or the envelope ended before;
 * `delegated`: another party acts in their place.
 */
export const partyStates = ['waiting', 'invited', 'viewed', 'signed', 'approved', 'declined', 'delegated', 'skipped'] as const
export type PartyState = (typeof partyStates)[number]

const PartySchema = defineEntity({
  name: 'Party',
  tableName: 'envelope_party',
  properties: {
    ...identity(),
    envelope: p.uuid(),
    /** Their place in the list, from 1. */
    number: p.integer(),
    /** The account of a party who has one; null: they use a link from a mail. */
    userId: p.uuid().nullable(),
    name: p.string().length(200),
    email: p.string().length(320),
    role: p.string().$type<PartyRole>().length(16),
    /** Parties of one step act in any order; a step begins when the one before it is complete. */
    step: p.integer(),
    /** Of a witness: the id of the signer. */
    witnessOf: p.uuid().nullable(),
    /** The party in whose place they act. */
    delegatedFrom: p.uuid().nullable(),
    state: p.string().$type<PartyState>().length(16),
    notifiedAt: p.datetime().length(3).nullable(),
    viewedAt: p.datetime().length(3).nullable(),
    actedAt: p.datetime().length(3).nullable(),
    remindedAt: p.datetime().length(3).nullable(),
    /** Why they declined. */
    reason: p.text().nullable(),
    /** The delivery of the newest mail that invited them. */
    invitation: p.uuid().nullable(),
  },
})
/** One party. */
export class Party extends PartySchema.class {}
PartySchema.setClass(Party)

/** Directional formatting characters: they could make a name look like another one (Unicode TR 36, bidirectional spoofing). */
const directional = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
/** A person's name: one line, without characters that change the direction of the text. */
export const PersonName = z
  .string()
  .max(1000)
  .overwrite((name) => name.replace(directional, ''))
  .pipe(singleLine(200))

/** The name and the address of a party without an account. */
export const PersonInput = { name: PersonName, email: Email }

/** Whether it is their turn. */
export const isOnTurn = ({ state }: Party): boolean => state === 'invited' || state === 'viewed'
export const hasActed = ({ state }: Party): boolean => state === 'signed' || state === 'approved'

/** The parties of an envelope, in their order. */
export const readParties = (view: QueryContext, envelope: string): Promise<Party[]> =>
  view.em.find(Party, { envelope }, { orderBy: { number: 'asc' } })

/** The party of an envelope that the actor is: by their account, or by the link that they opened; undefined where they are none. */
export async function findOwnParty(view: QueryContext, envelope: string): Promise<Party | undefined> {
  const { kind, id } = view.actor
  if (kind === 'link') return (await view.em.findOne(Party, { id, envelope })) ?? undefined
  if (kind !== 'person') return undefined
  const own = await view.em.find(Party, { userId: id, envelope }, { orderBy: { number: 'asc' } })
  return own.find((party) => party.role !== 'copy' && party.state !== 'delegated') ?? own[0]
}

/** As `findOwnParty`. @throws DomainError not-found where the actor is no party, so that the envelope looks absent */
export async function getOwnParty(view: QueryContext, envelope: string): Promise<Party> {
  const party = await findOwnParty(view, envelope)
  if (!party) throw notFound()
  return party
}
