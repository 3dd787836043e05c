import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

export const VentureCreated = event('venture.created', { ventureId: z.uuid(), name: z.string() })
export const VentureChanged = event('venture.changed', { ventureId: z.uuid(), name: z.string() })
