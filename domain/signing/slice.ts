import { onEvent, schedule } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { register } from '../kernel/manifest/hook.ts'
import { everyChannel, inApp, inAppAndEmail } from '../kernel/manifest/notification.ts'
import { titlesFrom } from '../kernel/manifest/registry.ts'
import { SigningCertificateExpiring } from './authority/events.ts'
import { buildExpiryNotice, listExpiring, warnOfExpiry } from './authority/operations.ts'
import { signTreeHead } from './authority/tree-head-signature.ts'
import { TreeHeadSigner } from '../audit/tree-head-signer.ts'
import { PendingKinds } from '../legal/compliance/compliance.ts'
import { DocumentFacts } from '../legal/machine/document-facts.ts'
import { MachineTransitioning } from '../workflows/events.ts'
import { Letters } from '../notifications/mail/letter.ts'
import { Envelope } from './envelope.ts'
import * as events from './events.ts'
import { expireEnvelopes, forgetLinks, remindDueParties } from './acts/expiry.ts'
import { readPendingKinds, retryVerification, signatureFacts } from './acts/legal-state.ts'
import { signingLetters } from './links/letters.ts'
import { buildEndNotifications, buildProgressNotifications, buildRequestNotifications } from './notifications.ts'
import { Party } from './party.ts'
import { sealEnvelope, sealMissing } from './sealing/seal-envelope.ts'

const legal = { category: 'legal', priority: 'high', channels: inAppAndEmail } as const

export const signing = defineSlice({
  name: 'signing',
  description: 'Envelopes: agreements that people sign, with evidence.',
  entities: [Envelope, Party],
  tables: ['envelope_act', 'envelope_file', 'signing_certificate', 'signing_code', 'signing_link'],
  subjects: {
    envelope: { titles: titlesFrom(Envelope, 'title'), link: (id) => `/envelopes/${id}`, partOf: 'legal' },
  },
  notifications: {
    'signing.certificate-expiring': {
      category: 'system',
      priority: 'high',
      channels: everyChannel,
      critical: true,
      on: SigningCertificateExpiring,
      build: buildExpiryNotice,
    },
    'signing.requested': { ...legal, channels: everyChannel, on: events.PartyInvited, build: buildRequestNotifications },
    'signing.reminded': { ...legal, channels: everyChannel, on: events.PartyReminded, build: buildRequestNotifications },
    'signing.progress': { ...legal, priority: 'medium', channels: inApp, on: events.PartySigned, build: buildProgressNotifications },
    'legal.document.signed': { ...legal, on: events.EnvelopeCompleted, build: buildEndNotifications },
    'signing.declined': { ...legal, on: events.EnvelopeDeclined, build: buildEndNotifications },
    'signing.voided': { ...legal, on: events.EnvelopeVoided, build: buildEndNotifications },
    'signing.expired': { ...legal, on: events.EnvelopeExpired, build: buildEndNotifications },
  },
  hooks: [
    ...signingLetters.map((letter) => register(Letters, letter)),
    register(DocumentFacts, signatureFacts),
    register(PendingKinds, readPendingKinds),
    register(MachineTransitioning, retryVerification),
    register(TreeHeadSigner, signTreeHead),
  ],
  handlers: [
    onEvent([events.EnvelopeCompleted, events.SealRequested], sealEnvelope, { input: ({ data }) => ({ envelopeId: data.envelopeId }) }),
  ],
  internal: [listExpiring],
  schedules: [
    schedule('23 * * * *', sealMissing),
    schedule('41 6 * * *', warnOfExpiry),
    schedule('* * * * *', expireEnvelopes, { repeatUntilEmpty: true }),
    schedule('*/10 * * * *', remindDueParties, { repeatUntilEmpty: true }),
    schedule('51 3 * * *', forgetLinks),
  ],
  staleQueries: Object.values(events)
    .sort((one, other) => one.name.localeCompare(other.name))
    .map((on) => ({ on, keys: [['envelope', '$subject'], ['envelopes']] })),
})
