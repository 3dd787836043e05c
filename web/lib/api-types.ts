/** Types of the API's responses, inferred from the schemas of its endpoints. Type imports only: no server code is bundled. */
import type { z } from 'zod'
import type { SessionBody, SignedInBody } from '../../api/routes/auth.ts'
import type { ClauseBody, ClauseRowBody, ClauseUseBody } from '../../api/routes/clauses.ts'
import type { ComplianceBody, PublishedTextBody } from '../../api/routes/compliance.ts'
import type { ThreadBody } from '../../api/routes/comments.ts'
import type { DeliveryBody, OutboxMailBody } from '../../api/routes/deliveries.ts'
import type { DocumentBody } from '../../api/routes/documents.ts'
import type { ExportBody } from '../../api/routes/exports.ts'
import type { ImportBody } from '../../api/routes/imports.ts'
import type { ConversationBody, MessageBody } from '../../api/routes/messaging.ts'
import type { CountsBody, InboxRowBody } from '../../api/routes/inbox.ts'
import type { DraftBody } from '../../api/routes/legal.ts'
import type { AuthorshipBody, RedlineBody, RevisionChangesBody, StateBody, EditSessionBody, VersionBody } from '../../api/routes/history.ts'
import type { VisitBody } from '../../api/routes/visits.ts'
import type { EnforcedBody, MemberBody } from '../../api/routes/members.ts'
import type { OwnerlessBody } from '../../api/routes/ownership.ts'
import type { PreferencesBody, TitledWatchBody, WatchBody } from '../../api/routes/preferences.ts'
import type { ReadinessBody, ReviewBody } from '../../api/routes/review.ts'
import type { ConsentBody, EnvelopeBody, EnvelopeTextBody } from '../../api/routes/signing.ts'
import type { PossibleEventsBody, StateMachineBody, StateTransitionBody } from '../../api/routes/state-machines.ts'
import type { TemplateBody, TemplatePreviewBody } from '../../api/routes/templates.ts'
import type { EnforcementBody, PersonBody, UserBody } from '../../api/routes/users.ts'
import type { FileVerdictBody } from '../../api/routes/verification.ts'
import type { VentureBody } from '../../api/routes/ventures.ts'
import type { WebhookBody, WebhookDeliveryBody } from '../../api/routes/webhooks.ts'

export type SignedIn = z.infer<typeof SignedInBody>
export type SessionRecord = z.infer<typeof SessionBody>
/** The kinds of live documents that the workspace shows (`ui/document-kind.tsx`). */
export type DocumentKind = 'legal' | 'plan' | 'space'
export type DocumentRecord = z.infer<typeof DocumentBody> & { kind: DocumentKind }
export type Member = z.infer<typeof MemberBody>
export type Account = z.infer<typeof UserBody>
export type Ownerless = z.infer<typeof OwnerlessBody>
export type Enforced = z.infer<typeof EnforcedBody>
export type Enforcement = z.infer<typeof EnforcementBody>
export type Thread = z.infer<typeof ThreadBody>
/** Journal rows of one author without a long pause between them. */
export type EditSession = z.infer<typeof EditSessionBody>
export type Version = z.infer<typeof VersionBody>
export type PastState = z.infer<typeof StateBody>
export type Authorship = z.infer<typeof AuthorshipBody>
export type Redline = z.infer<typeof RedlineBody>
export type RevisionChanges = z.infer<typeof RevisionChangesBody>
export type DocumentChanges = RevisionChanges['changes']
export type LastViewed = z.infer<typeof VisitBody>
export type Venture = z.infer<typeof VentureBody>
export type Template = z.infer<typeof TemplateBody>
export type TemplatePreview = z.infer<typeof TemplatePreviewBody>
export type Clause = z.infer<typeof ClauseBody>
export type ClauseRow = z.infer<typeof ClauseRowBody>
export type ClauseUse = z.infer<typeof ClauseUseBody>
export type ExportRecord = z.infer<typeof ExportBody>
export type ImportRecord = z.infer<typeof ImportBody>
export type Conversation = z.infer<typeof ConversationBody>
export type Message = z.infer<typeof MessageBody>
export type InboxRow = z.infer<typeof InboxRowBody>
export type InboxCounts = z.infer<typeof CountsBody>
export type Preferences = z.infer<typeof PreferencesBody>
export type Watch = z.infer<typeof WatchBody>
export type TitledWatch = z.infer<typeof TitledWatchBody>
export type Draft = z.infer<typeof DraftBody>
export type Compliance = z.infer<typeof ComplianceBody>
export type PublishedText = z.infer<typeof PublishedTextBody>
export type Consent = z.infer<typeof ConsentBody>
export type Review = z.infer<typeof ReviewBody>
export type Readiness = z.infer<typeof ReadinessBody>
/** A document that is sent to be signed, with its parties. */
export type Envelope = z.infer<typeof EnvelopeBody>
export type EnvelopeParty = Envelope['parties'][number]
export type EnvelopeText = z.infer<typeof EnvelopeTextBody>
/** What a file's signatures are worth. */
export type FileVerdict = z.infer<typeof FileVerdictBody>
export type SignatureVerdict = FileVerdict['signatures'][number]
export type StateMachineRecord = z.infer<typeof StateMachineBody>
export type StateTransition = z.infer<typeof StateTransitionBody>
export type PossibleEvents = z.infer<typeof PossibleEventsBody>
export type DeliveryRecord = z.infer<typeof DeliveryBody>
export type OutboxMail = z.infer<typeof OutboxMailBody>
export type WebhookRecord = z.infer<typeof WebhookBody>
export type WebhookDelivery = z.infer<typeof WebhookDeliveryBody>

export type Role = DocumentRecord['role']

/** A person. All fields are known only of the signed-in user. */
export type User = z.infer<typeof PersonBody> & Partial<z.infer<typeof UserBody>>

export interface SuggestionRecord {
  id: string
  /** The id of its marks in the text. */
  mark: string
  userId: string | null
  name: string | null
  inserted: string
  deleted: string
}

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

/** The response to creating a resource with a live document. */
export interface Created {
  documentName: string
}

export const agreementKinds = {
  agreement: 'Agreement',
  nda: 'Non-disclosure agreement',
  'contributor-agreement': 'Contributor agreement',
  'founders-agreement': "Founders' agreement",
  'ip-assignment': 'Assignment of intellectual property',
  'advisor-agreement': 'Advisor agreement',
  'investment-note': 'Investment note',
  charter: 'Charter',
  'umbrella-agreement': 'Umbrella agreement',
  other: 'Something else',
} as const satisfies Partial<Record<Draft['kind'], string>>
