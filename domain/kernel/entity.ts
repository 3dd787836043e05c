/** What every entity has: a time-ordered id, and when it was made and changed. */
import { defineEntity, p } from '@mikro-orm/core'
import { v7 } from 'uuid'

export { defineEntity, p }

/** A new id: UUIDv7, so that ids sort by the time they were made. */
export const newId = (): string => v7()

/** Properties that an entity spreads into its own. */
export const identity = () => ({
  id: p.uuid().primary().onCreate(newId),
  ...times(),
})

/** When a row was made and last changed. */
export const times = () => ({
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
