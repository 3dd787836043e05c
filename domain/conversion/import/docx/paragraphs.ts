/** Reads paragraphs: their type, numbering, direction and tracked changes. */
import type { JSONContent } from '@tiptap/core'
import type { BlockSuggestion } from '../../../documents/richtext/schema.ts'
import { inlineText, type ParagraphBlock } from './blocks.ts'
import type { ChangeAttributes } from './changes.ts'
import type { ReaderContext } from './context.ts'
import { type ParagraphFormat, readParagraphFormat, readRunFormat } from './definitions/formats.ts'
import { isMarker } from './markers.ts'
import { InlineReader } from './inline/runs.ts'
import { headingByOutline, type ResolvedStyle } from './definitions/styles.ts'
import { checkBoxState } from './definitions/symbols.ts'
import { child, valueOf, type XmlElement } from './package/xml.ts'

const rightToLeftStart = /^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u

/** A paragraph that was read: several blocks where it has page breaks, none where it shows nothing. */
export interface ReadParagraph {
  blocks: ParagraphBlock[]
  /** The contents of its text boxes. */
  textBoxes: XmlElement[]
}

/** The properties of a paragraph with its style. */
interface Properties {
  own: ParagraphFormat
  style: ResolvedStyle
}

function readProperties(properties: XmlElement | undefined, { styles }: ReaderContext): Properties {
  return { own: readParagraphFormat(properties), style: styles.paragraph(valueOf(properties, 'w:pStyle')) }
}

const headingOf = ({ own, style }: Properties): number =>
  own.outline === undefined ? style.heading : own.outline <= 8 ? headingByOutline(own.outline) : 0

/** The type of a block and what numbers it. */
function typeOf(properties: Properties): { type: 'paragraph' | 'heading' | 'codeBlock'; level: number } {
  if (properties.style.code) return { type: 'codeBlock', level: 0 }
  const level = headingOf(properties)
  return level > 0 ? { type: 'heading', level } : { type: 'paragraph', level: 0 }
}

/**
 * Reads `w:p`.
 * @param inHeader whether it is in a header row, which shows its format without marks
 */
export function readParagraph(element: XmlElement, context: ReaderContext, inHeader: boolean): ReadParagraph {
  context.counts.paragraphs++
  const properties = child(element, 'w:pPr')
  const read = readProperties(properties, context)
  const { style, own } = read
  const { type, level } = typeOf(read)
  const showsFormat = type !== 'paragraph' || style.quote || inHeader
  const inline = new InlineReader(context, style, showsFormat ? style.run : undefined)
  inline.read(element.children)
  const { writer, textBoxes } = inline
  warnOfLosses(inline, context)
  const block: ParagraphBlock = {
    kind: 'paragraph',
    type,
    level,
    dir: null,
    quoted: style.quote,
    indent: own.indent ?? style.paragraph.indent ?? 0,
    numbering: undefined,
    checked: undefined,
    content: [],
    markChange: undefined,
    suggestion: undefined,
    bookmark: undefined,
  }
  if (isLeftOut(inline, properties, context)) {
    readMarkChange(block, properties, context)
    return { blocks: [], textBoxes }
  }
  number(block, read, context)
  const pieces = writer.pieces.length > 1 ? writer.pieces.filter((piece) => piece.length > 0) : writer.pieces
  if (pieces.length === 0 && block.numbering) pieces.push([])
  const isRule = pieces.every((piece) => piece.length === 0) && (inline.rule || (own.ruled ?? style.paragraph.ruled) === true)
  if (isRule && type === 'paragraph' && !block.numbering) block.type = 'horizontalRule'
  readFormatChange(block, properties, read, context)
  const blocks = pieces.map((content, at) =>
    finish({ ...block, ...(at > 0 && { numbering: undefined, suggestion: undefined }) }, content, read),
  )
  const last = blocks.at(-1) ?? block
  readMarkChange(last, properties, context)
  if (blocks[0]) inline.bookmarks.finish(context.bookmarks, blocks[0])
  return { blocks, textBoxes }
}

function warnOfLosses({ writer }: InlineReader, { warnings, counts }: ReaderContext): void {
  if (writer.losses.length === 0) return
  const text = writer.pieces.map(inlineText).join(' ')
  for (const loss of writer.losses) warnings.addInParagraph(loss, counts.paragraphs, text)
}

