/**
 * Parses the suggestions in a text: marks of insertion and deletion, and block attributes, grouped by suggestion.
 *
 * Clients write the marks, so the author in a mark is not trusted: the author of inserted words is the one who wrote them, and the author
 * of a deletion is the one who marked it. Text of someone else under a mark is a suggestion of its own.
 */
import { v5 } from 'uuid'
import * as Y from 'yjs'
import type { FindAuthor } from '../journal/attribution.ts'
import { PositionIndex, visibleItems, type CharacterRange, readText } from './positions.ts'
import { parseBlockSuggestion, parseSuggestionMark, suggestionMarkKey } from './suggestion-attributes.ts'

export const suggestionKinds = ['insert', 'delete', 'replace', 'insert-block', 'delete-block', 'change-block'] as const
export type SuggestionKind = (typeof suggestionKinds)[number]

/** A suggestion in the text. `mark` is the id in its marks, `userId` its author; null is SmartStart. */
export interface ParsedSuggestion {
  id: string
  mark: string
  userId: string | null
  kind: SuggestionKind
  inserted: string
  deleted: string
  /** The time in the mark. */
  at: string | null
}

/** The Yjs ids of a suggestion's content: inserted characters, characters to delete, and blocks. */
export interface SuggestionParts {
  inserted: CharacterRange[]
  struck: CharacterRange[]
  blocks: [client: number, clock: number][]
}

export interface ParsedSuggestions {
  /** By id, in text order. */
  suggestions: Map<string, ParsedSuggestion>
  parts: Map<string, SuggestionParts>
}

/** Maximum length of a suggestion's text that is returned, characters. */
const maxTextCharacters = 5000

/**
 * The id of a suggestion: the mark's where its author is the claimed one; else derived from both.
 * @param settled suggestions whose decision was applied to the text: later text with their mark is a new suggestion
 */
function resolveId(mark: string, author: string | null, claimed: unknown, settled: ReadonlySet<string>): string {
  let id = author !== null && author === claimed ? mark : v5(author ?? 'SmartStart', mark)
  while (settled.has(id)) id = v5('again', id)
  return id
}

/**
 * A mark at a position in a text: its value, the authors who opened and did not close it, who opened it last, and the remaining changes.
 */
interface OpenMark {
  value: unknown
  last: string | null | undefined
  open: Set<string | null | undefined>
  /** Authors who open or close it after this position. */
  ahead: { author: string | null | undefined; closes: boolean }[]
}

/**
 * Parses all suggestions.
 * @param findAuthor of the committed text; items without an author are ignored
 * @param settled ids of suggestions whose decision was applied
 */
