import { z } from 'zod'
import { event } from '../kernel/events.ts'

export const DocumentCreated = event('document.created', { documentName: z.string(), title: z.string() })
export const DocumentFrozen = event('document.frozen', { documentName: z.string() })
/** A thread of comments began, changed, or went; `commentId` is the comment that came, changed or went, null for a thread's state. */
export const CommentChanged = event('documents.comment-changed', {
  documentName: z.string(),
  threadId: z.uuid(),
  change: z.enum(['said', 'edited', 'deleted', 'reacted', 'resolved', 'reopened']),
  commentId: z.uuid().nullable(),
})
/** A suggestion was made, or decided. */
export const SuggestionChanged = event('documents.suggestion-changed', {
  documentName: z.string(),
  suggestionId: z.uuid(),
  change: z.enum(['made', 'accepted', 'rejected']),
})
/** Suggestions were decided, one or many: the text is to follow. */
export const SuggestionsDecided = event('documents.suggestions-decided', { documentName: z.string() })
/** A moment was given a name. */
export const VersionNamed = event('documents.version-named', { documentName: z.string(), versionId: z.uuid() })
/** The name was taken from a moment. */
export const VersionDropped = event('documents.version-dropped', { documentName: z.string(), versionId: z.uuid() })
