import { z } from 'zod'
import { event } from '../kernel/events/event.ts'
import { defineHook, type InTransaction } from '../kernel/manifest/hook.ts'

/**
 * A person's role on a subject was granted, changed or (null) revoked. `was` is the previous role; absent where the subject was created.
 */
export const AccessChanged = event('access.changed', {
  subject: z.string(),
  userId: z.uuid(),
  role: z.string().nullable(),
  was: z.string().nullable().optional(),
})

/** Runs when a subject is created: other slices add to it in the same transaction. */
export const SubjectCreated = defineHook<InTransaction<{ subject: string }>>('access.subject-created')
