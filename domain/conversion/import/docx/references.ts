/** Bookmarks, and the cross references to them (ECMA-376 17.13.6, 17.16.5.51). */
import type { JSONContent } from '@tiptap/core'
import {
  isListStyleId,
  type ListStyle,
  ParagraphCounter,
  type ParagraphNumber,
  writeReference,
} from '../../../documents/richtext/list-styles.ts'
import { allParagraphs, type Block, inlineText, type ParagraphBlock } from './blocks.ts'

interface Bookmark {
  block: ParagraphBlock
  /** Whether it covers all words of its paragraph. */
  whole: boolean
}

/** The bookmarks of a document by name. */
export class Bookmarks {
  readonly #found = new Map<string, Bookmark>()

  add(name: string, block: ParagraphBlock, whole: boolean): void {
    if (name !== '' && !this.#found.has(name)) this.#found.set(name, { block, whole })
  }

  /**
   * Binds cross references to their paragraphs. Where a reference has no paragraph, or the paragraph no number, its text stays as it is in
   * the file.
   */
  bind(blocks: readonly Block[]): void {
    let made = 0
    for (const block of allParagraphs(blocks)) {
      if (block.content.every(({ type }) => type !== 'crossReference')) continue
      block.content = block.content.map((node) => {
        if (node.type !== 'crossReference') return node
        const { target, kind, text } = node.attrs as { target: string; kind: string; text: string }
        const found = this.#found.get(target)
        const fits = found && found.block.type !== 'codeBlock' && (kind === 'text' ? found.whole : isNumbered(found.block))
        if (!fits) return { type: 'text', text, ...(node.marks && { marks: node.marks }) }
        found.block.bookmark ??= isListStyleId(target) ? target : `ref-${++made}`
        return { ...node, attrs: { ...node.attrs, target: found.block.bookmark } }
      })
    }
  }
}

const isNumbered = ({ numbering, type }: ParagraphBlock) =>
  numbering !== undefined && (numbering.format !== 'bullet' || type === 'heading') && numbering.text !== ''

/**
 * Chooses what references to numbers show: the one of the number and the full number that the file shows. Word chooses by the place of the
 * reference.
 */
export function fitReferences(content: JSONContent, styles: ReadonlyMap<string, ListStyle>): void {
  const counter = new ParagraphCounter(styles)
  const numbers = new Map<string, ParagraphNumber | undefined>()
  const references: JSONContent[] = []
  const walk = (part: JSONContent) => {
    const number = part.attrs?.listStyle ? counter.next(part.attrs) : undefined
    const bookmark: unknown = part.attrs?.bookmark
    if (typeof bookmark === 'string') numbers.set(bookmark, number)
    if (part.type === 'crossReference' && part.attrs?.kind !== 'text') references.push(part)
    part.content?.forEach(walk)
  }
  walk(content)
  const plain = (text: string) => text.replace(/[\s.]+$/, '').replace(/\s/g, '')
  for (const { attrs } of references) {
    const number = numbers.get(String(attrs?.target))
    const shown = plain(String(attrs?.text))
    const kinds = [attrs?.kind, 'number', 'fullNumber'] as const
    const fitting = kinds.find((kind) => plain(writeReference(kind, { number, text: '' }, '')) === shown)
    if (attrs && fitting) attrs.kind = fitting
  }
}

/** The bookmarks of a paragraph while it is read. */
export class ParagraphBookmarks {
  readonly #open = new Map<string, { name: string; from: number; to: number | undefined }>()

  start(id: string, name: string, at: number): void {
    this.#open.set(id, { name, from: at, to: undefined })
  }

  end(id: string, at: number): void {
    const bookmark = this.#open.get(id)
    if (bookmark) bookmark.to ??= at
  }

  /** Adds them to those of the document. */
  finish(bookmarks: Bookmarks, block: ParagraphBlock): void {
    const { length } = inlineText(block.content)
    for (const { name, from, to } of this.#open.values()) bookmarks.add(name, block, from === 0 && (to ?? 0) >= length)
  }
}
