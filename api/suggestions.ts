import { z } from 'zod'
import { acceptSuggestion, acceptSuggestions, rejectSuggestion, rejectSuggestions } from '../domain/documents/decision.ts'
import { suggest } from '../domain/documents/proposal.ts'
import { suggestionKinds } from '../domain/documents/suggested.ts'
import { listSuggestions, type SuggestionSeen, suggestionStates } from '../domain/documents/suggestion.ts'
import { act, answer, get, pageOf, post } from './endpoint.ts'

export const SuggestionBody = z
  .object({
    id: z.uuid(),
    mark: z
      .uuid()
      .describe('the id that its marks bear in the text; another than `id` where they say another author than the one who wrote'),
    userId: z.uuid().nullable().describe('who made it, as the journal knows; null is SmartStart itself'),
    name: z.string().nullable(),
    kind: z.enum(suggestionKinds),
    inserted: z.string(),
    deleted: z.string(),
    at: z.iso.datetime().nullable(),
    state: z.enum(suggestionStates).describe('`gone`: not decided, and nothing of it is in the text'),
    decidedBy: z.uuid().nullable(),
    decidedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Suggestion' })

const suggestion = answer(SuggestionBody, ({ decidedAt, ...seen }: SuggestionSeen) => ({
  ...seen,
  decidedAt: decidedAt?.toISOString() ?? null,
}))

const all = answer(
  z.object({ decided: z.number().int(), head: z.number().int().describe('the newest row of the journal') }),
  (done: { decided: number; head: number }) => done,
)

const path = '/documents/:documentName/suggestions'

export const suggestions = [
  get(path, listSuggestions, pageOf(suggestion)),
  post(path, suggest, suggestion),
  act(`${path}/accept`, acceptSuggestions, all),
  act(`${path}/reject`, rejectSuggestions, all),
  act(`${path}/:suggestionId/accept`, acceptSuggestion, suggestion),
  act(`${path}/:suggestionId/reject`, rejectSuggestion, suggestion),
]
