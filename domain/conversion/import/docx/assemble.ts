/** Puts blocks together as content of the editor: lists, quotations, code, tables, numbered paragraphs. */
import type { JSONContent } from '@tiptap/core'
import { type ListStyle, maxListLevel } from '../../../documents/richtext/list-styles.ts'
import { maxRows } from '../../../documents/richtext/tables.ts'
import type { Block, ParagraphBlock, TableBlock, TableRowBlock } from './blocks.ts'
import { continuesItem, type ListPlace, type ListPlaces, placeInLists } from './list-kinds.ts'
import { isMarker } from './markers.ts'
import { checkBoxState } from './definitions/symbols.ts'

/** Builds the content of a document or of a note. */
export class Assembler {
  readonly #styles: ReadonlyMap<string, ListStyle>
  /** The counts of list styles by level, as the editor will count them. */
  readonly #counts = new Map<string, (number | undefined)[]>()

  /** @param styles the list styles that numbered paragraphs use */
  constructor(styles: ReadonlyMap<string, ListStyle>) {
    this.#styles = styles
  }

  assemble(blocks: readonly Block[]): JSONContent[] {
    return this.#container(blocks, placeInLists(blocks))
  }

  /** Blocks in order; neighbours that are quoted, or code, are one. */
  #container(blocks: readonly Block[], places: ListPlaces): JSONContent[] {
    const content: JSONContent[] = []
    for (let from = 0; from < blocks.length; ) {
      const quoted = isQuoted(blocks[from])
      let to = from + 1
      while (to < blocks.length && isQuoted(blocks[to]) === quoted) to++
      const inner = this.#lines(blocks.slice(from, to), places)
      content.push(...(quoted ? [{ type: 'blockquote', content: inner }] : inner))
      from = to
    }
    return content
  }

  #lines(blocks: readonly Block[], places: ListPlaces): JSONContent[] {
    const lists = new ListBuilder()
    for (const [index, block] of blocks.entries()) {
      const place = block.kind === 'paragraph' ? places.get(block) : undefined
      if (place && block.kind === 'paragraph') lists.addItem(place, block, this.#paragraph(block, place))
      else {
        const nodes = block.kind === 'table' ? this.#tables(block, places) : [this.#paragraph(block, undefined)]
        if (lists.isOpen && continuesItem(blocks, index, places)) lists.continueItem(nodes)
        else lists.add(nodes)
      }
    }
    return lists.content
  }

  #paragraph(block: ParagraphBlock, place: ListPlace | undefined): JSONContent {
    const { type, level, dir, bookmark, numbering } = block
    if (type === 'horizontalRule') return { type }
    const content = place?.type === 'taskList' ? withoutBox(block) : block.content
    const suggestion = block.suggestion && !place ? JSON.stringify(block.suggestion) : null
    if (type === 'codeBlock') return { type, attrs: { suggestion }, content }
    const numbered = numbering && !place ? this.#number(numbering) : {}
    const attrs = { ...(type === 'heading' && { level }), dir, ...numbered, bookmark: bookmark ?? null, suggestion }
    return { type, attrs, content }
  }

  /** The attributes of a numbered paragraph. A start is written where the editor would count otherwise. */
  #number({ listStyle, level, count }: ParagraphBlock['numbering'] & object): Record<string, unknown> {
    const levels = this.#styles.get(listStyle)?.levels
    if (!levels) return {}
    const counts = this.#counts.get(listStyle) ?? []
    this.#counts.set(listStyle, counts)
    const last = counts[level]
    const expected = last === undefined ? levels[level]?.start : last + 1
    counts[level] = count
    for (let deeper = level + 1; deeper <= maxListLevel; deeper++) {
      const restart = levels[deeper]?.restart
      if (restart === undefined || (restart > 0 && level < restart)) counts[deeper] = undefined
    }
    return { listStyle, listLevel: level, listStart: expected === count ? null : count }
  }

  /** A table; several where it has more rows than a table of the editor. */
  #tables({ rows }: TableBlock, places: ListPlaces): JSONContent[] {
    const tables: JSONContent[] = []
    for (let from = 0; from < rows.length; from += maxRows) {
      const part = rows.slice(from, from + maxRows)
      const whole = wholeSuggestion(part)
      const content = part.map(({ cells, suggestion }) => ({
        type: 'tableRow',
        attrs: { suggestion: suggestion && !whole ? JSON.stringify(suggestion) : null },
        content: cells.map((cell) => ({
          type: cell.header ? 'tableHeader' : 'tableCell',
          attrs: { colspan: cell.columns, rowspan: cell.rows },
          content: this.#container(cell.blocks, places),
        })),
      }))
      tables.push({ type: 'table', attrs: { suggestion: whole ? JSON.stringify(whole) : null }, content })
    }
    return tables
  }
}

