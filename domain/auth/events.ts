import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

export const SessionOpened = event('session.opened', { userId: z.uuid(), sessionId: z.uuid() })
export const SessionEnded = event('session.ended', { userId: z.uuid(), sessionId: z.uuid(), reason: z.string() })
/** A person's password was changed, or reset by a link. */
export const PasswordChanged = event('password.changed', { userId: z.uuid(), how: z.enum(['changed', 'reset']) })
/** A link to reset a password was requested. It has no audience: it only starts the mail. */
export const PasswordResetRequested = event('password-reset.requested', { email: z.string() })
