import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

/** A suggestion was created, accepted or rejected. */
export const SuggestionChanged = event('suggestion.changed', {
  documentName: z.string(),
  suggestionId: z.uuid(),
  change: z.enum(['created', 'accepted', 'rejected']),
})
/** One or more suggestions were decided. The text of the document must follow. */
export const SuggestionDecided = event('suggestion.decided', { documentName: z.string() })