/** Whether nothing of a paragraph is shown: all of it is hidden, or it only ends a section. */
function isLeftOut({ writer, textBoxes }: InlineReader, properties: XmlElement | undefined, { styles }: ReaderContext): boolean {
  if (writer.pieces.some((piece) => piece.length > 0)) return false
  if (writer.pieces.length > 1 || textBoxes.length > 0 || child(properties, 'w:sectPr')) return true
  const mark = child(properties, 'w:rPr')
  const hidden = readRunFormat(mark).hidden ?? (styles.character(valueOf(mark, 'w:rStyle')).run.hidden || undefined)
  const ofStyle = styles.paragraph(valueOf(properties, 'w:pStyle')).run.hidden
  return (hidden ?? ofStyle ?? false) && (writer.hasHidden || hidden === true)
}

function number(block: ParagraphBlock, { own, style }: Properties, { numbering, listStyles }: ReaderContext): void {
  const list = block.type === 'codeBlock' ? undefined : numbering.resolve(own, style)
  block.numbering = list && numbering.next(list)
  if (!block.numbering) return
  listStyles.add(block.numbering.listStyle)
  block.indent = own.indent ?? block.numbering.indent ?? block.indent
}

/** Completes a block with its content. */
function finish(block: ParagraphBlock, content: JSONContent[], { own, style }: Properties): ParagraphBlock {
  const text = inlineText(content)
  block.content = block.type === 'codeBlock' ? toCode(content) : content
  const rightToLeft = own.rightToLeft ?? style.paragraph.rightToLeft
  if (rightToLeft) block.dir = 'rtl'
  else if (rightToLeft === false && rightToLeftStart.test(text)) block.dir = 'ltr'
  if (block.type === 'paragraph')
    block.checked =
      checkBoxState(Array.from(text)[0]) ?? (block.numbering?.format === 'bullet' ? checkBoxState(block.numbering.text) : undefined)
  return block
}

/** Code has no marks, and line breaks are part of its text. */
const toCode = (content: JSONContent[]): JSONContent[] =>
  content.map((node) => (isMarker(node) ? node : { type: 'text', text: inlineText([node]) }))

/** Reads the tracked change of a paragraph's end. Other changes of the same suggestion may go on after it. */
function readMarkChange(block: ParagraphBlock, properties: XmlElement | undefined, { changes, moves }: ReaderContext): void {
  const mark = child(properties, 'w:rPr')
  const inserted = child(mark, 'w:ins')
  const deleted = child(mark, 'w:del')
  const movedTo = child(mark, 'w:moveTo')
  const movedFrom = child(mark, 'w:moveFrom')
  const set = (kind: 'insert' | 'delete', attributes: ChangeAttributes) => {
    block.markChange = { kind, attributes }
  }
  // of an end that was inserted and deleted again, the deletion
  if (deleted) set('delete', changes.open(deleted))
  else if (inserted) set('insert', changes.open(inserted))
  else if (movedFrom) set('delete', changes.openMove(movedFrom, moves.from))
  else if (movedTo) set('insert', changes.openMove(movedTo, moves.to))
  changes.keepOnly(block.markChange ? [block.markChange.attributes.id] : [])
}

/** Reads a tracked change of the type or numbering of a paragraph. */
function readFormatChange(block: ParagraphBlock, properties: XmlElement | undefined, now: Properties, context: ReaderContext): void {
  const change = child(properties, 'w:pPrChange')
  if (!change || block.type === 'codeBlock' || block.type === 'horizontalRule') return
  const before = readProperties(child(change, 'w:pPr'), context)
  const [old, current] = [describe(before, context), describe(now, context)]
  if (!old || !current || JSON.stringify(old) === JSON.stringify(current)) return
  if (old.attrs.listStyle) context.listStyles.add(old.attrs.listStyle as string)
  const suggestion: BlockSuggestion = { ...context.changes.open(change, 'paragraph'), kind: 'change', was: old }
  block.suggestion = suggestion
}

/** Type, level and numbering of a paragraph; undefined for code and bullets, to which no suggestion can change a paragraph. */
function describe(properties: Properties, { numbering }: ReaderContext): (BlockSuggestion['was'] & object) | undefined {
  const { type, level } = typeOf(properties)
  const list = numbering.resolve(properties.own, properties.style)
  const listed = list && numbering.describe(list)
  if (type === 'codeBlock' || listed?.format === 'bullet') return undefined
  const attrs = { listStyle: listed?.listStyle ?? null, listLevel: listed ? listed.level : null }
  return { type, attrs: type === 'heading' ? { level, ...attrs } : attrs }
}
