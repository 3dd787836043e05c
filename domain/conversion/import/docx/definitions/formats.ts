/** Properties of runs and paragraphs as they are written at one place: a style, a run, a paragraph. */
import { child, switchOf, toInteger, valueOf, type XmlElement } from '../package/xml.ts'

/** Properties that a style toggles: in two styles at once they cancel each other out (ECMA-376 17.7.3). */
const toggles = { bold: 'w:b', italic: 'w:i', strike: 'w:strike', doubleStrike: 'w:dstrike', hidden: 'w:vanish' } as const
type Toggle = keyof typeof toggles

/** The format of a run. What is absent is inherited. */
export interface RunFormat extends Partial<Record<Toggle, boolean>> {
  underline?: boolean
  vertical?: 'superscript' | 'subscript' | 'baseline'
  font?: string
  /** A character style that stands for code. */
  code?: boolean
}

/** Reads `w:rPr`, without its style. */
export function readRunFormat(properties: XmlElement | undefined): RunFormat {
  const format: RunFormat = {}
  if (!properties) return format
  for (const [name, element] of Object.entries(toggles)) {
    const value = switchOf(properties, element)
    if (value !== undefined) format[name as Toggle] = value
  }
  const underline = child(properties, 'w:u')
  if (underline) format.underline = !/^none$/i.test(underline.attributes['w:val'] ?? 'none')
  const vertical = valueOf(properties, 'w:vertAlign')
  if (vertical === 'superscript' || vertical === 'subscript' || vertical === 'baseline') format.vertical = vertical
  const fonts = child(properties, 'w:rFonts')?.attributes
  const font = fonts?.['w:ascii'] ?? fonts?.['w:hAnsi']
  if (font !== undefined) format.font = font
  return format
}

/** The format of a paragraph. What is absent is inherited. */
export interface ParagraphFormat {
  /** 0 is "no numbering". */
  numId?: number
  level?: number
  /** 0 to 8; 9 is body text. */
  outline?: number
  rightToLeft?: boolean
  /** Distance of the text from the margin, twentieths of a point. */
  indent?: number
  /** Whether it has a line below or above and none at its sides. */
  ruled?: boolean
}

/** Reads `w:pPr`, without its style. */
export function readParagraphFormat(properties: XmlElement | undefined): ParagraphFormat {
  const format: ParagraphFormat = {}
  if (!properties) return format
  const numbering = child(properties, 'w:numPr')
  const numId = toInteger(valueOf(numbering, 'w:numId'))
  const level = toInteger(valueOf(numbering, 'w:ilvl'))
  const outline = toInteger(valueOf(properties, 'w:outlineLvl'))
  const rightToLeft = switchOf(properties, 'w:bidi')
  const indents = child(properties, 'w:ind')?.attributes
  const indent = toInteger(indents?.['w:start'] ?? indents?.['w:left'])
  const borders = child(properties, 'w:pBdr')
  if (numId !== undefined) format.numId = numId
  if (level !== undefined) format.level = Math.min(8, Math.max(0, level))
  if (outline !== undefined) format.outline = outline
  if (rightToLeft !== undefined) format.rightToLeft = rightToLeft
  if (indent !== undefined) format.indent = indent
  if (borders) format.ruled = isRule(borders)
  return format
}

function isRule(borders: XmlElement): boolean {
  const has = (side: string) => {
    const style = valueOf(borders, side)
    return style !== undefined && style !== 'nil' && style !== 'none'
  }
  return (has('w:bottom') || has('w:top')) && !has('w:left') && !has('w:right')
}

/** The effective format of a run: its own, by its character style, by its paragraph's style, and by default. */
export function resolveRunFormat(own: RunFormat, character: RunFormat, paragraph: RunFormat, defaults: RunFormat): RunFormat {
  const resolved: RunFormat = {}
  for (const name of Object.keys(toggles) as Toggle[])
    resolved[name] = own[name] ?? (defaults[name] || (character[name] ?? false) !== (paragraph[name] ?? false))
  resolved.underline = own.underline ?? character.underline ?? paragraph.underline ?? defaults.underline ?? false
  resolved.vertical = own.vertical ?? character.vertical ?? paragraph.vertical ?? defaults.vertical ?? 'baseline'
  const font = own.font ?? character.font ?? paragraph.font ?? defaults.font
  if (font !== undefined) resolved.font = font
  resolved.code = character.code ?? false
  return resolved
}

/** A mark of the schema, without attributes. */
export interface FormatMark {
  type: string
}

/**
 * The marks of an effective format.
 * @param block the format of the whole block where its type shows it already: a heading is bold without a mark
 */
export function toMarks(format: RunFormat, block: RunFormat | undefined): FormatMark[] {
  const names: string[] = []
  const add = (name: string, value: boolean | undefined, ofBlock: boolean | undefined) => {
    if (value && !ofBlock) names.push(name)
  }
  add('bold', format.bold, block?.bold)
  add('italic', format.italic, block?.italic)
  add('underline', format.underline, block?.underline)
  add('strike', format.strike || format.doubleStrike, block?.strike || block?.doubleStrike)
  if (format.vertical === 'superscript' || format.vertical === 'subscript') names.push(format.vertical)
  add('code', format.code, false)
  return names.map((type) => ({ type }))
}
