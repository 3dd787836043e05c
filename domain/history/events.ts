import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

/** A revision was named. */
export const VersionNamed = event('version.named', { documentName: z.string(), versionId: z.uuid() })
/** A version was deleted; its revision stays. */
export const VersionDeleted = event('version.deleted', { documentName: z.string(), versionId: z.uuid() })