const isQuoted = (block: Block | undefined) => block?.kind === 'paragraph' && block.quoted

/** The suggestion that all rows of a table share: then it is one of the table. */
function wholeSuggestion(rows: readonly TableRowBlock[]): TableRowBlock['suggestion'] {
  const [first] = rows
  if (!first?.suggestion) return undefined
  return rows.every(({ suggestion }) => suggestion?.id === first.suggestion?.id && suggestion?.kind === first.suggestion?.kind)
    ? first.suggestion
    : undefined
}

/** The content of a task without its check box. */
function withoutBox({ content }: ParagraphBlock): JSONContent[] {
  const at = content.findIndex((node) => !isMarker(node))
  const first = content[at]
  const box = Array.from(first?.text ?? '')[0]
  // the bullet of the paragraph may be its box
  if (first?.text === undefined || box === undefined || checkBoxState(box) === undefined) return content
  const text = first.text.slice(box.length)
  const rest = content.slice(at + 1)
  const next = text === '' ? rest.findIndex((node) => !isMarker(node)) : -1
  const second = rest[next]
  if (second?.text !== undefined) rest[next] = { ...second, text: second.text.replace(/^\s+/, '') }
  const own = text.replace(/^\s+/, '')
  return [...content.slice(0, at), ...(own === '' ? [] : [{ ...first, text: own }]), ...rest].filter(({ text: kept }) => kept !== '')
}

interface OpenList extends ListPlace {
  node: JSONContent & { content: JSONContent[] }
}

/** Nests list items by their depth. */
class ListBuilder {
  readonly content: JSONContent[] = []
  #open: OpenList[] = []

  get isOpen(): boolean {
    return this.#open.length > 0
  }

  addItem(place: ListPlace, block: ParagraphBlock, paragraph: JSONContent): void {
    const isTask = place.type === 'taskList'
    const suggestion = block.suggestion ? JSON.stringify(block.suggestion) : null
    const attrs = { suggestion, ...(isTask && { checked: block.checked ?? false }) }
    const item = { type: isTask ? 'taskItem' : 'listItem', attrs, content: [paragraph] }
    const fits = (list: OpenList) =>
      list.depth < place.depth || (list.depth === place.depth && list.type === place.type && list.key === place.key)
    while (this.#open.length > 0 && !fits(this.#open.at(-1) as OpenList)) this.#open.pop()
    const top = this.#open.at(-1)
    if (top?.depth === place.depth) {
      top.node.content.push(item)
      return
    }
    const node = { type: place.type, ...(place.type === 'orderedList' && { attrs: { start: place.start } }), content: [item] }
    if (top) top.node.content.at(-1)?.content?.push(node)
    else this.content.push(node)
    this.#open.push({ ...place, node })
  }

  /** Adds blocks to the last item. */
  continueItem(nodes: JSONContent[]): void {
    this.#open
      .at(-1)
      ?.node.content.at(-1)
      ?.content?.push(...nodes)
  }

  /** Adds blocks after the lists. */
  add(nodes: JSONContent[]): void {
    this.#open = []
    for (const node of nodes) {
      const last = this.content.at(-1)
      // neighbouring paragraphs of code are one block
      if (node.type === 'codeBlock' && last?.type === 'codeBlock' && !node.attrs?.suggestion && !last.attrs?.suggestion)
        last.content = [...(last.content ?? []), { type: 'text', text: '\n' }, ...(node.content ?? [])]
      else this.content.push(node)
    }
  }
}