export function parseSuggestions(document: Y.Doc, findAuthor: FindAuthor, settled: ReadonlySet<string>): ParsedSuggestions {
  const result: ParsedSuggestions = { suggestions: new Map(), parts: new Map() }
  const kinds = new Map<string, Set<string>>()

  function addSuggestion(id: string, found: { mark: string; userId: string | null; at: unknown }) {
    let one = result.suggestions.get(id)
    if (!one) {
      const at = typeof found.at === 'string' && !Number.isNaN(Date.parse(found.at)) ? new Date(found.at).toISOString() : null
      one = { id, mark: found.mark, userId: found.userId, at, kind: 'insert', inserted: '', deleted: '' }
      result.suggestions.set(id, one)
      result.parts.set(id, { inserted: [], struck: [], blocks: [] })
    }
    return { one, part: result.parts.get(id) as SuggestionParts }
  }

  const lastBlocks = new Map<string, unknown>()
  function appendText(one: ParsedSuggestion, what: 'inserted' | 'deleted', words: string, block: unknown) {
    const key = `${one.id} ${what}`
    const gap = lastBlocks.has(key) && lastBlocks.get(key) !== block ? '\n' : ''
    lastBlocks.set(key, block)
    one[what] = (one[what] + gap + words).slice(0, maxTextCharacters)
  }

  function readBlock(element: Y.XmlElement) {
    const mark = getBlockSuggestion(element)
    const item = (element as unknown as { _map: Map<string, Y.Item> })._map.get('suggestion')
    const author = item && findAuthor(item.id.client, item.id.clock)
    if (!mark || author === undefined) return
    const id = resolveId(mark.id, author, mark.author, settled)
    const { one, part } = addSuggestion(id, { mark: mark.id, userId: author, at: mark.at })
    part.blocks.push([element._item?.id.client as number, element._item?.id.clock as number])
    kinds.set(id, (kinds.get(id) ?? new Set()).add(mark.kind))
    if (mark.kind === 'delete' && isAtomicBlock(element)) appendText(one, 'deleted', readAllText(element), element)
  }

  function readText(text: Y.XmlText) {
    const opened = new Map<string, OpenMark>()
    for (const { item } of visibleItems(text)) {
      const { content } = item
      if (!(content instanceof Y.ContentFormat) || !suggestionMarkKey.test(content.key)) continue
      const mark = opened.get(content.key) ?? { value: null, last: undefined, open: new Set(), ahead: [] }
      opened.set(content.key, mark)
      mark.ahead.push({ author: findAuthor(item.id.client, item.id.clock), closes: content.value === null })
    }
    for (const { item } of visibleItems(text)) {
      const { content } = item
      const mark = content instanceof Y.ContentFormat ? opened.get(content.key) : undefined
      if (mark) advanceMark(mark, (content as Y.ContentFormat).value)
      else if (item.countable) readItem(text, item, opened)
    }
  }

  function advanceMark(mark: OpenMark, value: unknown) {
    const { author, closes } = mark.ahead.shift() as OpenMark['ahead'][number]
    mark.value = value
    if (closes) mark.open.delete(author)
    else {
      mark.last = author
      mark.open.add(author)
    }
  }

  /** Reads an item, split by author. */
  function readItem(text: Y.XmlText, item: Y.Item, opened: Map<string, OpenMark>) {
    const marks = [...opened].filter(([, { value }]) => value !== null)
    if (marks.length === 0) return
    const { client, clock } = item.id
    const words = item.content instanceof Y.ContentString ? item.content.str : '\uFFFC'
    for (let from = 0; from < item.length; ) {
      const writer = findAuthor(client, clock + from)
      let to = from + 1
      while (to < item.length && findAuthor(client, clock + to) === writer) to++
      for (const [key, mark] of marks) readRun([client, clock + from, to - from], words.slice(from, to), text, writer, key, mark)
      from = to
    }
  }

  function readRun(signs: CharacterRange, words: string, text: Y.XmlText, writer: string | null | undefined, key: string, open: OpenMark) {
    const mark = parseSuggestionMark(open.value)
    if (!mark) return
    const insertion = key.startsWith('insertion')
    const author = insertion ? writer : deletionAuthor(open, mark.author)
    if (author === undefined) return
    const id = resolveId(mark.id, author, mark.author, settled)
    const { one, part } = addSuggestion(id, { mark: mark.id, userId: author, at: mark.at })
    part[insertion ? 'inserted' : 'struck'].push(signs)
    appendText(one, insertion ? 'inserted' : 'deleted', words, text.parent)
  }

  function walk(parent: Y.XmlFragment | Y.XmlElement) {
    for (const child of parent.toArray()) {
      if (child instanceof Y.XmlText) readText(child)
      else if (child instanceof Y.XmlElement) {
        readBlock(child)
        walk(child)
      }
    }
  }
  walk(new PositionIndex(document).root)
  for (const [id, one] of result.suggestions) one.kind = toKind(result.parts.get(id) as SuggestionParts, kinds.get(id) ?? new Set())
  return result
}

/**
 * The author of a deletion: the claimed one, if the words lie after where they opened the mark or before where they closed it. Someone who
 * types at the edge of deleted words, or between them, closes and opens the mark again without being its author.
 */
function deletionAuthor({ open, ahead, last }: OpenMark, claimed: unknown): string | null | undefined {
  const named = claimed as string
  return open.has(named) || ahead.find(({ author }) => author === named)?.closes ? named : last
}

function toKind({ inserted, struck }: SuggestionParts, blocks: ReadonlySet<string>): SuggestionKind {
  const inserts = inserted.length > 0 || blocks.has('insert')
  const deletes = struck.length > 0 || blocks.has('delete')
  if (blocks.has('change') && !inserts && !deletes) return 'change-block'
  if (inserts && deletes) return 'replace'
  if (inserts) return blocks.size > 0 ? 'insert-block' : 'insert'
  return blocks.size > 0 ? 'delete-block' : 'delete'
}

/** The suggestion on a block, if there is one. */
export const getBlockSuggestion = (element: Y.XmlElement) => parseBlockSuggestion(element.getAttribute('suggestion'))

/** Blocks that are inserted and deleted as a whole, with their content. */
export const isAtomicBlock = ({ nodeName }: Y.XmlElement): boolean =>
  ['table', 'tableRow', 'codeBlock', 'horizontalRule'].includes(nodeName)

/** All text of a block and the blocks in it. */
export function readAllText(element: Y.XmlElement): string {
  return element
    .toArray()
    .map((child) => {
      if (child instanceof Y.XmlText) return readText({ text: child, block: element, index: 0, length: child.length })
      return child instanceof Y.XmlElement ? readAllText(child) : ''
    })
    .join('')
}
