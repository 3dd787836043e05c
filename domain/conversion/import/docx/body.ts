/** Reads the blocks of a part of a Word document: its body, a cell, a note, a text box. */
import type { JSONContent } from '@tiptap/core'
import type { Block, ParagraphBlock } from './blocks.ts'
import type { ReaderContext } from './context.ts'
import { isMarker } from './markers.ts'
import { readParagraph } from './paragraphs.ts'
import { ParagraphBookmarks } from './references.ts'
import { readMoveEdge } from './inline/runs.ts'
import { readTable } from './tables.ts'
import { excerpt } from './warnings.ts'
import { child, resolvedChildren, type XmlElement } from './package/xml.ts'

/** Reads elements as blocks. */
export function readBlocks(elements: readonly XmlElement[], context: ReaderContext, inHeader = false): Block[] {
  const reader = new BlockReader(context, inHeader)
  reader.read(elements)
  return reader.finish()
}

class BlockReader {
  readonly #context: ReaderContext
  readonly #inHeader: boolean
  readonly #blocks: Block[] = []
  /** Markers and bookmarks that stand before the next paragraph. */
  #markers: JSONContent[] = []
  #bookmarks: { id: string; name: string }[] = []
  /** A large first letter, which Word keeps as a paragraph of its own: it belongs to the next one. */
  #dropCap: ParagraphBlock | undefined

  constructor(context: ReaderContext, inHeader: boolean) {
    this.#context = context
    this.#inHeader = inHeader
  }

  read(elements: readonly XmlElement[]): void {
    for (const element of elements) this.#read(element)
  }

  #read(element: XmlElement): void {
    const { name } = element
    switch (name) {
      case 'w:p':
        return this.#readParagraph(element)
      case 'w:tbl': {
        const read = (cell: readonly XmlElement[], inHeader: boolean) => readBlocks(cell, this.#context, inHeader)
        const table = readTable(element, this.#context, read)
        this.#endDropCap()
        this.#blocks.push(table)
        return
      }
      case 'w:sdt':
        return this.read(resolvedChildren(child(element, 'w:sdtContent') ?? { ...element, children: [] }))
      case 'mc:AlternateContent':
        return this.read(resolvedChildren({ ...element, children: [element] }))
      case 'w:altChunk': {
        const target = this.#context.file.relationshipMap(this.#context.part).get(element.attributes['r:id'] ?? '')?.target ?? ''
        const file = excerpt(target.split('/').at(-1) ?? '')
        const { warnings, counts } = this.#context
        warnings.add(`Inserted file${file ? ` “${file}”` : ''} left out after paragraph ${counts.paragraphs}.`)
        return
      }
      case 'w:r':
      case 'm:oMath':
      case 'm:oMathPara':
        return this.#readParagraph({ name: 'w:p', attributes: {}, children: [element], text: '' })
      default:
        if (!this.#readPlace(element) && name.startsWith('w:') && !name.endsWith('Pr')) this.read(resolvedChildren(element))
    }
  }

  /** Reads what stands between blocks: comments, bookmarks, moves. */
  #readPlace(element: XmlElement): boolean {
    const { name, attributes } = element
    if (name === 'w:commentRangeStart') {
      const marker = this.#context.comments.marker(element, false)
      if (marker) this.#markers.push(marker)
    } else if (name === 'w:commentRangeEnd') {
      const marker = this.#context.comments.marker(element, true)
      const last = this.#blocks.at(-1)
      if (marker && last?.kind === 'paragraph' && this.#markers.length === 0) last.content.push(marker)
      else if (marker) this.#markers.push(marker)
    } else if (name === 'w:bookmarkStart') this.#bookmarks.push({ id: attributes['w:id'] ?? '', name: attributes['w:name'] ?? '' })
    else if (name !== 'w:bookmarkEnd') return readMoveEdge(element, this.#context)
    return true
  }

  #readParagraph(element: XmlElement): void {
    const { blocks, textBoxes } = readParagraph({ ...element, children: resolvedChildren(element) }, this.#context, this.#inHeader)
    const [first] = blocks
    if (first) {
      first.content.unshift(...this.#markers)
      const bookmarks = new ParagraphBookmarks()
      for (const { id, name } of this.#bookmarks) {
        bookmarks.start(id, name, 0)
        bookmarks.end(id, Number.POSITIVE_INFINITY)
      }
      bookmarks.finish(this.#context.bookmarks, first)
      this.#markers = []
      this.#bookmarks = []
      if (isDropCap(element) && blocks.length === 1) {
        this.#endDropCap()
        this.#dropCap = first
        return
      }
      first.content.unshift(...(this.#dropCap?.content ?? []))
      this.#dropCap = undefined
    }
    this.#blocks.push(...blocks)
    for (const box of textBoxes) this.#blocks.push(...readBlocks(box.children, this.#context))
  }

  /** A large first letter without a paragraph after it stays a paragraph. */
  #endDropCap(): void {
    if (this.#dropCap) this.#blocks.push(this.#dropCap)
    this.#dropCap = undefined
  }

  finish(): Block[] {
    this.#endDropCap()
    const blocks = this.#blocks
    placeMarkChanges(blocks)
    const last = blocks.at(-1)
    // Word requires a paragraph after a table at the end
    if (last?.kind === 'paragraph' && isEmpty(last) && blocks.at(-2)?.kind === 'table') blocks.pop()
    if (this.#markers.length > 0) {
      const end = blocks.findLast((block) => block.kind === 'paragraph')
      end?.content.push(...this.#markers)
    }
    return blocks
  }
}

/** ECMA-376 part 1, 17.3.1.11: `w:framePr` with `w:dropCap`. */
function isDropCap(paragraph: XmlElement): boolean {
  const kind = child(child(paragraph, 'w:pPr'), 'w:framePr')?.attributes['w:dropCap']
  return kind === 'drop' || kind === 'margin'
}

const isEmpty = ({ content, numbering, suggestion, type }: ParagraphBlock) =>
  content.length === 0 && !numbering && !suggestion && type === 'paragraph'

/**
 * Turns tracked changes of the ends of paragraphs into suggestions on blocks. A paragraph whose words are all inserted is inserted itself.
 * Otherwise the break after it was inserted: that is a suggestion on the next paragraph, which rejecting it joins to the one before.
 */
function placeMarkChanges(blocks: Block[]): void {
  const changed = new Set<Block>()
  for (const [at, block] of blocks.entries()) {
    if (block.kind !== 'paragraph' || !block.markChange) continue
    const { kind, attributes } = block.markChange
    const mark = kind === 'insert' ? 'insertion' : 'deletion'
    const isWhole = block.content.every((node) => isMarker(node) || node.marks?.some(({ type }) => type === mark))
    const target = isWhole && !changed.has(block) ? block : blocks[at + 1]
    if (target?.kind !== 'paragraph' || changed.has(target)) continue
    target.suggestion = { ...attributes, kind }
    changed.add(target)
  }
}
