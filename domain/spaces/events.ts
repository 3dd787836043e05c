import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

export const SpaceCreated = event('space.created', { spaceId: z.uuid(), name: z.string() })
export const SpaceChanged = event('space.changed', { spaceId: z.uuid(), name: z.string() })
