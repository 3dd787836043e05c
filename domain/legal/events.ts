import { z } from 'zod'
import { event } from '../kernel/events.ts'

export const DraftCreated = event('legal.drafted', { documentId: z.uuid(), title: z.string(), kind: z.string() })
export const DraftChanged = event('legal.changed', { documentId: z.uuid(), title: z.string(), kind: z.string() })
export const ClauseChanged = event('legal.clause-changed', {
  clauseId: z.uuid(),
  name: z.string(),
  change: z.enum(['created', 'changed', 'deleted']),
})
export const ImportAsked = event('legal.import-asked', { importId: z.uuid() })
/** It came to an end: a draft, or why there is none. */
export const ImportRead = event('legal.import-read', {
  importId: z.uuid(),
  state: z.enum(['done', 'failed']),
  documentName: z.string().nullable(),
  problem: z.string().nullable(),
})
