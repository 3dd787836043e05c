/** Comments on suggestions. */
import { z } from 'zod'
import { requireCommenter } from '../access/permission.ts'
import { CommentText } from '../comments/comment.ts'
import { addReply } from '../comments/reply.ts'
import { createThread, documentIdOf, documentSubject, findSuggestionThread, type ThreadDetails } from '../comments/thread.ts'
import { DocumentName } from '../documents/document.ts'
import { command } from '../kernel/operation.ts'
import { findSuggestion, readOpenSuggestions } from './suggestion.ts'

/** Maximum length of the text of a suggestion that its thread quotes, characters. */
const maxQuoteCharacters = 500

/** Comments on a suggestion, open or decided. All comments on it are one thread. @throws DomainError not-found */
export const replyToSuggestion = command('documents.replyToSuggestion', {
  input: { documentName: DocumentName, suggestionId: z.uuid(), text: CommentText },
  authorize: requireCommenter(documentSubject),
  async prepare(view, { documentName, suggestionId }) {
    const document = documentIdOf(documentName)
    const { open } = await readOpenSuggestions(view, document)
    return open.find(({ id }) => id === suggestionId) ?? (await findSuggestion(view, document, suggestionId))
  },
  async execute(work, { documentName, suggestionId, text }, { userId, inserted, deleted, formatted }): Promise<ThreadDetails> {
    const document = documentIdOf(documentName)
    const quote = (inserted || deleted || formatted).slice(0, maxQuoteCharacters).toWellFormed() || null
    const thread =
      (await findSuggestionThread(work, document, suggestionId)) ??
      (await createThread(work, document, { quote, suggestion: suggestionId, suggestionAuthor: userId }))
    return addReply(work, documentName, thread, text)
  },
})
