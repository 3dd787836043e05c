/** Table of contents: the slices in order, with their entities, reactions and chores. */
import { Grant, Subject } from './access/grant.ts'
import { SignInAttempts } from './auth/lockout.ts'
import { Credential } from './auth/password.ts'
import { forgetOldSessions, RefreshToken, Session } from './auth/session.ts'
import { Comment } from './documents/comment.ts'
import { settleSuggestions } from './documents/decision.ts'
import { SuggestionsDecided } from './documents/events.ts'
import { CommentReaction } from './documents/reaction.ts'
import { Thread } from './documents/thread.ts'
import { Document, type DocumentKind } from './documents/document.ts'
import type { Section } from './documents/section.ts'
import { foldHistory } from './documents/folding.ts'
import { Version } from './documents/version.ts'
import { ExportAsked } from './files/events.ts'
import { DocumentExport, forgetOldFiles, makeExport } from './files/export.ts'
import { type EventKind, EventRow, type HeardEvent } from './kernel/events.ts'
import { forgetOldKeys, IdempotencyRow } from './kernel/idempotency.ts'
import type { Operation } from './kernel/operation.ts'
import { announce, mayBeTold, toldEvents } from './notifications/announcement.ts'
import { forgetOldEvents } from './kernel/replay.ts'
import { forgetUnsent, MessageFile } from './messaging/attachment.ts'
import { Conversation } from './messaging/conversation.ts'
import { Message } from './messaging/message.ts'
import { MessageReaction } from './messaging/reaction.ts'
import { Delivery } from './notifications/delivery.ts'
import { forgetOldDeliveries, OutboxMail } from './notifications/outbox.ts'
import { PushSubscription } from './notifications/push-subscription.ts'
import { Webhook } from './notifications/webhook.ts'
import { wakeSnoozed } from './notifications/mark.ts'
import { Clause } from './legal/clause.ts'
import { ClauseUse } from './legal/clause-use.ts'
import { Draft } from './legal/draft.ts'
import { boardSections } from './spaces/board.ts'
import { ImportAsked } from './legal/events.ts'
import { DocumentImport, forgetOldImports, readImport } from './legal/import.ts'
import { Space } from './spaces/space.ts'
import { User } from './users/user.ts'
import { planSections } from './ventures/plan.ts'
import { Venture } from './ventures/venture.ts'

/** Slices, left to right: each may look to its left, and read anybody's `events.ts`. */
export const slices = [
  'kernel',
  'access',
  'users',
  'auth',
  'documents',
  'files',
  'workflows',
  'messaging',
  'notifications',
  'tokens',
  'ventures',
  'spaces',
  'legal',
  'umbrella',
  'opportunities',
  'gamification',
  'billing',
  'intelligence',
  'search',
  'analytics',
] as const

export const entities = [
  EventRow,
  IdempotencyRow,
  Subject,
  Grant,
  User,
  Credential,
  SignInAttempts,
  Session,
  RefreshToken,
  Document,
  Thread,
  Comment,
  CommentReaction,
  Version,
  Venture,
  Space,
  Draft,
  Conversation,
  Message,
  MessageReaction,
  MessageFile,
  Delivery,
  Webhook,
  OutboxMail,
  PushSubscription,
  Clause,
  ClauseUse,
  DocumentExport,
  DocumentImport,
]

/** What the documents of a kind hold beside their text, and what each part of it may be. */
export const sections: Partial<Record<DocumentKind, readonly Section[]>> = { plan: planSections, space: boardSections }

/** What SmartStart does after an event, as a job: an operation that it asks itself. It may run twice. */
export interface Follows {
  to: readonly EventKind<unknown>[]
  operation: Operation<never, unknown>
  /** As in `Reaction`. */
  wants?: (event: HeardEvent) => boolean
  /** What the operation takes; absent: the event's data. */
  input?: (event: HeardEvent) => unknown
}

export const reactions: Follows[] = [
  { to: [SuggestionsDecided], operation: settleSuggestions as never },
  { to: [ExportAsked], operation: makeExport as never },
  { to: [ImportAsked], operation: readImport as never },
  { to: toldEvents, wants: mayBeTold, operation: announce as never, input: (event) => event },
]

/**
 * Operations that SmartStart asks of itself, by the clock (cron, UTC). One that is asked `untilNone` does a bounded piece of work and answers how
 * much; it is asked again until there was none.
 */
export const chores = [
  { name: 'auth.forgetOldSessions', at: '17 3 * * *', operation: forgetOldSessions },
  { name: 'kernel.forgetOldKeys', at: '7 * * * *', operation: forgetOldKeys },
  { name: 'kernel.forgetOldEvents', at: '*/5 * * * *', operation: forgetOldEvents, untilNone: true },
  { name: 'documents.foldHistory', at: '*/5 * * * *', operation: foldHistory },
  { name: 'files.forgetOldFiles', at: '27 * * * *', operation: forgetOldFiles },
  { name: 'notifications.wakeSnoozed', at: '* * * * *', operation: wakeSnoozed },
  { name: 'messaging.forgetUnsent', at: '47 * * * *', operation: forgetUnsent },
  { name: 'legal.forgetOldImports', at: '37 * * * *', operation: forgetOldImports },
  { name: 'notifications.forgetOldDeliveries', at: '47 3 * * *', operation: forgetOldDeliveries },
] as const
