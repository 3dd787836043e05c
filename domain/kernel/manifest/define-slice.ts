/** The manifest of a slice: what it consists of. The lists that others need are derived from it (`registry.ts`). */
import type { EntityClass } from '@mikro-orm/core'
import type { z } from 'zod'
import type { Tables } from '../db/schema.ts'
import type { EventKind, PublishedEvent } from '../events/event.ts'
import type { AccessChange, Operation, QueryContext } from '../operation.ts'
import type { EventHandler, Schedule } from './background-work.ts'
import type { Registration } from './hook.ts'
import type { NotificationType, NotificationUpdate } from './notification.ts'

/** A kind of subject: things that people hold roles on, as `<kind>:<id>`. */
export interface SubjectKind {
  /** Titles by id. A subject that does not exist has no entry. */
  readonly titles: (view: QueryContext, ids: readonly string[]) => Promise<Map<string, string>>
  /** The page of the workspace that shows it. @param search the part after `?`; may be empty */
  readonly link: (id: string, search: string) => string
  /** People can choose how much they are notified of it. */
  readonly watchable?: boolean
  /** Conversations can belong to it, and a default channel is created with it. */
  readonly channels?: boolean
  /** It always lies in a subject of this kind, whose owners own it. */
  readonly partOf?: string
}

/** A structured part of a live document beside its text: a root `Y.Map` of entries. */
export interface DocumentSection<S extends z.ZodRawShape = z.ZodRawShape> {
  /** The name of the root `Y.Map`, and of the section in paths. */
  readonly name: string
  readonly shape: z.ZodObject<S, z.core.$strict>
  /** How many entries it may have. Further ones are removed again. */
  readonly maxEntries: number
  /** Only the server writes it: changes of clients are reverted. */
  readonly serverOnly: boolean
}

/** A kind of live document. It has the same name as its subject kind. */
export interface DocumentKind {
  readonly sections: readonly DocumentSection[]
}

/** An event after which live connections are authorized again. */
export interface AccessEvent {
  readonly on: EventKind<unknown>
  /** Whose connections are affected; undefined: none. */
  readonly affects: (event: PublishedEvent) => AccessChange | undefined
}

/** Queries that the workspace repeats after an event. */
export interface StaleQueries {
  readonly on: EventKind<unknown>
  /** Query keys; `$subject` stands for the event's subject. */
  readonly keys: readonly (readonly string[])[]
}

export interface Slice {
  readonly name: string
  /** One sentence for the API documentation. */
  readonly description: string
  readonly entities: readonly EntityClass<object>[]
  /** Its tables that have no entity. No other slice names a table of this one in a statement. */
  readonly tables: readonly (keyof Tables)[]
  readonly subjects: Readonly<Record<string, SubjectKind>>
  readonly documents: Readonly<Record<string, DocumentKind>>
  readonly notifications: Readonly<Record<string, NotificationType>>
  readonly notificationUpdates: readonly NotificationUpdate[]
  readonly handlers: readonly EventHandler[]
  readonly hooks: readonly Registration[]
  readonly schedules: readonly Schedule[]
  readonly accessEvents: readonly AccessEvent[]
  readonly staleQueries: readonly StaleQueries[]
  /** Operations that only sockets run, without an endpoint. Those that require the system need not be listed. */
  readonly internal: readonly { readonly name: Operation['name'] }[]
}

type Manifest<Kind extends string, Type extends string> = Pick<Slice, 'name' | 'description'> &
  Partial<Omit<Slice, 'subjects' | 'documents' | 'notifications'>> & {
    readonly subjects?: Readonly<Record<Kind, SubjectKind>>
    readonly documents?: { readonly [K in NoInfer<Kind>]?: DocumentKind }
    readonly notifications?: { readonly [T in Type]: NotificationType<NoInfer<Type>> }
  }

/**
 * Declares a slice. The kind of a live document must be a subject kind of the slice, which has a title and a link. A notification type has
 * a builder, which builds only types of the slice, or is `reserved`.
 */
export function defineSlice<const Kind extends string = never, const Type extends string = never>(manifest: Manifest<Kind, Type>): Slice {
  return {
    entities: [],
    tables: [],
    notificationUpdates: [],
    handlers: [],
    hooks: [],
    schedules: [],
    accessEvents: [],
    staleQueries: [],
    internal: [],
    ...manifest,
    subjects: manifest.subjects ?? {},
    documents: (manifest.documents ?? {}) as Slice['documents'],
    notifications: manifest.notifications ?? {},
  }
}
