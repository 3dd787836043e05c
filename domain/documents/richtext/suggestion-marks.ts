/**
 * Parses the suggestions in a text: marks of insertion and deletion, and block attributes, grouped by suggestion.
 *
 * Clients write the marks, so the author in a mark is not trusted: the author of inserted words is the one who wrote them, and the author
 * of a deletion is the one who marked it. Text of someone else under a mark is a suggestion of its own.
 */
import { v5 } from 'uuid'
import * as Y from 'yjs'
import type { FindAuthor } from '../journal/attribution.ts'
import { PositionIndex, visibleItems, type CharacterRange, readAtom } from './positions.ts'
import {
  parseChangedFormats,
  parseSuggestionMark,
  type SuggestionMark,
  type SuggestionMarkName,
  suggestionMarkName,
} from './suggestion-attributes.ts'
import { getBlockSuggestion, isAtomicBlock, readAllText } from './suggestion-blocks.ts'
import { createFieldReader } from './variables.ts'
import { atomMarksName, inlineAtoms, parseAtomMarks } from './yjs-content.ts'

export const suggestionKinds = ['insert', 'delete', 'replace', 'insert-block', 'delete-block', 'change-block', 'format'] as const
export type SuggestionKind = (typeof suggestionKinds)[number]

/** A suggestion in the text. `mark` is the id in its marks, `userId` its author; null is SmartStart. */
export interface ParsedSuggestion {
  id: string
  mark: string
  userId: string | null
  kind: SuggestionKind
  inserted: string
  deleted: string
  /** The text whose format changes, and the names of the marks that are added to it and removed from it. */
  formatted: string
  formats: { added: string[]; removed: string[] }
  /** The time in the mark. */
  at: string | null
}

/**
 * The Yjs ids of a suggestion's content: inserted characters, characters to delete, characters whose format changes, and blocks. Fields and
 * line breaks count as characters. Decisions of earlier versions have no `formatted`.
 */
export interface SuggestionParts {
  inserted: CharacterRange[]
  struck: CharacterRange[]
  formatted?: CharacterRange[]
  blocks: [client: number, clock: number][]
}

/** The ids of the content that a mark of a suggestion is on. */
export function partsOfMark(parts: SuggestionParts, name: SuggestionMarkName): CharacterRange[] {
  if (name === 'formatChange') return (parts.formatted ??= [])
  return name === 'insertion' ? parts.inserted : parts.struck
}

const textFields = { insertion: 'inserted', deletion: 'deleted', formatChange: 'formatted' } as const

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
  const parser = new SuggestionParser(document, findAuthor, settled)
  parser.readBlocks(new PositionIndex(document).root)
  return parser.finish()
}

class SuggestionParser {
  readonly #findAuthor: FindAuthor
  readonly #settled: ReadonlySet<string>
  readonly #result: ParsedSuggestions = { suggestions: new Map(), parts: new Map() }
  /** Kinds of a suggestion's block marks. */
  readonly #blockKinds = new Map<string, Set<string>>()
  /** The block of the text that was added last to a suggestion, by its id and `inserted` or `deleted`. */
  readonly #lastBlocks = new Map<string, unknown>()

  readonly #readField: (name: string) => string

  constructor(document: Y.Doc, findAuthor: FindAuthor, settled: ReadonlySet<string>) {
    this.#readField = createFieldReader(document)
    this.#findAuthor = findAuthor
    this.#settled = settled
  }

  /** Reads all blocks in a parent, and their texts. */
  readBlocks(parent: Y.XmlFragment | Y.XmlElement): void {
    for (const child of parent.toArray()) {
      if (child instanceof Y.XmlText) this.#readText(child)
      else if (child instanceof Y.XmlElement && inlineAtoms.includes(child.nodeName)) this.#readAtom(child)
      else if (child instanceof Y.XmlElement) {
        this.#readBlockMark(child)
        this.readBlocks(child)
      }
    }
  }

  finish(): ParsedSuggestions {
    const { suggestions, parts } = this.#result
    for (const [id, suggestion] of suggestions)
      suggestion.kind = toKind(parts.get(id) as SuggestionParts, this.#blockKinds.get(id) ?? new Set())
    return this.#result
  }

  #readBlockMark(element: Y.XmlElement): void {
    const mark = getBlockSuggestion(element)
    const item = (element as unknown as { _map: Map<string, Y.Item> })._map.get('suggestion')
    const author = item && this.#findAuthor(item.id.client, item.id.clock)
    if (!mark || author === undefined) return
    const { suggestion, part } = this.#addSuggestion(mark, author)
    part.blocks.push([element._item?.id.client as number, element._item?.id.clock as number])
    this.#blockKinds.set(suggestion.id, (this.#blockKinds.get(suggestion.id) ?? new Set()).add(mark.kind))
    if (mark.kind === 'delete' && isAtomicBlock(element)) this.#appendText(suggestion, 'deleted', readAllText(element), element)
  }

  /** Reads the marks of a field or line break. The author of a deletion or format is the one who last wrote the marks. */
  #readAtom(element: Y.XmlElement): void {
    const { _item: item, _map: attributes } = element as unknown as { _item: Y.Item; _map: Map<string, Y.Item> }
    const marked = attributes.get(atomMarksName)
    if (!marked) return
    const writer = this.#findAuthor(item.id.client, item.id.clock)
    const marker = this.#findAuthor(marked.id.client, marked.id.clock)
    const words = readAtom(element, this.#readField)
    for (const { type, attrs } of parseAtomMarks(element.getAttribute(atomMarksName))) {
      const name = suggestionMarkName(type)
      const mark = parseSuggestionMark(attrs)
      const author = name === 'insertion' ? writer : marker
      if (!name || !mark || author === undefined) continue
      this.#addRun(name, mark, author, { range: [item.id.client, item.id.clock, 1], words, block: element.parent })
    }
  }

