import { z } from 'zod'
import { event } from '../kernel/events.ts'

export const SessionOpened = event('auth.session-opened', { userId: z.uuid(), sessionId: z.uuid() })
export const SessionEnded = event('auth.session-ended', { userId: z.uuid(), sessionId: z.uuid(), reason: z.string() })
