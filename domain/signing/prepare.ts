/** Preparing envelopes: parties, order and settings, until they are sent. */
import { z } from 'zod'
import { requireEditor } from '../access/permission.ts'
import { createSubject, deleteSubject } from '../access/grant.ts'
import { newId } from '../kernel/entity.ts'
import { DomainError, type FieldError } from '../kernel/errors.ts'
import { assertVersion, ifMatch } from '../kernel/etag.ts'
import { command, type CommandContext } from '../kernel/operation.ts'
import { requireUserId } from '../kernel/permission.ts'
import { findDraft } from '../legal/draft-entity.ts'
import { findActiveUser } from '../users/account.ts'
import { requireEnvelopeReader } from './access.ts'
import { type EnvelopeDetails, readDetails } from './details.ts'
import { documentSubject, Envelope, envelopeInput, envelopeSubject, findEnvelope, lockEnvelope } from './envelope.ts'
import { EnvelopePrepared } from './events.ts'
import { Party, partyRoles, PersonInput } from './party.ts'

const maxParties = 100
/** How far ahead a deadline can be, days. */
const maxDeadlineDays = 366
const dayMs = 24 * 3600_000

const PartyInput = z
  .strictObject({
    userId: z.uuid().optional().describe('the account of the party; absent: name and e-mail'),
    name: PersonInput.name.optional(),
    email: PersonInput.email.optional(),
    role: z.enum(partyRoles),
    step: z.number().int().min(1).max(maxParties).default(1).describe('parties of one step act in any order, steps one after the other'),
    witnessOf: z.number().int().min(1).max(maxParties).optional().describe('of a witness: the place of the signer in the list, from 1'),
  })
  .meta({ id: 'PartyInput' })
type PartyInput = z.output<typeof PartyInput>

const settings = {
  parties: z.array(PartyInput).max(maxParties).optional(),
  message: z.string().max(2000).optional().describe('words to the parties'),
  deadline: z.iso.datetime().nullable().optional(),
  remindEveryDays: z.number().int().min(1).max(30).nullable().optional().describe('null: no reminders'),
  declineAllowed: z.boolean().optional(),
  hideUntilTurn: z.boolean().optional().describe('parties cannot read the text before their turn'),
  needed: z
    .record(z.string().regex(/^[1-9]\d{0,2}$/, 'takes the number of a step'), z.number().int().min(1).max(maxParties))
    .optional()
    .describe('how many signers and approvers of a step must act, by step; absent: all'),
}
type Settings = z.output<z.ZodObject<typeof settings>>

/** Prepares an envelope for a legal document. Nothing is sent. */
export const createEnvelope = command('signing.createEnvelope', {
  input: { documentId: z.uuid(), ...settings },
  authorize: requireEditor(({ documentId }) => documentSubject({ document: documentId })),
  async execute(work, { documentId, ...given }): Promise<EnvelopeDetails> {
    const { title } = await findDraft(work, documentId)
    const envelope = await insertEnvelope(work, { document: documentId, title, supersedes: null })
    await applySettings(work, envelope, given)
    return readDetails(work, envelope)
  },
})

/** Creates an empty envelope for a document. */
export async function insertEnvelope(
  work: CommandContext,
  { document, title, supersedes }: { document: string; title: string; supersedes: string | null },
): Promise<Envelope> {
  const createdBy = requireUserId(work)
  const envelope = work.em.create(Envelope, {
    id: newId(),
    document,
    title,
    state: 'draft',
    createdBy,
    message: '',
    deadline: null,
    remindEveryDays: null,
    declineAllowed: true,
    hideUntilTurn: false,
    needed: {},
    contentHash: null,
    seq: null,
    sentAt: null,
    endedAt: null,
    endReason: null,
    supersedes,
    version: 1,
  })
  work.em.persist(envelope)
  const subject = envelopeSubject(envelope)
  await createSubject(work, subject, { parent: documentSubject(envelope), owner: createdBy })
  emitPrepared(work, envelope)
  return envelope
}

function emitPrepared(work: CommandContext, envelope: Envelope) {
  const subject = envelopeSubject(envelope)
  work.emit(EnvelopePrepared, { subject, audience: [subject], data: { envelopeId: envelope.id, documentId: envelope.document } })
}

const requireEnvelopeEditor = async (view: Parameters<typeof requireEnvelopeReader>[0], { id }: { id: string }): Promise<void> => {
  await requireEnvelopeReader(view, { id })
  const envelope = await findEnvelope(view, id)
  await requireEditor(() => documentSubject(envelope))(view, {})
}

/** Changes an envelope that was not sent. Parties that are given replace all parties. */
export const updateEnvelope = command('signing.updateEnvelope', {
  input: { ...envelopeInput, ...settings, ifMatch },
  authorize: requireEnvelopeEditor,
  async execute(work, { id, ifMatch, ...given }): Promise<EnvelopeDetails> {
    const envelope = await lockEnvelope(work, id)
    assertVersion(envelope, ifMatch)
    assertPreparing(envelope)
    await applySettings(work, envelope, given)
    // the parties are rows of their own: the version says that they changed, too
    envelope.updatedAt = work.now
    emitPrepared(work, envelope)
    return readDetails(work, envelope)
  },
})