  #readText(text: Y.XmlText): void {
    const marks = this.#findMarks(text)
    for (const { item } of visibleItems(text)) {
      const { content } = item
      const mark = content instanceof Y.ContentFormat ? marks.get(content.key) : undefined
      if (mark) advanceMark(mark, (content as Y.ContentFormat).value)
      else if (item.countable) this.#readItem(text, item, marks)
    }
  }

  /** The suggestion marks of a text, at its start. */
  #findMarks(text: Y.XmlText): Map<string, OpenMark> {
    const marks = new Map<string, OpenMark>()
    for (const { item } of visibleItems(text)) {
      const { content } = item
      if (!(content instanceof Y.ContentFormat) || !suggestionMarkName(content.key)) continue
      const mark = marks.get(content.key) ?? { value: null, last: undefined, open: new Set(), ahead: [] }
      marks.set(content.key, mark)
      mark.ahead.push({ author: this.#findAuthor(item.id.client, item.id.clock), closes: content.value === null })
    }
    return marks
  }

  /** Reads an item, split by author. */
  #readItem(text: Y.XmlText, item: Y.Item, marks: Map<string, OpenMark>): void {
    const open = [...marks].filter(([, { value }]) => value !== null)
    if (open.length === 0) return
    const { client, clock } = item.id
    const characters = item.content instanceof Y.ContentString ? item.content.str : '\uFFFC'
    for (let from = 0; from < item.length; ) {
      const writer = this.#findAuthor(client, clock + from)
      let to = from + 1
      while (to < item.length && this.#findAuthor(client, clock + to) === writer) to++
      const run = { range: [client, clock + from, to - from] as CharacterRange, words: characters.slice(from, to), block: text.parent }
      for (const [key, mark] of open) this.#readRun(key, mark, writer, run)
      from = to
    }
  }

  #readRun(key: string, open: OpenMark, writer: string | null | undefined, run: TextRun): void {
    const mark = parseSuggestionMark(open.value)
    const name = suggestionMarkName(key)
    if (!mark || !name) return
    const author = name === 'insertion' ? writer : markAuthor(open, mark.author)
    if (author !== undefined) this.#addRun(name, mark, author, run)
  }

  #addRun(name: SuggestionMarkName, mark: SuggestionMark, author: string | null, { range, words, block }: TextRun): void {
    const { suggestion, part } = this.#addSuggestion(mark, author)
    partsOfMark(part, name).push(range)
    this.#appendText(suggestion, textFields[name], words, block)
    if (name === 'formatChange') addFormats(suggestion, mark)
  }

  /** Adds the suggestion of a mark and its author, once. */
  #addSuggestion(mark: SuggestionMark, userId: string | null) {
    const { suggestions, parts } = this.#result
    const id = resolveId(mark.id, userId, mark.author, this.#settled)
    let suggestion = suggestions.get(id)
    if (!suggestion) {
      const at = typeof mark.at === 'string' && !Number.isNaN(Date.parse(mark.at)) ? new Date(mark.at).toISOString() : null
      suggestion = { id, mark: mark.id, userId, at, kind: 'insert', ...noText(), formats: { added: [], removed: [] } }
      suggestions.set(id, suggestion)
      parts.set(id, { inserted: [], struck: [], formatted: [], blocks: [] })
    }
    return { suggestion, part: parts.get(id) as SuggestionParts }
  }

  #appendText(suggestion: ParsedSuggestion, field: 'inserted' | 'deleted' | 'formatted', words: string, block: unknown): void {
    const key = `${suggestion.id} ${field}`
    const gap = this.#lastBlocks.has(key) && this.#lastBlocks.get(key) !== block ? '\n' : ''
    this.#lastBlocks.set(key, block)
    suggestion[field] = (suggestion[field] + gap + words).slice(0, maxTextCharacters)
  }
}

/** Characters of one author in a text. */
interface TextRun {
  range: CharacterRange
  words: string
  block: unknown
}

const noText = () => ({ inserted: '', deleted: '', formatted: '' })

/** Adds the formats of a mark to its suggestion, each once. */
function addFormats({ formats }: ParsedSuggestion, mark: SuggestionMark): void {
  for (const change of ['added', 'removed'] as const)
    for (const { type } of parseChangedFormats(mark[change])) if (!formats[change].includes(type)) formats[change].push(type)
}

/** Moves a mark over its next change. */
function advanceMark(mark: OpenMark, value: unknown): void {
  const { author, closes } = mark.ahead.shift() as OpenMark['ahead'][number]
  mark.value = value
  if (closes) mark.open.delete(author)
  else {
    mark.last = author
    mark.open.add(author)
  }
}

/**
 * The author of a deletion or format: the claimed one, if the words lie after where they opened the mark or before where they closed it. Someone who
 * types at the edge of deleted words, or between them, closes and opens the mark again without being its author.
 */
function markAuthor({ open, ahead, last }: OpenMark, claimed: unknown): string | null | undefined {
  const named = claimed as string
  return open.has(named) || ahead.find(({ author }) => author === named)?.closes ? named : last
}

function toKind({ inserted, struck, formatted = [] }: SuggestionParts, blocks: ReadonlySet<string>): SuggestionKind {
  const inserts = inserted.length > 0 || blocks.has('insert')
  const deletes = struck.length > 0 || blocks.has('delete')
  if (blocks.has('change') && !inserts && !deletes) return 'change-block'
  if (formatted.length > 0 && !inserts && !deletes) return 'format'
  if (inserts && deletes) return 'replace'
  if (inserts) return blocks.size > 0 ? 'insert-block' : 'insert'
  return blocks.size > 0 ? 'delete-block' : 'delete'
}
