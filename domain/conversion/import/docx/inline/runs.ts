/** Reads the inline content of a paragraph: runs with their formats, links, fields and tracked changes. */
import { isSafeLink } from '../../../../documents/richtext/schema.ts'
import { inlineText } from '../blocks.ts'
import { formatDifference } from '../changes.ts'
import type { ReaderContext } from '../context.ts'
import { readDrawing } from './drawings.ts'
import { equationText } from './equations.ts'
import { endField } from './field-results.ts'
import { readRunFormat, resolveRunFormat, type RunFormat, toMarks } from '../definitions/formats.ts'
import { type CurrentRun, InlineWriter, type Marks } from './inline-writer.ts'
import { isMarker } from '../markers.ts'
import { ParagraphBookmarks } from '../references.ts'
import type { ResolvedStyle } from '../definitions/styles.ts'
import { checkBox, checkBoxState, isSymbolFont, symbolsToText, symbolToText } from '../definitions/symbols.ts'
import { alternative, child, resolvedChildren, switchOf, valueOf, type XmlElement } from '../package/xml.ts'

/** Reads the content of one paragraph. */
export class InlineReader {
  readonly writer: InlineWriter
  /** The contents of text boxes in it. */
  readonly textBoxes: XmlElement[] = []
  readonly bookmarks = new ParagraphBookmarks()
  /** Whether it has a drawn line. */
  rule = false
  readonly #context: ReaderContext
  readonly #style: ResolvedStyle
  readonly #block: RunFormat | undefined

  /** @param block the format that the type of the paragraph shows without marks */
  constructor(context: ReaderContext, style: ResolvedStyle, block: RunFormat | undefined) {
    this.#context = context
    this.#style = style
    this.#block = block
    this.writer = new InlineWriter(context)
  }

  read(elements: readonly XmlElement[]): void {
    for (const element of elements) this.#read(element)
  }

  #read(element: XmlElement): void {
    const { name, attributes } = element
    if (this.#readChange(element) || this.#readPlace(element)) return
    switch (name) {
      case 'w:r':
        return this.#readRun(element)
      case 'w:hyperlink':
        return this.#within(this.writer.links, this.#linkOf(attributes), element)
      case 'w:fldSimple':
        return this.#readSimpleField(element)
      case 'w:sdt':
        return this.#readControl(element)
      case 'mc:AlternateContent':
        return this.read(alternative(element)?.children ?? [])
      case 'm:oMath':
      case 'm:oMathPara':
        return this.#readEquation(element)
      case 'w:subDoc':
        this.writer.losses.push('Inserted document left out')
        return
      case 'w:p':
      case 'w:tbl':
        // not allowed here: its words follow the paragraph
        this.textBoxes.push({ name: 'w:txbxContent', attributes: {}, children: [element], text: '' })
        return
      default:
        if (name.startsWith('w:') && !name.endsWith('Pr')) this.read(element.children)
    }
  }

  /** Reads an element whose content is a tracked change, or the edge of a move. */
  #readChange(element: XmlElement): boolean {
    const { changes, moves } = this.#context
    switch (element.name) {
      case 'w:ins':
        this.#within(this.writer.changes, { kind: 'insertion', attributes: changes.open(element) }, element)
        return true
      case 'w:del':
        this.#within(this.writer.changes, { kind: 'deletion', attributes: changes.open(element) }, element)
        return true
      case 'w:moveFrom':
        this.#within(this.writer.changes, { kind: 'deletion', attributes: changes.openMove(element, moves.from) }, element)
        return true
      case 'w:moveTo':
        this.#within(this.writer.changes, { kind: 'insertion', attributes: changes.openMove(element, moves.to) }, element)
        return true
      default:
        return readMoveEdge(element, this.#context)
    }
  }

