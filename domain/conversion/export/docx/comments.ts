/** Comment threads of an exported Word document: each comment with its replies, on the words that it is about. */
import { CommentRangeEnd, CommentRangeStart, CommentReference, type ICommentOptions, Paragraph, type ParagraphChild, TextRun } from 'docx'
import type { JSONContent } from '@tiptap/core'
import { type ExportModel, readPieces, unchanged } from '../export-model.ts'

/** The comments of a document, and the marks that bind them to words. */
export class WordComments {
  readonly options: ICommentOptions[] = []
  /** Ids of the comments of each thread. */
  readonly #ids: number[][]
  /** How many pieces of text of each thread are still to be written, and which threads have begun. */
  readonly #pending: number[]
  readonly #open = new Set<number>()

  constructor(paper: ExportModel) {
    this.#ids = paper.threads.map(({ comments, resolved }) => {
      const parentId = this.options.length
      return comments.map(({ author, at, text }, place) => {
        const id = this.options.length
        const children = text.split('\n').map((line) => new Paragraph({ children: [new TextRun(line)] }))
        this.options.push({
          id,
          author,
          initials: toInitials(author),
          date: new Date(at),
          children,
          resolved,
          ...(place > 0 && { parentId }),
        })
        return id
      })
    })
    this.#pending = paper.threads.map(() => 0)
    for (const thread of listThreads(paper.content, paper)) this.#pending[thread] = (this.#pending[thread] ?? 0) + 1
  }

  /** The marks before some text of threads. */
  begin(threads: readonly number[]): ParagraphChild[] {
    return threads.flatMap((thread) => {
      if (this.#open.has(thread)) return []
      this.#open.add(thread)
      return (this.#ids[thread] ?? []).map((id) => new CommentRangeStart(id))
    })
  }

  /** The marks after some text of threads: where it is the last of a thread, its end. */
  end(threads: readonly number[]): ParagraphChild[] {
    return threads.flatMap((thread) => {
      const left = (this.#pending[thread] ?? 0) - 1
      this.#pending[thread] = left
      return left === 0 ? this.#close(thread) : []
    })
  }

  /** The marks of the threads about the whole document, or about words that it no longer has. */
  whole(): ParagraphChild[] {
    const threads = this.#ids.flatMap((_, thread) => (this.#pending[thread] === 0 && !this.#open.has(thread) ? [thread] : []))
    return [...this.begin(threads), ...threads.flatMap((thread) => this.#close(thread))]
  }

  /** The ends of threads whose last words were not written. */
  rest(): ParagraphChild[] {
    return [...this.#open].filter((thread) => (this.#pending[thread] ?? 0) > 0).flatMap((thread) => this.#close(thread))
  }

  #close(thread: number): ParagraphChild[] {
    this.#pending[thread] = 0
    return (this.#ids[thread] ?? []).flatMap((id) => [new CommentRangeEnd(id), new TextRun({ children: [new CommentReference(id)] })])
  }
}

/** The threads of each piece of text, in order. */
function listThreads(part: JSONContent, paper: ExportModel): number[] {
  if (part.content?.some(({ type }) => type === 'text' || type === 'hardBreak'))
    return readPieces(part, paper, unchanged).flatMap(({ threads }) => threads)
  return (part.content ?? []).flatMap((child) => listThreads(child, paper))
}

const toInitials = (name: string) =>
  name
    .split(/\s+/)
    .map((word) => Array.from(word)[0] ?? '')
    .join('')
    .slice(0, 4)
