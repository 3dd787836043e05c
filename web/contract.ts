/** What the server answers, taken from the schemas of its endpoints: types alone, nothing of the server is built in. */
import type { z } from 'zod'
import type { SessionBody, SignedInBody } from '../api/auth.ts'
import type { ClauseBody, ClauseRowBody, ClauseUseBody } from '../api/clauses.ts'
import type { ThreadBody } from '../api/comments.ts'
import type { DeliveryBody, OutboxMailBody } from '../api/deliveries.ts'
import type { DocumentBody } from '../api/documents.ts'
import type { ExportBody } from '../api/exports.ts'
import type { ImportBody } from '../api/imports.ts'
import type { ConversationBody, MessageBody } from '../api/messaging.ts'
import type { CountsBody, InboxRowBody } from '../api/inbox.ts'
import type { DraftBody } from '../api/legal.ts'
import type { AuthorshipBody, RedlineBody, StateBody, StintBody, VersionBody } from '../api/history.ts'
import type { LookBody } from '../api/looks.ts'
import type { EnforcedBody, MemberBody } from '../api/members.ts'
import type { PreferencesBody, TitledWatchBody, WatchBody } from '../api/preferences.ts'
import type { TemplateBody, TemplatePreviewBody } from '../api/templates.ts'
import type { EnforcementBody, PersonBody, UserBody } from '../api/users.ts'
import type { VentureBody } from '../api/ventures.ts'
import type { WebhookBody, WebhookDeliveryBody } from '../api/webhooks.ts'

export type SignedIn = z.infer<typeof SignedInBody>
export type SessionRecord = z.infer<typeof SessionBody>
export type DocumentRecord = z.infer<typeof DocumentBody>
export type Member = z.infer<typeof MemberBody>
export type Enforced = z.infer<typeof EnforcedBody>
export type Enforcement = z.infer<typeof EnforcementBody>
export type Thread = z.infer<typeof ThreadBody>
/** A stretch of work: rows of the journal with no long pause between them. */
export type Stretch = z.infer<typeof StintBody>
export type Version = z.infer<typeof VersionBody>
export type PastState = z.infer<typeof StateBody>
export type Authorship = z.infer<typeof AuthorshipBody>
export type Redline = z.infer<typeof RedlineBody>
export type Look = z.infer<typeof LookBody>
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
export type DeliveryRecord = z.infer<typeof DeliveryBody>
export type OutboxMail = z.infer<typeof OutboxMailBody>
export type WebhookRecord = z.infer<typeof WebhookBody>
export type WebhookDelivery = z.infer<typeof WebhookDeliveryBody>

export type Kind = DocumentRecord['kind']
export type Role = DocumentRecord['role']

/** A person: all of oneself, of others the name. */
export type User = z.infer<typeof PersonBody> & Partial<z.infer<typeof UserBody>>

export interface SuggestionRecord {
  id: string
  /** The id that its marks bear in the text. */
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

/** Of whatever was made, where it is written. */
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
} as const satisfies Record<Draft['kind'], string>
