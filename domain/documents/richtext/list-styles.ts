/**
 * List styles: how numbered paragraphs and headings are counted, as Word counts them (ECMA-376 part 1, 17.9). A paragraph names its style and
 * level; its number follows from the paragraphs before it. Server and browser share this.
 */
import type { JSONContent } from '@tiptap/core'
import type { Doc } from 'yjs'
import { z } from 'zod'
import { getRoot } from './raw-json.ts'

/** The name of the root map with the list styles of a document, by id. */
export const listStylesName = 'listStyles'

/** How a level writes its count. `none` writes nothing. */
export const numberFormats = [
  'decimal',
  'decimalZero',
  'lowerLetter',
  'upperLetter',
  'lowerRoman',
  'upperRoman',
  'ordinal',
  'bullet',
  'none',
] as const
export type NumberFormat = (typeof numberFormats)[number]

/** Deepest level of a list style: Word has nine. */
export const maxListLevel = 8
/** Maximum number of list styles that are read of a document. */
export const maxListStyles = 1000

const ListLevelSchema = z.object({
  format: z.enum(numberFormats).catch('decimal'),
  /** What is shown: `%1` is the count of the first level, `%2` of the second. Of a bullet, its character. */
  text: z.string().max(60).catch('%1.'),
  start: z.number().int().min(0).max(1_000_000).catch(1),
  /** The level (1 to 9) whose paragraphs restart this one; 0: it never restarts. Absent: every higher level restarts it. */
  restart: z.number().int().min(0).max(9).optional().catch(undefined),
  /** Whether counts of higher levels are shown as decimals ("legal" numbering). */
  legal: z.boolean().optional().catch(undefined),
})
/** One level of a list style. */
export type ListLevel = z.infer<typeof ListLevelSchema>

/** Parses a list style. Invalid parts of a level become their defaults. */
export const ListStyleSchema = z.object({
  name: z.string().max(200).optional().catch(undefined),
  levels: z
    .array(ListLevelSchema)
    .min(1)
    .max(maxListLevel + 1),
})
/** A list style: its levels, the highest first. */
export type ListStyle = z.infer<typeof ListStyleSchema>

/** Clauses as contracts number them: 1. / 1.1 / (a) / (i) / (A) / (I). Used where a paragraph names a style that the document does not have. */
export const clauseStyle: ListStyle = {
  name: 'Clauses',
  levels: [
    { format: 'decimal', text: '%1.', start: 1 },
    { format: 'decimal', text: '%1.%2', start: 1 },
    { format: 'lowerLetter', text: '(%3)', start: 1 },
    { format: 'lowerRoman', text: '(%4)', start: 1 },
    { format: 'upperLetter', text: '(%5)', start: 1 },
    { format: 'upperRoman', text: '(%6)', start: 1 },
  ],
}

/** The id of the clause style where a person numbers paragraphs in the editor. */
export const clauseStyleId = 'clauses'

/** Whether a text can be the id of a list style or of a bookmark. */
export const isListStyleId = (id: unknown): id is string => typeof id === 'string' && /^[\w.-]{1,100}$/.test(id)

/** Parses a list style that a client wrote; undefined where it is none. */
export function parseListStyle(value: unknown): ListStyle | undefined {
  return ListStyleSchema.safeParse(value).data
}

/** Parses the entries of the map of list styles; invalid ones are left out. */
export function parseListStyles(entries: Iterable<[string, unknown]>): Map<string, ListStyle> {
  const styles = new Map<string, ListStyle>()
  for (const [id, value] of entries) {
    const style = isListStyleId(id) && styles.size < maxListStyles ? parseListStyle(value) : undefined
    if (style) styles.set(id, style)
  }
  return styles
}

/** The list styles of a document, by id. Never throws. */
export const readListStyles = (document: Doc): Map<string, ListStyle> =>
  parseListStyles(getRoot(() => document.getMap<unknown>(listStylesName)) ?? [])

/** The number of a paragraph. */
export interface ParagraphNumber {
  /** As shown before the paragraph: `1.`, `(a)`, `•`. */
  label: string
  /** With the numbers that contain it, without a final full stop: `2.1(a)`. */
  full: string
  /** How many steps it is indented (`countIndents`). */
  indent: number
}

/** What numbers a paragraph: the attributes of paragraphs and headings in the schema. */
export interface Numbered {
  listStyle?: unknown
  listLevel?: unknown
  listStart?: unknown
}

/** Counts the numbered paragraphs of a document, in their order. */
export class ParagraphCounter {
  readonly #styles: ReadonlyMap<string, ListStyle>
  /** The counts of each style by level; undefined where a level begins anew. */
  readonly #counts = new Map<string, (number | undefined)[]>()

  constructor(styles: ReadonlyMap<string, ListStyle>) {
    this.#styles = styles
  }

  /** The number of the next paragraph; undefined where it has none. */
  next({ listStyle, listLevel, listStart }: Numbered): ParagraphNumber | undefined {
    if (!isListStyleId(listStyle)) return undefined
    const { levels } = this.#styles.get(listStyle) ?? clauseStyle
    const level = Math.min(Math.max(0, Number(listLevel) || 0), levels.length - 1)
    const definition = levels[level] as ListLevel
    const counts = this.#counts.get(listStyle) ?? []
    this.#counts.set(listStyle, counts)
    const last = counts[level]
    counts[level] = typeof listStart === 'number' ? listStart : last === undefined ? definition.start : last + 1
    for (let deeper = level + 1; deeper <= maxListLevel; deeper++) {
      const { restart } = levels[deeper] ?? {}
      if (restart === undefined || (restart > 0 && level < restart)) counts[deeper] = undefined
    }
    const label = writeLabel(levels, level, counts)
    return { label, full: writeFull(levels, level, counts), indent: countIndents(levels, level) }
  }
}

