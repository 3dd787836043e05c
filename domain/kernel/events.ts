/** What happened, as rows: written with what they tell of, numbered by the relay once committed. */
import { z } from 'zod'
import { defineEntity, newId, p } from './entity.ts'

/** A kind of event: its name on the wire (`slice.happened`) and the shape of what it carries. */
export interface EventKind<D> {
  readonly name: string
  readonly data: z.ZodType<D>
}

/** Declares a kind of event. What it carries, its whole audience may read; so it carries no more than that. */
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
    data: p.json<Record<string, unknown>>(),
    at: p.datetime().length(3),
  },
})
/** An event as it is kept; `position` is null until the relay has numbered it. */
export class EventRow extends EventSchema.class {}
EventSchema.setClass(EventRow)

/** An event as it is heard. */
export interface HeardEvent {
  /** Place in the one order of all events: 1, 2, 3, … without gaps. */
  position: number
  event: string
  subject: string
  audience: string[]
  actor: string | null
  at: string
  data: Record<string, unknown>
}
