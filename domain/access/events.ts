import { z } from 'zod'
import { event } from '../kernel/events.ts'

/** Somebody's role on a subject was given, changed or (null) taken away. `was` is the one before; absent where the subject was made. */
export const AccessChanged = event('access.changed', {
  subject: z.string(),
  userId: z.uuid(),
  role: z.string().nullable(),
  was: z.string().nullable().optional(),
})
