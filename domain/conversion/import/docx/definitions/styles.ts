/** The styles of a Word document (ECMA-376 17.7), with what they inherit. */
import { maxHeadingLevel } from '../../../../documents/richtext/schema.ts'
import { type ParagraphFormat, readParagraphFormat, readRunFormat, type RunFormat } from './formats.ts'
import { child, childrenOf, valueOf, type XmlElement } from '../package/xml.ts'

/** Maximum styles that a style is based on, one on the other. Word writes about five. */
const maxInheritance = 100

const quoteNames = /^(intense )?quote$|^quotations?$|^block ?text$|^blockquote$/i
const codeBlockNames = /^code ?block$|^source code$|^html preformatted$|^preformatted text$/i
const codeWordsNames = /^code ?words$|^html code$|^source text$|^verbatim char$|^inline code$/i

interface Style {
  id: string
  name: string
  basedOn: string | undefined
  paragraph: ParagraphFormat
  run: RunFormat
}

/** What a style says with all that it inherits. */
export interface ResolvedStyle {
  /** Its id and those that it is based on, the nearest first. */
  ids: readonly string[]
  paragraph: ParagraphFormat
  /** The style that its numbering comes from: a level of a list may name it. */
  numberedBy: string | undefined
  run: RunFormat
  /** The level of a heading, 1 to 6; 0 for body text. */
  heading: number
  quote: boolean
  code: boolean
}

const none: ResolvedStyle = { ids: [], paragraph: {}, numberedBy: undefined, run: {}, heading: 0, quote: false, code: false }

/** The level that a built-in name stands for; undefined where it is no heading. */
function headingByName(name: string): number | undefined {
  const level = /^heading ?([1-9])$/i.exec(name)?.[1]
  if (level !== undefined) return Math.min(maxHeadingLevel, Number(level))
  return /^title$/i.test(name) ? 1 : undefined
}

/** The level of an outline level: 1 to 6; 0 for body text. */
export const headingByOutline = (outline: number): number => (outline < 0 || outline > 8 ? 0 : Math.min(maxHeadingLevel, outline + 1))

function readStyle(element: XmlElement): Style {
  return {
    id: element.attributes['w:styleId'] ?? '',
    name: valueOf(element, 'w:name') ?? '',
    basedOn: valueOf(element, 'w:basedOn'),
    paragraph: readParagraphFormat(child(element, 'w:pPr')),
    run: readRunFormat(child(element, 'w:rPr')),
  }
}

/** The styles of a document. */
export class StyleSheet {
  readonly #styles = { paragraph: new Map<string, Style>(), character: new Map<string, Style>(), numbering: new Map<string, Style>() }
  readonly #resolved = new Map<string, ResolvedStyle>()
  readonly #standard: string | undefined
  readonly defaults: RunFormat

  constructor(root: XmlElement | undefined) {
    let standard: string | undefined
    for (const element of childrenOf(root, 'w:style')) {
      const type = element.attributes['w:type'] ?? 'paragraph'
      if (type !== 'paragraph' && type !== 'character' && type !== 'numbering') continue
      const style = readStyle(element)
      this.#styles[type].set(style.id, style)
      if (type === 'paragraph' && /^(1|true|on)$/i.test(element.attributes['w:default'] ?? '')) standard ??= style.id
    }
    this.#standard = standard
    this.defaults = readRunFormat(child(child(child(root, 'w:docDefaults'), 'w:rPrDefault'), 'w:rPr'))
  }

  /** The style of a paragraph; the standard one without a name. */
  paragraph(id: string | undefined): ResolvedStyle {
    return this.#resolve('paragraph', id ?? this.#standard)
  }

  /** The style of a run. */
  character(id: string | undefined): ResolvedStyle {
    return this.#resolve('character', id)
  }

  /** The number of the list that a numbering style has. */
  numberingOf(id: string): number | undefined {
    return this.#styles.numbering.get(id)?.paragraph.numId
  }

  #resolve(type: 'paragraph' | 'character', id: string | undefined): ResolvedStyle {
    if (id === undefined) return none
    const key = `${type} ${id}`
    const known = this.#resolved.get(key)
    if (known) return known
    const resolved = resolveChain(this.#chain(type, id))
    this.#resolved.set(key, resolved)
    return resolved
  }

  /** A style and those that it is based on. A circle ends where it begins again. */
  #chain(type: 'paragraph' | 'character', id: string): Style[] {
    const chain: Style[] = []
    const seen = new Set<string>()
    // a style that the file uses and does not define still has its name
    let next: Style | undefined = this.#styles[type].get(id) ?? { id, name: id, basedOn: this.#standard, paragraph: {}, run: {} }
    while (next && !seen.has(next.id) && chain.length < maxInheritance) {
      chain.push(next)
      seen.add(next.id)
      next = next.basedOn === undefined ? undefined : this.#styles[type].get(next.basedOn)
    }
    return chain
  }
}

function resolveChain(chain: Style[]): ResolvedStyle {
  const resolved: ResolvedStyle = { ...none, ids: chain.map(({ id }) => id), paragraph: {}, run: {} }
  for (const { paragraph, run } of chain.toReversed()) {
    // a style without a level of its own takes the one of its list
    if (paragraph.numId !== undefined) delete resolved.paragraph.level
    Object.assign(resolved.paragraph, paragraph)
    Object.assign(resolved.run, run)
  }
  resolved.numberedBy = chain.find(({ paragraph }) => paragraph.numId !== undefined)?.id
  resolved.heading = headingOf(chain)
  resolved.quote = chain.some(({ name }) => quoteNames.test(name))
  resolved.code = chain.some(({ name, id }) => codeBlockNames.test(name) || codeBlockNames.test(id))
  if (chain.some(({ name }) => codeWordsNames.test(name))) resolved.run.code = true
  return resolved
}

/** The level of the nearest style that says whether it is a heading. */
function headingOf(chain: Style[]): number {
  for (const { id, name, paragraph } of chain) {
    const named = headingByName(name) ?? headingByName(id)
    if (paragraph.outline !== undefined && (named === undefined || paragraph.outline <= 8)) return headingByOutline(paragraph.outline)
    if (named !== undefined) return named
  }
  return 0
}
