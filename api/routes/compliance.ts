import { z } from 'zod'
import {
  type ComplianceReport,
  getCompliance,
  type KindWithPublication,
  listLegalKinds,
  setLegalLevel,
} from '../../domain/legal/compliance/compliance-report.ts'
import { overallStatuses, type Requirement, requirementStatuses } from '../../domain/legal/compliance/compliance.ts'
import { getComplianceSettings, setComplianceSettings } from '../../domain/legal/compliance/gate.ts'
import { getLegalKind, validityDaysOf, legalKindSlugs } from '../../domain/legal/compliance/legal-kind.ts'
import { legalLevels, levelsRequiring } from '../../domain/legal/compliance/legal-level.ts'
import {
  formatVersion,
  getPublishedText,
  type Publication,
  publishKind,
  type PublishedText,
  withdrawKind,
} from '../../domain/legal/compliance/publication.ts'
import { del, get, jsonResponse, post, put } from '../http/endpoint.ts'

const Kind = z.enum(legalKindSlugs)
const Level = z.enum(legalLevels).meta({ id: 'LegalLevel' })
const time = z.iso.datetime().nullable()
const toTime = (date: Date | null) => date?.toISOString() ?? null

const RequirementBody = z
  .object({
    kind: Kind,
    code: z.string().describe('the short name'),
    title: z.string(),
    status: z.enum(requirementStatuses).describe('NOT_REQUIRED while no text is published'),
    version: z.string().nullable().describe('that is published'),
    documentId: z.uuid().nullable().describe('that is published'),
    signedVersion: z.string().nullable(),
    signedAt: time,
    expiresAt: time,
    deadline: time.describe('by when to sign it'),
  })
  .meta({ id: 'ComplianceRequirement' })

const serializeRequirement = ({ signedAt, expiresAt, deadline, ...requirement }: Requirement) => ({
  ...requirement,
  signedAt: toTime(signedAt),
  expiresAt: toTime(expiresAt),
  deadline: toTime(deadline),
})

export const ComplianceBody = z
  .object({
    userId: z.uuid(),
    level: Level,
    state: z.string().nullable().describe('of the state machine `userCompliance`; null until something moves it'),
    overall: z.enum(overallStatuses),
    score: z.number().int().min(0).max(100).describe('percent of the required documents that are signed; 100 where none is required'),
    requirements: z.array(RequirementBody).describe('of the level, in the order of signing'),
    missing: z.array(Kind).describe('what to sign, in this order'),
    deadline: time.describe('the next one'),
  })
  .meta({ id: 'Compliance' })

const compliance = jsonResponse(ComplianceBody, ({ requirements, deadline, ...report }: ComplianceReport) => ({
  ...report,
  requirements: requirements.map(serializeRequirement),
  deadline: toTime(deadline),
}))

const PublicationBody = z
  .object({
    id: z.uuid(),
    kind: Kind,
    version: z.string().describe('semantic: a new major version must be signed again'),
    documentId: z.uuid(),
    contentHash: z.string().describe('SHA-256 of the canonical text'),
    publishedAt: z.iso.datetime(),
  })
  .meta({ id: 'LegalPublication' })

const serializePublication = ({ id, kind, documentId, contentHash, publishedAt, ...version }: Publication) => ({
  id,
  kind,
  version: formatVersion(version),
  documentId,
  contentHash,
  publishedAt: publishedAt.toISOString(),
})

const LegalKindBody = z
  .object({
    kind: Kind,
    code: z.string(),
    title: z.string(),
    validityDays: z.number().int(),
    levels: z.array(Level).describe('that require it'),
    publication: PublicationBody.nullable(),
  })
  .meta({ id: 'LegalKind' })

const serializeKind = ({ kind, publication }: KindWithPublication) => ({
  kind,
  code: getLegalKind(kind).code,
  title: getLegalKind(kind).title,
  validityDays: validityDaysOf(kind),
  levels: levelsRequiring(kind),
  publication: publication && serializePublication(publication),
})

const kinds = jsonResponse(z.object({ items: z.array(LegalKindBody), nextCursor: z.null() }), (items: KindWithPublication[]) => ({
  items: items.map(serializeKind),
  nextCursor: null,
}))

export const PublishedTextBody = LegalKindBody.extend({ text: z.record(z.string(), z.unknown()).describe('the canonical text') })

const publishedText = jsonResponse(PublishedTextBody, ({ publication, text }: PublishedText) => ({
  ...serializeKind({ kind: publication.kind, publication }),
  text,
}))

const settings = jsonResponse(
  z.object({ gates: z.boolean().describe('whether creating a venture takes everything signed') }).meta({ id: 'ComplianceSettings' }),
  (outcome: { gates: boolean }) => outcome,
)

export const compliances = [
  get(
    '/legal/compliance/:userId',
    'Returns what a person has to sign and has signed. `me` is you; administrators see everyone.',
    getCompliance,
    compliance,
  ),
  get('/legal/kinds', 'Lists the kinds of documents that people sign with the platform.', listLegalKinds, kinds),
  get('/legal/kinds/:kind', 'Returns a kind with its published text.', getPublishedText, publishedText),
  post(
    '/legal/kinds/:kind/publish',
    'Publishes the text of a draft, which is frozen. From then on levels require the kind. For administrators.',
    publishKind,
    jsonResponse(PublicationBody, serializePublication),
  ),
  del('/legal/kinds/:kind/publication', 'Withdraws the published text of a kind. For administrators.', withdrawKind),
  put('/legal/levels/:userId', 'Gives a person a legal level. For administrators.', setLegalLevel, compliance),
  get('/legal/settings', 'Returns the settings of compliance.', getComplianceSettings, settings),
  put('/legal/settings', 'Switches the gates on or off. For administrators.', setComplianceSettings, settings),
]
