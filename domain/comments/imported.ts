/** Comment threads that a file brought, with the names of their authors in the file. */
import { newId } from '../kernel/entity.ts'
import type { CommandContext } from '../kernel/operation.ts'
import type { Anchor } from '../documents/richtext/anchor.ts'
import type { CharacterRange } from '../documents/richtext/positions.ts'
import { Comment } from './comment.ts'
import { maxComments } from './reply.ts'
import { maxThreads, Thread } from './thread.ts'

/** Maximum threads of a document, and comments of a thread. */
export const [maxImportedThreads, maxImportedComments] = [maxThreads, maxComments]

/** A thread of an imported file. Without an anchor it is on the whole document. */
export interface ImportedThread {
  anchor: { anchor: Anchor; quote: string; signs: CharacterRange[]; vector: string } | null
  resolved: boolean
  /** The oldest first. */
  comments: { authorName: string; at: string; text: string }[]
}

/**
 * Inserts the threads of a new document, in the transaction that creates it. It emits no event, so that nobody is notified.
 * @param userId the person who imports the file
 */
export async function insertImportedThreads(
  work: CommandContext,
  document: string,
  threads: readonly ImportedThread[],
  userId: string,
): Promise<void> {
  for (const { anchor, resolved, comments } of threads) {
    const threadId = newId()
    const bound = anchor ?? { anchor: null, quote: null, signs: null, vector: null }
    const createdAt = new Date(comments[0]?.at ?? work.now)
    const state = resolved ? ('resolved' as const) : ('open' as const)
    const end = { blocking: false, resolvedAt: resolved ? work.now : null, resolvedBy: resolved ? userId : null }
    work.em.persist(work.em.create(Thread, { id: threadId, document, state, ...bound, createdAt, ...end }))
    for (const { authorName, at, text } of comments) {
      const comment = { id: newId(), threadId, userId, text, mentions: [], createdAt: new Date(at), editedAt: null, authorName }
      work.em.persist(work.em.create(Comment, comment))
    }
  }
  await work.em.flush()
}
