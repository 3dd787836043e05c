/** Lists of a Word document: definitions and counts (ECMA-376 17.9). */
import {
  type ListLevel,
  type ListStyle,
  maxListLevel,
  type NumberFormat,
  numberFormats,
} from '../../../../documents/richtext/list-styles.ts'
import type { StyleSheet, ResolvedStyle } from './styles.ts'
import type { ParagraphFormat } from './formats.ts'
import { isSymbolFont, symbolsToText } from './symbols.ts'
import { child, childrenOf, resolvedChildren, switchOf, toInteger, valueOf, type XmlElement } from '../package/xml.ts'

/** Maximum lists whose definitions refer to another one, one after the other. */
const maxLinks = 20
/** Maximum characters of a label's text, as list styles allow. */
const maxTextCharacters = 60

/** One level of a list as the file defines it. */
interface Level extends ListLevel {
  /** The paragraph style that has this level. */
  style: string | undefined
  /** Distance of the text from the margin. */
  indent: number | undefined
  /** The format in the file, where the editor does not have it. */
  other: string | undefined
}

/** A list that paragraphs name by its number. */
interface List {
  /** The definition whose counts it shares. */
  definition: string
  /** The id of its list style. */
  id: string
  name: string | undefined
  levels: (Level | undefined)[]
  /** Start values that begin anew at its first paragraph, by level. */
  starts: ReadonlyMap<number, number>
}

/** How a paragraph is numbered. */
export interface ParagraphNumbering {
  /** The id of the list style. */
  listStyle: string
  level: number
  format: NumberFormat
  /** The text of its level: `%1.`; of a bullet its character. */
  text: string
  count: number
  /** The definition whose counts it shares. */
  definition: string
  /** Paragraphs that are counted on from the same start have the same one. */
  sequence: string
  indent: number | undefined
}

/** The counts of one definition. */
interface Counts {
  counts: (number | undefined)[]
  sequence: number
}

function readLevel(element: XmlElement): Level {
  const { format, other } = numberFormat(element)
  const raw = valueOf(element, 'w:lvlText') ?? ''
  const font = child(child(element, 'w:rPr'), 'w:rFonts')?.attributes['w:ascii']
  const text = format === 'bullet' ? bulletCharacter(raw, font) : raw
  const restart = toInteger(valueOf(element, 'w:lvlRestart'))
  const indents = child(child(element, 'w:pPr'), 'w:ind')?.attributes
  return {
    format,
    text: text.slice(0, maxTextCharacters).toWellFormed(),
    start: Math.min(1_000_000, Math.max(0, toInteger(valueOf(element, 'w:start')) ?? 0)),
    ...(restart !== undefined && restart >= 0 && restart <= maxListLevel + 1 && { restart }),
    ...(switchOf(element, 'w:isLgl') && { legal: true }),
    style: valueOf(element, 'w:pStyle'),
    other,
    indent: toInteger(indents?.['w:start'] ?? indents?.['w:left']),
  }
}

/** The format of a level; one that the editor does not have is `other`, and shown as digits. */
function numberFormat(level: XmlElement): { format: NumberFormat; other: string | undefined } {
  const element = resolvedChildren(level).find(({ name }) => name === 'w:numFmt')
  const value = element?.attributes['w:val'] ?? 'decimal'
  if (value === 'custom' && /^0\d,/.test(element?.attributes['w:format'] ?? '')) return { format: 'decimalZero', other: undefined }
  const known = numberFormats.find((format) => format === value)
  return known ? { format: known, other: undefined } : { format: 'decimal', other: value }
}

/** A bullet as a character that every font has. */
function bulletCharacter(text: string, font: string | undefined): string {
  const plain = isSymbolFont(font) || /[\uf000-\uf0ff]/.test(text) ? symbolsToText(font ?? 'Symbol', text) : text
  if (/^o$/.test(plain) && /courier/i.test(font ?? '')) return '◦'
  const shown = plain.replaceAll('\ufffd', '•').trim()
  return shown === '' ? '•' : shown
}

/** The lists of a document, and the counts of the paragraphs that were read. */
export class Numbering {
  readonly #definitions = new Map<string, XmlElement>()
  readonly #lists = new Map<number, XmlElement>()
  readonly #resolved = new Map<number, List | undefined>()
  readonly #counts = new Map<string, Counts>()
  /** Lists whose first paragraph was read. */
  readonly #begun = new Set<number>()
  /** Formats that the text uses and the editor does not have. */
  readonly otherFormats = new Set<string>()
  readonly #styles: StyleSheet

