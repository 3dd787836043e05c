/** What every entity has: a time-ordered id, and times of creation and change. */
import { defineEntity, type EntityClass, type FilterQuery, p } from '@mikro-orm/core'
import { v7 } from 'uuid'
import type { EntityReader } from './db/read-only.ts'

export { defineEntity, p }

/** A new id: UUIDv7, so that ids sort by creation time. */
export const newId = (): string => v7()

/** Properties that an entity spreads into its own. */
export const identity = () => ({
  id: p.uuid().primary().onCreate(newId),
  ...timestamps(),
})

/** When a row was created and last changed. */
export const timestamps = () => ({
  createdAt: p
    .datetime()
    .length(3)
    .onCreate(() => new Date()),
  updatedAt: p
    .datetime()
    .length(3)
    .onCreate(() => new Date())
    .onUpdate(() => new Date()),
})

/** Entities of one kind by their ids, in any order. */
export const findByIds = <T extends { id: string }>(em: EntityReader, entity: EntityClass<T>, ids: readonly string[]): Promise<T[]> =>
  em.find(entity, { id: { $in: [...ids] } } as unknown as FilterQuery<T>)
