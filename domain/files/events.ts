import { z } from 'zod'
import { event } from '../kernel/events.ts'

export const ExportAsked = event('files.export-asked', { exportId: z.uuid() })
