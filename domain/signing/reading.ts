/** What parties and readers of the document see: envelopes with their parties, and the text that was sent. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { readRole, readRoles } from '../access/grant.ts'
import { readCanonicalText } from '../history/content-hash.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, query, type QueryContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { requireSignedIn, requireUserId } from '../kernel/permission.ts'
import { requireEnvelopeReader, requireParty } from './access.ts'
import { lockActing } from './acts/act.ts'
import { type Consent, currentConsent } from './consent.ts'
import { type EnvelopeDetails, readDetails } from './details.ts'
import { documentSubject, Envelope, envelopeInput, envelopeStates, envelopeSubject, findEnvelope } from './envelope.ts'
import { PartyViewed } from './events.ts'
import { findOwnParty, isOnTurn, Party } from './party.ts'
import { recordAct, RequestOrigin, timeOfAct } from './acts/record.ts'

/** Reads an envelope with its parties. */
export const getEnvelope = query('signing.getEnvelope', {
  input: envelopeInput,
  authorize: requireEnvelopeReader,
  execute: async (view, { id }): Promise<EnvelopeDetails> => readDetails(view, await findEnvelope(view, id)),
})

/** Lists the envelopes that the actor can read, newest first. */
export const listEnvelopes = query('signing.listEnvelopes', {
  input: {
    ...paging,
    documentId: z.uuid().optional(),
    state: z.enum(envelopeStates).optional(),
    waitingForMe: z.stringbool().optional().describe('only those in which it is your turn'),
    sentByMe: z.stringbool().optional().describe('only those that you prepared'),
  },
  authorize: requireSignedIn,
  async execute(view, { limit, cursor, documentId, state, waitingForMe, sentByMe }): Promise<Page<EnvelopeDetails>> {
    const userId = requireUserId(view)
    const after = parseCursor(cursor)
    const found: Envelope[] = []
    const onTurn = waitingForMe
      ? (await view.em.find(Party, { userId, state: { $in: ['invited', 'viewed'] } })).map(({ envelope }) => envelope)
      : undefined
    for (let last = after; found.length <= limit; ) {
      const batch = await view.em.find(
        Envelope,
        {
          ...(documentId && { document: documentId }),
          ...(sentByMe && { createdBy: userId }),
          ...(waitingForMe ? { state: 'sent' as const, id: { $in: onTurn ?? [] } } : state && { state }),
          ...(last && { $or: [{ createdAt: { $lt: new Date(last.at) } }, { createdAt: new Date(last.at), id: { $lt: last.id } }] }),
        },
        { orderBy: { createdAt: 'desc', id: 'desc' }, limit: 100 },
      )
      const roles = await readRoles(view, batch.map(envelopeSubject), userId)
      found.push(...batch.filter((envelope) => roles.has(envelopeSubject(envelope))))
      const end = batch.at(-1)
      if (batch.length < 100 || !end) break
      last = { at: end.createdAt.toISOString(), id: end.id }
    }
    const page = paginate(
      found.slice(0, limit + 1),
      limit,
      ({ createdAt, id }) => ({ at: createdAt.toISOString(), id }),
      (envelope) => envelope,
    )
    const items: EnvelopeDetails[] = []
    for (const envelope of page.items) items.push(await readDetails(view, envelope))
    return { ...page, items }
  },
})

/** The text of an envelope, as the parties confirm it. */
export interface EnvelopeText {
  envelope: Envelope
  /** The canonical text, of which `hash` is the SHA-256. */
  text: unknown
  hash: string
  consent: Consent
}

/** Reads the text that was sent. @throws DomainError conflict before the party's turn, where that is set */
export const readEnvelopeText = query('signing.readEnvelopeText', {
  input: envelopeInput,
  authorize: requireEnvelopeReader,
  async execute(view, { id }): Promise<EnvelopeText> {
    const envelope = await findEnvelope(view, id)
    await assertReadable(view, envelope)
    const { text } = await readCanonicalText(view, documentSubject(envelope), envelope.seq ?? undefined)
    const hash = createHash('sha256').update(text).digest('hex')
    return { envelope, text: JSON.parse(text), hash, consent: currentConsent }
  },
})

/** @throws DomainError conflict where the actor is a party before their turn, and the text is hidden until then */
export async function assertReadable(view: QueryContext, envelope: Envelope): Promise<void> {
  if (view.actor.id !== null && (await readRole(view, documentSubject(envelope), view.actor.id))) return
  const party = await findOwnParty(view, envelope.id)
  if (!envelope.hideUntilTurn || envelope.state === 'completed') return
  if (party && party.state === 'waiting') throw new DomainError('conflict', 'You can read the text when it is your turn.')
}

/** Records that a party opened the document. Opening it again changes nothing. */
export const viewEnvelope = command('signing.viewEnvelope', {
  input: { ...envelopeInput, ...RequestOrigin },
  authorize: requireParty,
  async execute(work, { id, ...origin }): Promise<EnvelopeDetails> {
    const { envelope, parties, party } = await lockActing(work, id)
    if (envelope.state === 'sent' && isOnTurn(party) && party.viewedAt === null) {
      const at = timeOfAct(work, envelope, parties)
      Object.assign(party, { state: 'viewed', viewedAt: at })
      await recordAct(work, 'party.viewed', { envelope, party, origin }, { at: at.toISOString() })
      const subject = envelopeSubject(envelope)
      work.emit(PartyViewed, { subject, audience: [subject], data: { envelopeId: id, documentId: envelope.document, partyId: party.id } })
      await work.em.flush()
    }
    return readDetails(work, envelope)
  },
})
