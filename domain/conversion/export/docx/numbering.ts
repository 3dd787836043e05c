/**
 * The numbering of an exported Word document (`word/numbering.xml`). The library has no restarts of single levels and no levels that never
 * restart, so the part is written here. Paragraphs refer to a list as `{list<id>-0}`, which `resolveListIds` replaces.
 */
import type { JSONContent } from '@tiptap/core'
import {
  clauseStyle,
  countIndents,
  isListStyleId,
  type ListLevel,
  type ListStyle,
  maxListLevel,
} from '../../../documents/richtext/list-styles.ts'

/** Indent of one level of a list, twentieths of a point. */
export const listStep = 420
/** Indent of one level of numbered paragraphs. */
const clauseStep = 720
const markerWidth = 300

/** The list of a paragraph, as the library takes it. */
export interface ListReference {
  reference: string
  level: number
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeXml = (text: string) => text.replace(/[&<>"]/g, (sign) => escapes[sign] as string)

const bulletSigns = ['•', '◦', '▪']
const everyLevel = Array.from({ length: maxListLevel + 1 }, (_, at) => at)

/** Left edge of the text of a paragraph with a number that is indented by some steps. */
export const clauseIndent = (steps: number): number => clauseStep * (1 + steps)

/** The list that the paragraphs of a list style continue, and its definition. */
interface CurrentList {
  list: number
  definition: number
  levels: readonly ListLevel[]
}

const toLevel = (level: unknown, levels: readonly ListLevel[]) => Math.min(Math.max(0, Number(level) || 0), levels.length - 1)

/** The lists of a document, collected while its paragraphs are written. */
export class WordLists {
  readonly #styles: ReadonlyMap<string, ListStyle>
  readonly #definitions: string[] = []
  readonly #lists: string[] = []
  readonly #bullets: number
  #ordered: number | undefined
  readonly #current = new Map<string, CurrentList>()

  constructor(styles: ReadonlyMap<string, ListStyle>) {
    this.#styles = styles
    const levels = everyLevel.map((at) => ({ format: 'bullet' as const, text: bulletSigns[at % 3] as string, start: 1 }))
    this.#bullets = this.#addList(this.#define(levels, (at) => [listStep * (at + 1), markerWidth]))
  }

  bullets(level: number): ListReference {
    return toReference(this.#bullets, level)
  }

  /** A new ordered list at a level: its levels are all counted in decimals, as the editor shows them. */
  ordered(level: number, start: number): ListReference {
    if (this.#ordered === undefined) {
      const levels = everyLevel.map((at) => ({ format: 'decimal' as const, text: `%${at + 1}.`, start: 1 }))
      this.#ordered = this.#define(levels, (at) => [listStep * (at + 1), markerWidth])
    }
    return toReference(this.#addList(this.#ordered, { level, start }), level)
  }

  /** The list of a numbered paragraph or heading; undefined where it has no number. */
  numbered({ attrs }: JSONContent): ListReference | undefined {
    if (!attrs?.number || !isListStyleId(attrs.listStyle)) return undefined
    const id = attrs.listStyle
    let current = this.#findList(id)
    const level = toLevel(attrs.listLevel, current.levels)
    if (typeof attrs.listStart === 'number')
      current = { ...current, list: this.#addList(current.definition, { level, start: attrs.listStart }) }
    this.#current.set(id, current)
    return toReference(current.list, level)
  }

  /** The list that a paragraph had before a suggested change; undefined where it had none. */
  former(attrs: Record<string, unknown>): ListReference | undefined {
    if (!isListStyleId(attrs.listStyle)) return undefined
    const { list, levels } = this.#findList(attrs.listStyle)
    return toReference(list, toLevel(attrs.listLevel, levels))
  }

  #findList(id: string): CurrentList {
    const known = this.#current.get(id)
    if (known) return known
    const { levels } = this.#styles.get(id) ?? clauseStyle
    const definition = this.#define(levels, (at) => [clauseIndent(countIndents(levels, at)), clauseStep])
    const current = { definition, levels, list: this.#addList(definition) }
    this.#current.set(id, current)
    return current
  }

  #addList(definition: number, restart?: { level: number; start: number }): number {
    const override = restart ? `<w:lvlOverride w:ilvl="${restart.level}"><w:startOverride w:val="${restart.start}"/></w:lvlOverride>` : ''
    this.#lists.push(`<w:num w:numId="${this.#lists.length + 1}"><w:abstractNumId w:val="${definition}"/>${override}</w:num>`)
    return this.#lists.length
  }

  #define(levels: readonly ListLevel[], indent: (level: number) => [left: number, hanging: number]): number {
    const id = this.#definitions.length
    const written = levels.map((level, at) => writeLevel(level, at, indent(at)))
    this.#definitions.push(
      `<w:abstractNum w:abstractNumId="${id}"><w:multiLevelType w:val="multilevel"/>${written.join('')}</w:abstractNum>`,
    )
    return id
  }

  /** The part `word/numbering.xml`. */
  toXml(): string {
    return `<?xml version="1.0" encoding="UTF-8"?>
<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">${this.#definitions.join('')}${this.#lists.join('')}</w:numbering>`
  }
}

function writeLevel({ format, text, start, restart, legal }: ListLevel, at: number, [left, hanging]: [number, number]): string {
  return [
    `<w:lvl w:ilvl="${at}"><w:start w:val="${start}"/><w:numFmt w:val="${format}"/>`,
    restart === undefined ? '' : `<w:lvlRestart w:val="${restart}"/>`,
    legal ? '<w:isLgl/>' : '',
    `<w:lvlText w:val="${escapeXml(text)}"/><w:lvlJc w:val="left"/>`,
    `<w:pPr><w:ind w:left="${left}" w:hanging="${hanging}"/></w:pPr></w:lvl>`,
  ].join('')
}

const toReference = (list: number, level: number): ListReference => ({ reference: `list${list}`, level })

/** Replaces the references to lists in `word/document.xml` by their ids. */
export const resolveListIds = (xml: string): string => xml.replace(/(<w:numId w:val=")\{list(\d+)-0\}(")/g, '$1$2$3')