  constructor(root: XmlElement | undefined, styles: StyleSheet) {
    this.#styles = styles
    for (const element of childrenOf(root, 'w:abstractNum')) this.#definitions.set(element.attributes['w:abstractNumId'] ?? '', element)
    for (const element of childrenOf(root, 'w:num')) {
      const id = toInteger(element.attributes['w:numId'])
      if (id !== undefined && !this.#lists.has(id)) this.#lists.set(id, element)
    }
  }

  /** The number and level of the list of a paragraph; undefined where it is not numbered. */
  resolve(own: ParagraphFormat, style: ResolvedStyle): { numId: number; level: number } | undefined {
    const numId = own.numId ?? style.paragraph.numId
    if (numId === undefined || numId === 0) return undefined
    const list = this.#list(numId)
    // a list whose levels all show nothing: some programs give one to every heading
    if (!list || list.levels.every((one) => !one || one.text === '')) return undefined
    const linked = () => {
      for (const id of style.ids) {
        const level = list.levels.findIndex((one) => one?.style === id)
        if (level >= 0) return level
      }
      return own.numId === undefined ? style.paragraph.level : undefined
    }
    const level = own.level ?? linked() ?? 0
    return list.levels[level] ? { numId, level } : undefined
  }

  /** Counts the next paragraph of a list. */
  next({ numId, level }: { numId: number; level: number }): ParagraphNumbering | undefined {
    const list = this.#list(numId)
    const definition = list?.levels[level]
    if (!list || !definition) return undefined
    const state = this.#counts.get(list.definition) ?? { counts: [], sequence: 0 }
    this.#counts.set(list.definition, state)
    const { counts } = state
    if (!this.#begun.has(numId)) {
      this.#begun.add(numId)
      if (list.starts.size > 0) state.sequence++
      for (const of of list.starts.keys()) counts[of] = undefined
    }
    const last = counts[level]
    const count = last === undefined ? (list.starts.get(level) ?? definition.start) : Math.min(last + 1, 1_000_000)
    counts[level] = count
    for (let deeper = level + 1; deeper <= maxListLevel; deeper++) {
      const restart = list.levels[deeper]?.restart
      if (restart === undefined || (restart > 0 && level < restart)) counts[deeper] = undefined
    }
    const { format, text, indent, other } = definition
    if (other !== undefined) this.otherFormats.add(other)
    return {
      listStyle: list.id,
      definition: list.definition,
      level,
      format,
      text,
      count,
      sequence: `${list.definition} ${state.sequence}`,
      indent,
    }
  }

  /** The list style and format of a level, without counting. */
  describe({ numId, level }: { numId: number; level: number }): { listStyle: string; level: number; format: NumberFormat } | undefined {
    const list = this.#list(numId)
    const definition = list?.levels[level]
    return list && definition && { listStyle: list.id, level, format: definition.format }
  }

  /** The list style of an id that `next` gave. */
  listStyle(id: string): ListStyle | undefined {
    const list = [...this.#resolved.values()].find((one) => one?.id === id)
    if (!list) return undefined
    const levels = Array.from({ length: list.levels.length }, (_, at): ListLevel => {
      const { format, text, start, restart, legal } = list.levels[at] ?? { format: 'none', text: '', start: 1 }
      return { format, text, start, ...(restart !== undefined && { restart }), ...(legal && { legal }) }
    })
    return { ...(list.name && { name: list.name.slice(0, 200) }), levels }
  }

  #list(numId: number): List | undefined {
    if (!this.#resolved.has(numId)) this.#resolved.set(numId, this.#read(numId))
    return this.#resolved.get(numId)
  }

  #read(numId: number): List | undefined {
    const element = this.#lists.get(numId)
    const found = element && this.#definition(valueOf(element, 'w:abstractNumId'))
    if (!element || !found) return undefined
    const levels: (Level | undefined)[] = []
    const set = (level: XmlElement, at: number | undefined) => {
      if (at === undefined || at < 0 || at > maxListLevel) return
      while (levels.length < at) levels.push(undefined)
      levels[at] = readLevel(level)
    }
    for (const level of childrenOf(found.element, 'w:lvl')) set(level, toInteger(level.attributes['w:ilvl']))
    const starts = new Map<number, number>()
    let changed = false
    for (const override of childrenOf(element, 'w:lvlOverride')) {
      const at = toInteger(override.attributes['w:ilvl'])
      const start = toInteger(valueOf(override, 'w:startOverride'))
      const level = child(override, 'w:lvl')
      if (level) set(level, at)
      changed ||= level !== undefined
      if (at !== undefined && start !== undefined) starts.set(at, Math.min(1_000_000, Math.max(0, start)))
    }
    const id = `list-${found.id.replace(/[^\w.-]/g, '_').slice(0, 40)}${changed ? `-${numId}` : ''}`
    const name = valueOf(found.element, 'w:name') ?? valueOf(found.element, 'w:styleLink')
    return { definition: found.id, id, name, levels, starts }
  }

  /** A definition; one that links to a numbering style is that style's. */
  #definition(id: string | undefined): { id: string; element: XmlElement } | undefined {
    let at = id
    for (let links = 0; at !== undefined && links < maxLinks; links++) {
      const element = this.#definitions.get(at)
      const link = valueOf(element, 'w:numStyleLink')
      if (!element) return undefined
      if (link === undefined) return { id: at, element }
      const linked = this.#styles.numberingOf(link)
      at = linked === undefined ? undefined : valueOf(this.#lists.get(linked), 'w:abstractNumId')
    }
    return undefined
  }
}
