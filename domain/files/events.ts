import { z } from 'zod'
import { event } from '../kernel/events.ts'

export const ExportAsked = event('files.export-asked', { exportId: z.uuid() })
/** It came to an end: a file, or why there is none. */
export const ExportMade = event('files.export-made', {
  exportId: z.uuid(),
  state: z.enum(['done', 'failed']),
  problem: z.string().nullable(),
})