/** Deletes an envelope that was not sent. */
export const deleteEnvelope = command('signing.deleteEnvelope', {
  input: envelopeInput,
  authorize: requireEnvelopeEditor,
  async execute(work, { id }): Promise<void> {
    const envelope = await lockEnvelope(work, id)
    assertPreparing(envelope)
    await work.em.nativeDelete(Party, { envelope: id })
    work.em.remove(envelope)
    await deleteSubject(work, envelopeSubject(envelope))
  },
})

function assertPreparing({ state }: Envelope): void {
  if (state !== 'draft') throw new DomainError('conflict', 'This envelope was sent. Correct it to send another one in its place.')
}

async function applySettings(work: CommandContext, envelope: Envelope, { parties, deadline, ...settings }: Settings): Promise<void> {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
  Object.assign(envelope, given)
  if (deadline !== undefined) envelope.deadline = deadline === null ? null : readDeadline(work.now, deadline)
  if (parties) await replaceParties(work, envelope, parties)
}

/** @throws DomainError invalid-input for a deadline that has passed or is too far away */
export function readDeadline(now: Date, given: string): Date {
  const deadline = new Date(given)
  const message =
    deadline.getTime() <= now.getTime()
      ? 'must be in the future'
      : deadline.getTime() > now.getTime() + maxDeadlineDays * dayMs
        ? `must be at most ${maxDeadlineDays} days ahead`
        : undefined
  if (message) throw new DomainError('invalid-input', `deadline: ${message}`, { fields: [{ path: 'deadline', message }] })
  return deadline
}

async function replaceParties(work: CommandContext, envelope: Envelope, inputs: readonly PartyInput[]): Promise<void> {
  const ids = inputs.map(() => newId())
  const fields: FieldError[] = []
  const people: (Person | undefined)[] = []
  for (const [place, input] of inputs.entries()) people.push(await resolvePerson(work, input, (error) => fields.push(at(place, error))))
  inputs.forEach((input, place) => {
    const problem = checkWitness(inputs, input)
    if (problem) fields.push(at(place, problem))
    const { email } = people[place] ?? {}
    if (email && people.findIndex((other) => other?.email === email) < place)
      fields.push(at(place, { path: 'email', message: 'is the address of another party' }))
  })
  if (fields.length > 0)
    throw new DomainError('invalid-input', fields.map(({ path, message }) => `${path}: ${message}`).join('; '), { fields })
  await work.em.nativeDelete(Party, { envelope: envelope.id })
  for (const [place, { role, step, witnessOf }] of inputs.entries()) {
    const signer = witnessOf === undefined ? undefined : inputs[witnessOf - 1]
    const party = {
      ...newParty,
      ...(people[place] as Person),
      id: ids[place] as string,
      envelope: envelope.id,
      number: place + 1,
      role,
      step: signer?.step ?? step,
      witnessOf: witnessOf === undefined ? null : (ids[witnessOf - 1] as string),
    }
    work.em.persist(work.em.create(Party, party))
  }
}

/** What a party has before the envelope is sent. */
export const newParty = {
  delegatedFrom: null,
  witnessOf: null,
  state: 'waiting' as const,
  notifiedAt: null,
  viewedAt: null,
  actedAt: null,
  remindedAt: null,
  reason: null,
  invitation: null,
}

const at = (place: number, { path, message }: FieldError): FieldError => ({ path: `parties.${place}.${path}`, message })

/** Who a party is. */
export interface Person {
  userId: string | null
  name: string
  email: string
}

/** The account of an id or of an address, or the person as given. */
export async function resolvePerson(
  work: CommandContext,
  { userId, name, email }: { userId?: string | undefined; name?: string | undefined; email?: string | undefined },
  reject: (error: FieldError) => void,
): Promise<Person | undefined> {
  if (userId === undefined && (name === undefined || email === undefined)) {
    reject({ path: name === undefined ? 'name' : 'email', message: 'is required without userId' })
    return undefined
  }
  if (userId !== undefined && (name !== undefined || email !== undefined)) {
    reject({ path: name === undefined ? 'email' : 'name', message: 'is not allowed with userId' })
    return undefined
  }
  const account = await findActiveUser(work, userId === undefined ? { email: email as string } : { id: userId })
  if (account) return { userId: account.id, name: account.name, email: account.email }
  if (userId !== undefined) {
    reject({ path: 'userId', message: 'is not the id of an active account' })
    return undefined
  }
  return { userId: null, name: name as string, email: email as string }
}

function checkWitness(inputs: readonly PartyInput[], { role, witnessOf }: PartyInput): FieldError | undefined {
  const path = 'witnessOf'
  if (role !== 'witness') return witnessOf === undefined ? undefined : { path, message: 'is only allowed for a witness' }
  if (witnessOf === undefined) return { path, message: 'is required for a witness' }
  return inputs[witnessOf - 1]?.role === 'signer' ? undefined : { path, message: 'is not the place of a signer' }
}
