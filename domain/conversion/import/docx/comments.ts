/** Comments of a Word document (ECMA-376 17.13.4), with replies and state as newer versions of Word write them. */
import { type ImportedAuthor, readAuthor, readDate } from './changes.ts'
import { markerNode } from './markers.ts'
import type { JSONContent } from '@tiptap/core'
import type { WordPackage } from './package/package.ts'
import { childrenOf, resolvedChildren, type XmlElement } from './package/xml.ts'

/** A comment as the file has it. */
export interface ReadComment {
  author: ImportedAuthor
  text: string
}

/** A comment with its replies. `range` is the number of its markers in the text. */
export interface ReadThread {
  range: number
  resolved: boolean
  comments: ReadComment[]
}

interface Entry extends ReadComment {
  id: string
  range: number
  /** Ids of its paragraphs. */
  paragraphs: string[]
  parent: string | undefined
  resolved: boolean
}

/** The plain text of a comment: paragraphs and line breaks are line breaks. */
function commentText(element: XmlElement): string {
  switch (element.name) {
    case 'w:t':
      return element.text
    case 'w:tab':
      return '\t'
    case 'w:br':
    case 'w:cr':
      return '\n'
    case 'w:del':
    case 'w:moveFrom':
    case 'w:pPr':
    case 'w:rPr':
      return ''
    case 'w:comment':
      return childrenOf(element, 'w:p').map(commentText).join('\n').trim()
    default:
      return resolvedChildren(element).map(commentText).join('')
  }
}

/** The comments of a document, and where they are in its text. */
export class Comments {
  readonly #entries = new Map<string, Entry>()
  /** Comments of which the start or the end is marked. */
  readonly #started = new Set<string>()
  readonly #ended = new Set<string>()

  /** @param now the time of comments without a date */
  constructor(file: WordPackage, now: string) {
    const byParagraph = new Map<string, Entry>()
    for (const element of childrenOf(file.related('comments')?.root, 'w:comment')) {
      const id = element.attributes['w:id'] ?? ''
      if (this.#entries.has(id)) continue
      const paragraphs = childrenOf(element, 'w:p').flatMap(({ attributes }) => attributes['w14:paraId'] ?? [])
      const author = { name: readAuthor(element), at: readDate(element) ?? now }
      const entry: Entry = {
        id,
        range: this.#entries.size,
        author,
        text: commentText(element),
        paragraphs,
        parent: undefined,
        resolved: false,
      }
      this.#entries.set(id, entry)
      for (const paragraph of paragraphs) byParagraph.set(paragraph.toUpperCase(), entry)
    }
    for (const { name, attributes } of file.related('commentsExtended')?.root.children ?? []) {
      const entry = name === 'w15:commentEx' ? byParagraph.get((attributes['w15:paraId'] ?? '').toUpperCase()) : undefined
      if (!entry) continue
      entry.resolved = /^(1|true|on)$/i.test(attributes['w15:done'] ?? '')
      const parent = byParagraph.get((attributes['w15:paraIdParent'] ?? '').toUpperCase())
      if (parent && parent !== entry) entry.parent = parent.id
    }
  }

  /** The marker of the start or end of a comment's words; undefined for a comment that is not there. */
  marker(element: XmlElement, isEnd: boolean): JSONContent | undefined {
    const entry = this.#entries.get(element.attributes['w:id'] ?? '')
    if (!entry) return undefined
    const marked = isEnd ? this.#ended : this.#started
    marked.add(entry.id)
    return markerNode({ range: entry.range, isEnd })
  }

  /** The markers that a comment lacks where the text refers to it: both where it is at a point and has no words. */
  pointMarkers(element: XmlElement): { start: JSONContent | undefined; end: JSONContent | undefined } {
    const id = element.attributes['w:id'] ?? ''
    const start = this.#started.has(id) ? undefined : this.marker(element, false)
    return { start, end: this.#ended.has(id) ? undefined : this.marker(element, true) }
  }

  /** The threads, oldest first. */
  threads(): ReadThread[] {
    const threads = new Map<string, ReadThread>()
    const byDate = [...this.#entries.values()].toSorted((one, other) =>
      one.author.at < other.author.at ? -1 : one.author.at > other.author.at ? 1 : 0,
    )
    for (const entry of byDate) {
      const root = this.#rootOf(entry)
      const thread = threads.get(root.id) ?? { range: root.range, resolved: root.resolved, comments: [] }
      threads.set(root.id, thread)
      const comment = { author: entry.author, text: entry.text }
      if (entry === root) thread.comments.unshift(comment)
      else thread.comments.push(comment)
    }
    return [...threads.values()]
  }

  /** The comment that a reply belongs to, in the end. Replies in a circle each begin a thread. */
  #rootOf(entry: Entry): Entry {
    let at = entry
    const seen = new Set<string>()
    while (at.parent !== undefined) {
      if (seen.has(at.id)) return entry
      seen.add(at.id)
      at = this.#entries.get(at.parent) ?? at
    }
    return at
  }
}