/**
 * How many steps a level is indented: one more than the level above it, unless its text contains that level's count. So 1.1 stands below 1.,
 * and (a) and a. are indented.
 */
export function countIndents(levels: readonly ListLevel[], level: number): number {
  if (level === 0) return 0
  return countIndents(levels, level - 1) + (levels[level]?.text.includes(`%${level}`) ? 0 : 1)
}

/** The label of a level: its text with the counts filled in. */
function writeLabel(levels: readonly ListLevel[], level: number, counts: readonly (number | undefined)[]): string {
  const { format, text, legal } = levels[level] as ListLevel
  if (format === 'bullet') return text
  return text.replace(/%([1-9])/g, (_, digit: string) => {
    const of = Number(digit) - 1
    const definition = levels[of]
    if (of > level || !definition) return ''
    return writeCount(counts[of] ?? definition.start, legal && of < level ? 'decimal' : definition.format)
  })
}

/** The label with those of the levels that contain it and that it does not show itself. */
function writeFull(levels: readonly ListLevel[], level: number, counts: readonly (number | undefined)[]): string {
  const { text, format } = levels[level] as ListLevel
  const own = format === 'bullet' ? '' : writeLabel(levels, level, counts).replace(/\.$/, '')
  const highest = Math.min(level, ...[...text.matchAll(/%([1-9])/g)].map(([, digit]) => Number(digit) - 1))
  return highest > 0 ? writeFull(levels, highest - 1, counts) + own : own
}

/** A count in a format. Letters go on with `aa`, `bb`, as in Word. */
export function writeCount(count: number, format: NumberFormat): string {
  switch (format) {
    case 'lowerLetter':
      return writeLetters(count)
    case 'upperLetter':
      return writeLetters(count).toUpperCase()
    case 'lowerRoman':
      return writeRoman(count).toLowerCase()
    case 'upperRoman':
      return writeRoman(count)
    case 'decimalZero':
      return String(count).padStart(2, '0')
    case 'ordinal':
      return `${count}${ordinalSuffix(count)}`
    case 'none':
    case 'bullet':
      return ''
    default:
      return String(count)
  }
}

function writeLetters(count: number): string {
  if (count < 1 || count > 780) return String(count)
  return String.fromCharCode(97 + ((count - 1) % 26)).repeat(Math.ceil(count / 26))
}

const romanNumerals: readonly [value: number, text: string][] = [
  [1000, 'M'],
  [900, 'CM'],
  [500, 'D'],
  [400, 'CD'],
  [100, 'C'],
  [90, 'XC'],
  [50, 'L'],
  [40, 'XL'],
  [10, 'X'],
  [9, 'IX'],
  [5, 'V'],
  [4, 'IV'],
  [1, 'I'],
]

function writeRoman(count: number): string {
  if (count < 1 || count > 3999) return String(count)
  let left = count
  let text = ''
  for (const [value, letters] of romanNumerals) {
    text += letters.repeat(Math.floor(left / value))
    left %= value
  }
  return text
}

function ordinalSuffix(count: number): string {
  const tens = count % 100
  if (tens >= 11 && tens <= 13) return 'th'
  return ['th', 'st', 'nd', 'rd'][count % 10] ?? 'th'
}

/** What a cross reference shows: the number of its paragraph, that number with the ones that contain it, or the paragraph's text. */
export const referenceKinds = ['number', 'fullNumber', 'text'] as const
export type ReferenceKind = (typeof referenceKinds)[number]

/** A paragraph that cross references can point to. */
export interface ReferenceTarget {
  number: ParagraphNumber | undefined
  text: string
}

/** What a cross reference shows. Without its target: the text that it had in the file it came from. */
export function writeReference(kind: unknown, target: ReferenceTarget | undefined, fallback: unknown): string {
  const { number, text } = target ?? {}
  const shown = kind === 'text' ? text : kind === 'fullNumber' ? number?.full : number?.label.replace(/\.$/, '')
  return shown || (typeof fallback === 'string' ? fallback : '')
}

/**
 * Adds the numbers of paragraphs (`attrs.number`: a `ParagraphNumber`) and the shown text of cross references (`attrs.shown`) to a text, for
 * exports and pages. Other nodes stay as they are.
 */
export function numberContent(content: JSONContent, styles: ReadonlyMap<string, ListStyle>): JSONContent {
  const counter = new ParagraphCounter(styles)
  const targets = new Map<string, ReferenceTarget>()
  const addNumbers = (part: JSONContent): JSONContent => {
    const number = part.attrs?.listStyle ? counter.next(part.attrs) : undefined
    const bookmark: unknown = part.attrs?.bookmark
    if (isListStyleId(bookmark) && !targets.has(bookmark)) targets.set(bookmark, { number, text: collectText(part) })
    const content = part.content && { content: part.content.map(addNumbers) }
    return { ...part, ...(number && { attrs: { ...part.attrs, number } }), ...content }
  }
  const addReferences = (part: JSONContent): JSONContent => {
    if (part.type === 'crossReference') {
      const { target, kind, text } = part.attrs ?? {}
      return { ...part, attrs: { ...part.attrs, shown: writeReference(kind, targets.get(String(target)), text) } }
    }
    return part.content ? { ...part, content: part.content.map(addReferences) } : part
  }
  return addReferences(addNumbers(content))
}

function collectText(part: JSONContent): string {
  return part.text ?? (part.content ?? []).map(collectText).join('')
}
