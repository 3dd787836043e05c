import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

export const DocumentCreated = event('document.created', { documentName: z.string(), title: z.string() })
export const DocumentFrozen = event('document.frozen', { documentName: z.string() })
