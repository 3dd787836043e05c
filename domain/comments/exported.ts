/** The comment threads of a document as an exported file shows them. */
import { readNames } from '../users/display-name.ts'
import type { QueryContext } from '../kernel/operation.ts'
import type { Anchor } from '../documents/richtext/anchor.ts'
import { readMentions } from './mentions.ts'
import { readThreadDetails, Thread } from './thread.ts'

/** A thread with the names of its authors. The anchor is null where its words are gone, or it is about the whole document. */
export interface ExportedThread {
  resolved: boolean
  anchor: Anchor | null
  /** The suggestion that it discusses. */
  suggestionId: string | null
  comments: { author: string; at: string; text: string }[]
}

/** The threads of a document, oldest first. Mentions are names. */
export async function readExportedThreads(view: QueryContext, document: string): Promise<ExportedThread[]> {
  const threads = await readThreadDetails(view, await view.em.find(Thread, { document }, { orderBy: { id: 'asc' } }))
  const nameOf = await readNames(
    view,
    threads.flatMap(({ comments }) => comments.flatMap(({ text }) => readMentions(text).map(({ userId }) => userId))),
  )
  return threads.map(({ state, anchor, gone, suggestionId, comments }) => ({
    resolved: state === 'resolved',
    anchor: gone ? null : anchor,
    suggestionId,
    comments: comments.map(({ name, createdAt, text }) => ({
      author: name,
      at: createdAt.toISOString(),
      text: writeMentions(text, nameOf),
    })),
  }))
}

function writeMentions(text: string, nameOf: (userId: string) => string): string {
  let written = ''
  let from = 0
  for (const { index, length, userId } of readMentions(text)) {
    written += `${text.slice(from, index)}@${nameOf(userId)}`
    from = index + length
  }
  return written + text.slice(from)
}