  /** Reads an element that only marks a place: bookmarks and comments. */
  #readPlace(element: XmlElement): boolean {
    const { name, attributes } = element
    if (name === 'w:bookmarkStart') this.bookmarks.start(attributes['w:id'] ?? '', attributes['w:name'] ?? '', this.writer.length)
    else if (name === 'w:bookmarkEnd') this.bookmarks.end(attributes['w:id'] ?? '', this.writer.length)
    else if (name === 'w:commentRangeStart' || name === 'w:commentRangeEnd') {
      const marker = this.#context.comments.marker(element, name === 'w:commentRangeEnd')
      if (marker) this.writer.list.push(marker)
    } else if (name === 'w:commentReference') {
      const { start, end } = this.#context.comments.pointMarkers(element)
      if (start) this.writer.markLastWord(start)
      if (end) this.writer.list.push(end)
    } else return false
    return true
  }

  /** Reads the children of an element with something around them; nothing around them where it is undefined. */
  #within<T>(stack: T[], around: T | undefined, element: XmlElement): void {
    if (around !== undefined) stack.push(around)
    this.read(resolvedChildren(element))
    if (around !== undefined) stack.pop()
  }

  #linkOf(attributes: XmlElement['attributes']): string | undefined {
    const target = this.#context.file.relationshipMap(this.#context.part).get(attributes['r:id'] ?? '')?.target
    const anchor = attributes['w:anchor']
    const href = target === undefined ? '' : `${target.trim()}${anchor && !target.includes('#') ? `#${anchor}` : ''}`
    return isSafeLink(href) ? href : undefined
  }

  #readSimpleField(element: XmlElement): void {
    const { fields } = this.#context
    fields.begin(child(element, 'w:ffData'))
    fields.addInstruction(element.attributes['w:instr'] ?? '')
    fields.separate(this.writer.list, this.writer.list.length)
    this.read(resolvedChildren(element))
    endField(this.#context, this.writer)
  }

  /** A content control keeps its content; a check box becomes a character. */
  #readControl(element: XmlElement): void {
    const content = child(element, 'w:sdtContent')
    const box = child(child(element, 'w:sdtPr'), 'w14:checkbox')
    const { list } = this.writer
    const from = list.length
    this.read(content ? resolvedChildren(content) : [])
    if (!box) return
    const checked = switchOf(box, 'w14:checked') ?? false
    const made = list.slice(from)
    const text = inlineText(made)
    if (checkBoxState(text.trim()) === checked) return
    const marks = made.find((node) => !isMarker(node))?.marks
    list.splice(from, list.length - from, { type: 'text', text: checkBox(checked), ...(marks && { marks }) }, ...made.filter(isMarker))
    this.writer.length += 1 - text.length
  }

  #readEquation(element: XmlElement): void {
    const text = equationText(element).trim()
    this.writer.losses.push(text ? 'Equation kept as plain text' : 'Equation left out')
    this.writer.addText(text)
  }

  #readRun(element: XmlElement): void {
    const before = this.writer.run
    this.writer.run = this.#formatOf(child(element, 'w:rPr'))
    for (const part of resolvedChildren(element)) this.#readRunPart(part)
    this.writer.run = before
  }

  /** The format of a run, with the tracked change of its format. */
  #formatOf(properties: XmlElement | undefined): CurrentRun {
    const { styles, changes } = this.#context
    const resolve = (from: XmlElement | undefined) => {
      const style = styles.character(valueOf(from, 'w:rStyle'))
      return resolveRunFormat(readRunFormat(from), style.run, this.#style.run, styles.defaults)
    }
    const format = resolve(properties)
    const marks: Marks = toMarks(format, this.#block)
    const change = child(properties, 'w:rPrChange')
    if (change && this.writer.changes.every(({ kind }) => kind !== 'insertion')) {
      const difference = formatDifference(marks, toMarks(resolve(child(change, 'w:rPr')), this.#block))
      if (difference.added.length > 0 || difference.removed.length > 0) {
        const attributes = changes.open(change, JSON.stringify(difference))
        marks.push({ type: 'formatChange', attrs: { ...attributes, ...difference } })
      }
    }
    return { marks, hidden: format.hidden === true, font: format.font }
  }

  #readRunPart(part: XmlElement): void {
    const { name, attributes } = part
    switch (name) {
      case 'w:t':
      case 'w:delText':
        return this.writer.addText(this.#textOf(part))
      case 'w:instrText':
        return this.#context.fields.addInstruction(part.text)
      case 'w:tab':
      case 'w:ptab':
        return this.writer.addText('\t')
      case 'w:noBreakHyphen':
        return this.writer.addText('\u2011')
      case 'w:softHyphen':
        return this.writer.addText('\u00ad')
      case 'w:br':
      case 'w:cr':
        return this.writer.addBreak(attributes['w:type'] === 'page' || attributes['w:type'] === 'column')
      case 'w:sym':
        return this.#readSymbol(attributes['w:font'], Number.parseInt(attributes['w:char'] ?? '', 16))
      case 'w:fldChar':
        return this.#readFieldEdge(part)
      case 'w:footnoteReference':
        return this.#readNoteReference('footnote', attributes['w:id'])
      case 'w:endnoteReference':
        return this.#readNoteReference('endnote', attributes['w:id'])
      case 'w:drawing':
      case 'w:pict':
      case 'w:object':
        return this.#readDrawing(part)
      case 'w:ruby':
        return this.#readRuby(part)
      default:
        if (!this.#readPlace(part) && (name === 'w:r' || name === 'w:sdt' || name.startsWith('m:'))) this.#read(part)
    }
  }

  #textOf({ text, attributes }: XmlElement): string {
    const kept = attributes['xml:space'] === 'preserve' ? text : text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
    const line = kept.replace(/[\r\n]+/g, ' ')
    const { font } = this.writer.run
    return font !== undefined && isSymbolFont(font) ? symbolsToText(font, line) : line
  }

  #readSymbol(font: string | undefined, code: number): void {
    this.writer.addSymbol(font, Number.isNaN(code) ? undefined : symbolToText(font, code))
  }

  #readNoteReference(kind: 'footnote' | 'endnote', id: string | undefined): void {
    const number = this.writer.isHidden ? undefined : this.#context.notes.refer(kind, id ?? '')
    if (number !== undefined) this.writer.addRaised(`[${number}]`)
  }

  #readDrawing(part: XmlElement): void {
    if (this.writer.isHidden) return
    const { lost, textBoxes, rule } = readDrawing(part)
    if (lost !== undefined) this.writer.losses.push(lost)
    this.textBoxes.push(...textBoxes)
    this.rule ||= rule
  }

  /** Words with their reading above them: the reading follows in parentheses. */
  #readRuby(part: XmlElement): void {
    this.read(child(part, 'w:rubyBase')?.children ?? [])
    this.writer.addText(' (')
    this.read(child(part, 'w:rt')?.children ?? [])
    this.writer.addText(')')
  }

  #readFieldEdge(part: XmlElement): void {
    const { fields } = this.#context
    const type = part.attributes['w:fldCharType']
    if (type === 'begin') fields.begin(child(part, 'w:ffData'))
    else if (type === 'separate') fields.separate(this.writer.list, this.writer.list.length)
    else if (type === 'end') endField(this.#context, this.writer)
  }
}

/** Reads the edge of a move. @returns whether the element is one */
export function readMoveEdge({ name, attributes }: XmlElement, { moves }: ReaderContext): boolean {
  if (name === 'w:moveFromRangeStart') moves.from = attributes['w:name']
  else if (name === 'w:moveFromRangeEnd') moves.from = undefined
  else if (name === 'w:moveToRangeStart') moves.to = attributes['w:name']
  else if (name === 'w:moveToRangeEnd') moves.to = undefined
  else return false
  return true
}
