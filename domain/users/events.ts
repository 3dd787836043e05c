import { z } from 'zod'
import { event } from '../kernel/events.ts'

export const UserCreated = event('user.created', { userId: z.uuid(), name: z.string() })
export const UserChanged = event('user.changed', { userId: z.uuid(), name: z.string(), status: z.string() })
