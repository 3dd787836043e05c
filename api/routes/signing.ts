import type { Context } from 'koa'
import { z } from 'zod'
import { deliveryStates } from '../../domain/delivery/delivery.ts'
import { type LinkAccess, openLink, type SentCode, sendCode } from '../../domain/signing/links/code.ts'
import { correctEnvelope, extendEnvelope } from '../../domain/signing/acts/correct.ts'
import { declineEnvelope } from '../../domain/signing/acts/decline.ts'
import { delegateEnvelope } from '../../domain/signing/acts/delegate.ts'
import { type Consent, getConsent } from '../../domain/signing/consent.ts'
import { envelopeStates } from '../../domain/signing/envelope.ts'
import { remindParties, voidEnvelope } from '../../domain/signing/acts/owner-acts.ts'
import { partyRoles, partyStates } from '../../domain/signing/party.ts'
import { createEnvelope, deleteEnvelope, updateEnvelope } from '../../domain/signing/prepare.ts'
import type { EnvelopeDetails } from '../../domain/signing/details.ts'
import { type EnvelopeText, getEnvelope, listEnvelopes, readEnvelopeText, viewEnvelope } from '../../domain/signing/reading.ts'
import { downloadEvidence } from '../../domain/signing/evidence/download.ts'
import { downloadFile, downloadText, type EnvelopeFile } from '../../domain/signing/sealing/download.ts'
import { requestSeal } from '../../domain/signing/sealing/seal-envelope.ts'
import { sendEnvelope } from '../../domain/signing/send.ts'
import { signPublishedText } from '../../domain/signing/acts/sign-published.ts'
import { approveEnvelope, signDocument, signEnvelope } from '../../domain/signing/acts/sign.ts'
import { action, del, type EndpointOptions, fileResponse, get, jsonResponse, listResponse, patch, post } from '../http/endpoint.ts'

const Time = z.iso.datetime().nullable()

