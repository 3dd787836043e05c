/**
 * What a manifest says about notifications: their types, and how they are built from events. The slice `notifications` stores and sends
 * them.
 */
import type { EventKind, PublishedEvent } from '../events/event.ts'
import type { CommandContext } from '../operation.ts'

/** How a person is notified. */
export type NotificationChannel = 'in_app' | 'email' | 'push'

/** Common channel defaults. */
export const inApp = ['in_app'] as const
export const inAppAndEmail = ['in_app', 'email'] as const
export const everyChannel = ['in_app', 'email', 'push'] as const

export const priorities = ['low', 'medium', 'high', 'urgent'] as const
export type Priority = (typeof priorities)[number]

/** Notifications of one subject that the inbox shows as one row, as in "5 comments in NDA Acme". */
export interface NotificationGroup {
  readonly name: string
  /** The words between the count and the title: `comments in`. */
  readonly words: string
}

interface TypeSettings {
  /** The switch in people's preferences that it belongs to. */
  readonly category: string
  readonly priority: Priority
  /** The default, for people who chose nothing else. */
  readonly channels: readonly NotificationChannel[]
  /** Sent by all its channels at once, whatever people chose. */
  readonly critical?: true
  /** Absent: notifications of this type are one row. */
  readonly group?: NotificationGroup
}

/** A type of notification: built from an event, or `reserved` while nothing builds it (administrators can send it). */
export type NotificationType<Type extends string = string> = TypeSettings &
  (
    | {
        readonly on: EventKind<unknown>
        /** Types of the same event may share a builder, which then runs once. */
        readonly build: NotificationBuilder<Type>
        /** Whether an event may have recipients; absent: always. */
        readonly filter?: (event: PublishedEvent) => boolean
      }
    | { readonly reserved: true }
  )

/** A notification for one person, before it is stored. */
export interface NotificationInput<Type extends string = string> {
  userId: string
  type: Type
  /** Plain text. Texts of more than 300 characters are truncated. */
  title: string
  /** Plain text. Texts of more than 2,000 characters are truncated. */
  message: string
  /** Ids for programs; `link` is the page in the workspace. */
  data: Record<string, unknown>
  /** What it is about: only readers of the subject see it. Null: everyone it is sent to sees it. */
  subject: string | null
  /** The person who caused it; null: SmartStart. */
  actorId: string | null
  priority?: Priority | undefined
  expiresAt?: Date | undefined
  /** Key of its group; absent: its subject. */
  groupKey?: string
  /** The message quotes a person, who may delete the words later, so events leave it out. Messages about a subject are always left out. */
  quotesPerson?: true
}

/** How much a reader is notified of a subject. */
export type WatchLevel = 'watching' | 'participating' | 'muted'

/** A person who can read a subject now. */
export interface Reader {
  userId: string
  name: string
  level: WatchLevel
}

/** What builders read, and how they change notifications that were sent before. */
export interface NotificationContext {
  readonly work: CommandContext
  /** A person's name; `SmartStart` for null. */
  nameOf(userId: string | null): Promise<string>
  titleOf(subject: string): Promise<string>
  /** @param search the part after `?`, as `thread=<id>` */
  linkTo(subject: string, search?: string): string
  readersOf(subject: string): Promise<Reader[]>
  /** The readers of a subject except the person who acted. */
  readersExcept(subject: string, actorId: string | null): Promise<Reader[]>
  /** Replaces the mentions in a text by names. */
  replaceMentions(text: { text: string; mentions: string[] }): Promise<string>
  /** Locks people's inboxes until the transaction ends. Call it before reading what you change. */
  lockInboxes(userIds: readonly string[]): Promise<void>
  /** People who have a notification with this id in its data. */
  findNotified(key: string, id: string): Promise<Set<string>>
  /** Deletes the notifications with this id in their data. */
  deleteNotifications(key: string, id: string): Promise<void>
  /** Marks notifications as read whose messages a person has read in the conversation. */
  markRead(userId: string, conversationId: string, upToSeq: number): Promise<void>
  /** Sends people the counts of their inbox. */
  sendCounts(userIds: readonly string[]): Promise<void>
}

/** Builds the notifications of an event from the current state. It may run twice. */
export type NotificationBuilder<Type extends string = string> = (
  context: NotificationContext,
  event: PublishedEvent,
) => Promise<NotificationInput<Type>[]>

/** A change of earlier notifications after an event. It may run twice. */
export interface NotificationUpdate {
  readonly on: EventKind<unknown>
  readonly update: (context: NotificationContext, event: PublishedEvent) => Promise<void>
}
