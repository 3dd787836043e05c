import { z } from 'zod'
import { acceptSuggestion, acceptSuggestions, rejectSuggestion, rejectSuggestions } from '../../domain/suggestions/decide.ts'
import { suggest } from '../../domain/suggestions/propose.ts'
import { suggestionKinds } from '../../domain/documents/richtext/suggestion-marks.ts'
import { replyToSuggestion } from '../../domain/suggestions/reply.ts'
import { listSuggestions, type SuggestionDetails, suggestionStates } from '../../domain/suggestions/suggestion.ts'
import { thread } from './comments.ts'
import { action, jsonResponse, get, listResponse, post } from '../http/endpoint.ts'

export const SuggestionBody = z
  .object({
    id: z.uuid(),
    mark: z.uuid().describe('the id in its marks; it differs from `id` when the marks name another author than the one who wrote'),
    userId: z.uuid().nullable().describe('its author according to the journal; null: SmartStart itself'),
    name: z.string().nullable(),
    kind: z.enum(suggestionKinds),
    inserted: z.string(),
    deleted: z.string(),
    formatted: z.string().describe('the text whose format changes'),
    formats: z
      .object({ added: z.array(z.string()), removed: z.array(z.string()) })
      .describe('marks added to that text and removed from it'),
    at: z.iso.datetime().nullable(),
    state: z.enum(suggestionStates).describe('`gone`: not decided, and its text was deleted'),
    decidedBy: z.uuid().nullable(),
    decidedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Suggestion' })

const suggestion = jsonResponse(SuggestionBody, ({ decidedAt, ...seen }: SuggestionDetails) => ({
  ...seen,
  decidedAt: decidedAt?.toISOString() ?? null,
}))

const all = jsonResponse(
  z.object({ decided: z.number().int(), head: z.number().int().describe('newest sequence number of the journal') }),
  (done: { decided: number; head: number }) => done,
)

const path = '/documents/:documentName/suggestions'

export const suggestions = [
  get(
    path,
    'Lists the suggestions of a document in the order of the text, or the decided ones, newest first.',
    listSuggestions,
    listResponse(suggestion),
  ),
  post(path, 'Suggests an insertion, a deletion or a change of a block.', suggest, suggestion),
  action(`${path}/accept`, 'Accepts all open suggestions of a document.', acceptSuggestions, all),
  action(`${path}/reject`, 'Rejects all open suggestions of a document.', rejectSuggestions, all),
  post(`${path}/:suggestionId/replies`, 'Comments on a suggestion. The comments on it are one thread.', replyToSuggestion, thread),
  action(`${path}/:suggestionId/accept`, 'Accepts one suggestion.', acceptSuggestion, suggestion),
  action(`${path}/:suggestionId/reject`, 'Rejects one suggestion. Authors can take back their own.', rejectSuggestion, suggestion),
]
