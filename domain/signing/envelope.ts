/** Envelopes: one document sent to parties who sign, approve, witness or get a copy. */
import { LockMode } from '@mikro-orm/core'
import { z } from 'zod'
import { defineEntity, identity, p } from '../kernel/entity.ts'
import { notFound } from '../kernel/errors.ts'
import type { CommandContext, QueryContext } from '../kernel/operation.ts'

/**
 * `draft`: being prepared; `sent`: parties act; the others are final. `superseded` was replaced by a corrected envelope before it was
 * completed.
 */
export const envelopeStates = ['draft', 'sent', 'completed', 'declined', 'voided', 'expired', 'superseded'] as const
export type EnvelopeState = (typeof envelopeStates)[number]

const EnvelopeSchema = defineEntity({
  name: 'Envelope',
  tableName: 'envelope',
  properties: {
    ...identity(),
    /** The id of the legal document. */
    document: p.uuid(),
    title: p.string().length(200),
    state: p.string().$type<EnvelopeState>().length(16),
    createdBy: p.uuid(),
    /** Words of the sender to the parties. */
    message: p.text(),
    deadline: p.datetime().length(3).nullable(),
    remindEveryDays: p.integer().nullable(),
    declineAllowed: p.boolean(),
    /** Parties cannot read the text before their turn. */
    hideUntilTurn: p.boolean(),
    /** How many signers and approvers of a step must act, by step; absent: all of them. */
    needed: p.json<Record<string, number>>(),
    /** SHA-256 of the text that was sent (`readContentHash`), and the row of the journal after which it was so. */
    contentHash: p.string().length(64).nullable(),
    seq: p.bigint('number').nullable(),
    sentAt: p.datetime().length(3).nullable(),
    endedAt: p.datetime().length(3).nullable(),
    endReason: p.text().nullable(),
    supersedes: p.uuid().nullable(),
    version: p.integer().version(),
  },
})
/** One envelope. Its document is frozen from the moment it is sent. */
export class Envelope extends EnvelopeSchema.class {}
EnvelopeSchema.setClass(Envelope)

/** The input by which an operation names an envelope. */
export const envelopeInput = { id: z.uuid() }

export const envelopeSubject = ({ id }: { id: string }) => `envelope:${id}`
export const documentSubject = ({ document }: { document: string }) => `legal:${document}`

/** Whether an envelope takes no more acts. */
export const isEnded = ({ state }: Envelope): boolean => state !== 'draft' && state !== 'sent'

/** Reads an envelope. @throws DomainError not-found */
export const findEnvelope = (view: QueryContext, id: string): Promise<Envelope> => view.em.findOneOrFail(Envelope, id)

/** Locks an envelope until the transaction ends: acts of its parties happen one after the other. @throws DomainError not-found */
export async function lockEnvelope(work: CommandContext, id: string): Promise<Envelope> {
  const envelope = await work.em.findOne(Envelope, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  if (!envelope) throw notFound()
  return envelope
}
