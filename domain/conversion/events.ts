import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

export const ExportRequested = event('export.requested', { exportId: z.uuid() })
/** An export ended: with a file, or with the problem that prevented it. */
export const ExportFinished = event('export.finished', {
  exportId: z.uuid(),
  state: z.enum(['done', 'failed']),
  problem: z.string().nullable(),
})