export const EnvelopeBody = z
  .object({
    id: z.uuid(),
    documentId: z.uuid(),
    title: z.string(),
    state: z.enum(envelopeStates),
    createdBy: z.uuid(),
    senderName: z.string(),
    message: z.string(),
    deadline: Time,
    remindEveryDays: z.number().int().nullable(),
    declineAllowed: z.boolean(),
    hideUntilTurn: z.boolean(),
    needed: z.record(z.string(), z.number().int()).describe('how many of a step must act, by step; absent: all'),
    contentHash: z.string().nullable().describe('SHA-256 of the text that was sent'),
    sentAt: Time,
    endedAt: Time,
    endReason: z.string().nullable(),
    supersedes: z.uuid().nullable().describe('the envelope that it replaces'),
    isOwner: z.boolean().describe('whether you can send, correct and void it'),
    ownPartyId: z.uuid().nullable().describe('which party you are'),
    parties: z.array(
      z.object({
        id: z.uuid(),
        number: z.number().int(),
        userId: z.uuid().nullable(),
        name: z.string(),
        email: z.string(),
        role: z.enum(partyRoles),
        step: z.number().int(),
        witnessOf: z.uuid().nullable(),
        delegatedFrom: z.uuid().nullable(),
        state: z.enum(partyStates),
        notifiedAt: Time,
        viewedAt: Time,
        actedAt: Time,
        reason: z.string().nullable(),
        mail: z
          .object({ state: z.enum(deliveryStates), reason: z.string().nullable() })
          .nullable()
          .describe('of their invitation'),
        auditPosition: z.number().int().nullable(),
      }),
    ),
    files: z.array(z.object({ kind: z.string(), sha256: z.string(), madeAt: z.iso.datetime(), warnings: z.array(z.string()) })),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Envelope' })

const toIso = (date: Date | null | undefined): string | null => date?.toISOString() ?? null

function serialize({ envelope, parties, senderName, ownPartyId, isOwner, files }: EnvelopeDetails): z.output<typeof EnvelopeBody> {
  const { id, document, title, state, createdBy, message, remindEveryDays, declineAllowed, hideUntilTurn, needed } = envelope
  return {
    id,
    documentId: document,
    title,
    state,
    createdBy,
    senderName,
    message,
    declineAllowed,
    hideUntilTurn,
    needed,
    isOwner,
    ownPartyId,
    deadline: toIso(envelope.deadline),
    remindEveryDays: remindEveryDays ?? null,
    contentHash: envelope.contentHash ?? null,
    sentAt: toIso(envelope.sentAt),
    endedAt: toIso(envelope.endedAt),
    endReason: envelope.endReason ?? null,
    supersedes: envelope.supersedes ?? null,
    parties: parties.map(({ party, mail, auditPosition }) => ({
      id: party.id,
      number: party.number,
      userId: party.userId ?? null,
      name: party.name,
      email: party.email,
      role: party.role,
      step: party.step,
      witnessOf: party.witnessOf ?? null,
      delegatedFrom: party.delegatedFrom ?? null,
      state: party.state,
      notifiedAt: toIso(party.notifiedAt),
      viewedAt: toIso(party.viewedAt),
      actedAt: toIso(party.actedAt),
      reason: party.reason ?? null,
      mail,
      auditPosition,
    })),
    files: files.map((file) => ({ ...file, madeAt: file.madeAt.toISOString() })),
    createdAt: envelope.createdAt.toISOString(),
    updatedAt: envelope.updatedAt.toISOString(),
  }
}

const envelope = jsonResponse(EnvelopeBody, serialize, ({ envelope }) => envelope.version)

export const ConsentBody = z.object({ version: z.string(), text: z.string() }).meta({ id: 'Consent' })
const consent = jsonResponse(ConsentBody, (current: Consent) => current)

export const EnvelopeTextBody = z
  .object({
    envelopeId: z.uuid(),
    title: z.string(),
    hash: z.string().describe('confirm it as `expectedHash`'),
    text: z.unknown().describe('the canonical text (RFC 8785) of which `hash` is the SHA-256'),
    consent: ConsentBody,
  })
  .meta({ id: 'EnvelopeText' })

const text = jsonResponse(EnvelopeTextBody, ({ envelope, text, hash, consent }: EnvelopeText) => ({
  envelopeId: envelope.id,
  title: envelope.title,
  hash,
  text,
  consent,
}))

const file = fileResponse((made: EnvelopeFile) => made)

const sentCode = jsonResponse(
  z.object({ email: z.string(), expiresIn: z.number().int().describe('seconds') }).meta({ id: 'SentCode' }),
  (sent: SentCode) => sent,
)
const access = jsonResponse(
  z.object({ accessToken: z.string(), expiresIn: z.number().int(), partyId: z.uuid(), envelopeId: z.uuid() }).meta({ id: 'SigningAccess' }),
  (opened: LinkAccess) => opened,
)

const fromRequest = (context: Context) => ({ userAgent: context.get('User-Agent').slice(0, 1000), address: context.ip })
const asParty: EndpointOptions = { fromRequest }
const path = '/legal/envelopes/:id'

export const signing = [
  post('/legal/signing-links/code', 'Sends a code to the e-mail address for which a signing link was made.', sendCode, sentCode, {
    signIn: true,
    secret: true,
  }),
  action('/legal/signing-links/open', 'Exchanges a signing link and its code for an access token.', openLink, access, {
    signIn: true,
    secret: true,
  }),
  get('/legal/consent', 'Returns the text to which signers agree; they send its version.', getConsent, consent),
  get('/legal/envelopes', 'Lists the envelopes that you can read, newest first.', listEnvelopes, listResponse(envelope)),
  post('/legal/envelopes', 'Prepares an envelope for a legal document. Nothing is sent.', createEnvelope, envelope),
  get(path, 'Returns an envelope with its parties.', getEnvelope, envelope),
  patch(path, 'Changes an envelope that was not sent.', updateEnvelope, envelope),
  del(path, 'Deletes an envelope that was not sent.', deleteEnvelope),
  action(`${path}/send`, 'Freezes the document and invites the first parties.', sendEnvelope, envelope),
  get(`${path}/text`, 'Returns the text that was sent, its hash and the consent.', readEnvelopeText, text, { conflicts: true }),
  action(`${path}/view`, 'Records that you opened the document as its party.', viewEnvelope, envelope, asParty),
  action(`${path}/sign`, 'Signs the document as its signer or witness.', signEnvelope, envelope, asParty),
  action(`${path}/approve`, 'Approves the document as its approver.', approveEnvelope, envelope, asParty),
  action(`${path}/decline`, 'Declines the document, with a reason.', declineEnvelope, envelope, asParty),
  action(`${path}/delegate`, 'Names somebody who acts in your place.', delegateEnvelope, envelope, asParty),
  action(`${path}/void`, 'Ends an envelope that was sent.', voidEnvelope, envelope),
  action(`${path}/extend`, 'Gives an envelope a later deadline; one that has expired goes on.', extendEnvelope, envelope),
  action(`${path}/remind`, 'Reminds the parties whose turn it is.', remindParties, envelope),
  post(`${path}/correct`, 'Prepares an envelope in the place of one that was sent.', correctEnvelope, envelope),
  get(`${path}/text.pdf`, 'Downloads the text that was sent, without signatures.', downloadText, file, { conflicts: true }),
  get(`${path}/files/:kind`, 'Downloads the sealed file of a completed envelope.', downloadFile, file, { conflicts: true }),
  get(
    `${path}/evidence`,
    'Downloads the evidence bundle of a completed envelope (ZIP). Owners of the document only.',
    downloadEvidence,
    file,
  ),
  action(`${path}/seal`, 'Makes the sealed file again, if it is missing.', requestSeal, envelope),
  post('/legal/kinds/:kind/sign', 'Signs the published text of a kind, as a copy of your own.', signPublishedText, envelope, asParty),
  action('/legal/documents/:id/sign', 'Signs a legal document in its envelope.', signDocument, envelope, asParty),
]
