/** Events as rows: written in the transaction of the change, given a position after the commit. */
import { z } from 'zod'
import type { Actor } from '../actor.ts'
import { defineEntity, newId, p } from '../entity.ts'

/** A kind of event: its name, and the schema of its data. */
export interface EventKind<D> {
  readonly name: string
  readonly data: z.ZodType<D>
}

/** Declares a kind of event. Its whole audience can read the data, so put no more into it than they may see. */
export function event<S extends z.ZodRawShape>(name: string, data: S): EventKind<z.output<z.ZodObject<S>>> {
  return { name, data: z.object(data) }
}

const EventSchema = defineEntity({
  name: 'EventRow',
  tableName: 'event',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    position: p.bigint('number').nullable().unique(),
    name: p.string(),
    subject: p.string(),
    audience: p.array().columnType('text[]'),
    actor: p.uuid().nullable(),
    /** Null in rows older than the column: then an actor is a person. */
    actorKind: p.string().$type<Actor['kind']>().length(16).nullable(),
    onBehalfOf: p.uuid().nullable(),
    data: p.json<Record<string, unknown>>(),
    at: p.datetime().length(3),
  },
})
/** An event row; `position` is null until the sequencer has assigned it. */
export class EventRow extends EventSchema.class {}
EventSchema.setClass(EventRow)

/** An event as subscribers and handlers receive it. */
export interface PublishedEvent {
  /** Place in the one order of all events: 1, 2, 3, … without gaps. */
  position: number
  event: string
  subject: string
  audience: string[]
  actor: string | null
  at: string
  data: Record<string, unknown>
}
