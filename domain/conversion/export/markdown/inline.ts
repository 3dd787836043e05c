/**
 * Writes the text of a block as Markdown. A mark is written by its delimiters where the rules of CommonMark see them as such, and as an HTML
 * element elsewhere: `**“Affiliate”**s` would show its asterisks.
 */
import type { TextPiece } from '../export-model.ts'
import { escapeLine, escapeText, writeAddress, writeCode } from './escape.ts'

interface Options {
  /** How a line break is written. */
  lineBreak: string
  /** In a cell of a table, a bar ends the cell, also in code. */
  cell: boolean
}

/** A kind of mark: how it is written as an element, and as delimiters where it has some. */
interface Mark {
  tag: string
  delimiter?: string
  on(piece: TextPiece): boolean
}

/** From the outside in. */
const marks: readonly Mark[] = [
  { tag: 'ins', on: (piece) => piece.inserted !== undefined },
  { tag: 'del', on: (piece) => piece.deleted !== undefined },
  { tag: 'a', on: (piece) => piece.link !== undefined },
  { tag: 'u', on: (piece) => piece.underline },
  { tag: 'strong', delimiter: '**', on: (piece) => piece.bold },
  { tag: 'em', delimiter: '*', on: (piece) => piece.italic },
  { tag: 's', delimiter: '~~', on: (piece) => piece.strike },
  { tag: 'sup', on: (piece) => piece.superscript },
  { tag: 'sub', on: (piece) => piece.subscript && !piece.superscript },
]
const strong = marks.findIndex(({ tag }) => tag === 'strong')

/** The text of a block, without its number. */
export function writeInline(pieces: TextPiece[], options: Partial<Options> = {}): string {
  const writer = new InlineWriter({ lineBreak: '\\\n', cell: false, ...options })
  const text = writer.write(settleBreaks(pieces), 0, '', '')
  // a backslash at the end is no line break
  const closed = text.endsWith('\\\n') ? `${text.slice(0, -2)}<br>` : text
  return closed.split('\n').map(escapeLine).join('\n')
}

/** A line break has the marks that the text on both sides of it has. */
function settleBreaks(pieces: TextPiece[]): TextPiece[] {
  return pieces.map((piece, place) => {
    if (piece.text !== '\n') return piece
    const [before, after] = [pieces[place - 1], pieces[place + 1]]
    const both = (has: (one: TextPiece) => boolean) =>
      has(piece) && before !== undefined && after !== undefined && has(before) && has(after)
    return {
      ...piece,
      bold: both((one) => one.bold),
      italic: both((one) => one.italic),
      strike: both((one) => one.strike),
      underline: both((one) => one.underline),
      superscript: both((one) => one.superscript),
      subscript: both((one) => one.subscript),
      link: before?.link === after?.link && piece.link === before?.link ? piece.link : undefined,
    }
  })
}

const isSpace = (character: string) => character === '' || /\s/.test(character)
const isPunctuation = (character: string) => /[\p{P}\p{S}]/u.test(character)
/** Characters that readers of every version of CommonMark take for punctuation. */
const isPlainPunctuation = (character: string) => /\p{P}|[$+<=>^`|~]/u.test(character)

const firstCharacter = (text: string) => Array.from(text.slice(0, 2))[0] ?? ''
const lastCharacter = (text: string) => Array.from(text.slice(-2)).at(-1) ?? ''

class InlineWriter {
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  /**
   * Writes pieces with the marks from a level on.
   * @param before the character before them @param after the character after them, or a sign of the markup that begins there
   */
  write(pieces: TextPiece[], level: number, before: string, after: string): string {
    const mark = marks[level]
    if (!mark) return this.#writeTexts(pieces, before)
    const runs = splitRuns(pieces, mark)
    let written = ''
    for (const [place, run] of runs.entries()) {
      const next = runs[place + 1]
      const neighbours = [lastCharacter(written) || before, next ? foresee(next[0] as TextPiece, level) : after] as const
      written += mark.on(run[0] as TextPiece) ? this.#wrap(run, level, ...neighbours) : this.write(run, level + 1, ...neighbours)
    }
    return written
  }

  #wrap(run: TextPiece[], level: number, before: string, after: string): string {
    const { tag, delimiter } = marks[level] as Mark
    const link = run[0]?.link
    if (tag === 'a' && link) {
      const address = writeAddress(link)
      return `[${this.write(run, level + 1, '[', ']')}](${this.#options.cell ? address.replaceAll('|', '\\|') : address})`
    }
    const text = run.map((piece) => piece.text).join('')
    if (delimiter && (text.trim() !== '' || tag !== 's')) {
      const marked = text.trim() === '' ? this.write(run, level + 1, before, after) : this.#delimit(run, level, delimiter, before, after)
      if (marked !== undefined) return marked
    }
    return `<${tag}>${this.write(run, level + 1, '>', '<')}</${tag}>`
  }

  /** The text between delimiters, its outer spaces before and after them; undefined where they would not be seen as delimiters. */
  #delimit(run: TextPiece[], level: number, delimiter: string, before: string, after: string): string | undefined {
    const sign = delimiter[0] as string
    const [left, words, right] = trimRun(run)
    if (left + right !== '' && sign === '~') return undefined
    const inside = words.map((piece) => piece.text).join('')
    const [outerLeft, outerRight] = [lastCharacter(left) || before, firstCharacter(right) || after]
    if (!isFlanking(firstCharacter(inside), outerLeft, sign) || !isFlanking(lastCharacter(inside), outerRight, sign)) return undefined
    const isWhole = level === strong && words.every(({ italic }) => italic)
    const inner = isWhole ? this.write(words, level + 1, outerLeft, outerRight) : this.write(words, level + 1, sign, sign)
    const isTriple = isWhole && inner.startsWith('*') && inner.endsWith('*')
    if (!isTriple && (inner.startsWith(sign) || inner.endsWith(sign) || !isFlanking(firstCharacter(inner), outerLeft, sign)))
      return undefined
    if (!isTriple && !isFlanking(lastCharacter(inner), outerRight, sign)) return undefined
    return left + delimiter + inner + delimiter + right
  }

  #writeTexts(pieces: TextPiece[], before: string): string {
    let written = ''
    for (const { text, code } of pieces) {
      if (text === '\n') written += this.#options.lineBreak
      else if (!code) written += escapeText(text)
      else if ((lastCharacter(written) || before) === '`') written += `<code>${escapeText(text)}</code>`
      else written += this.#options.cell ? writeCode(text).replaceAll('|', '\\|') : writeCode(text)
    }
    return written
  }
}

/** Splits pieces into runs with and without a mark; a link is a run of its own. */
function splitRuns(pieces: TextPiece[], mark: Mark): TextPiece[][] {
  const runs: TextPiece[][] = []
  for (const piece of pieces) {
    const last = runs.at(-1)
    const first = last?.[0]
    const isSame = first && mark.on(first) === mark.on(piece) && (mark.tag !== 'a' || first.link === piece.link)
    if (isSame) last?.push(piece)
    else runs.push([piece])
  }
  return runs
}

/** The first character that a piece is written with, as far as it matters to the delimiters before it. */
function foresee(piece: TextPiece, level: number): string {
  for (const mark of marks.slice(level)) {
    if (!mark.on(piece)) continue
    if (!mark.delimiter) return mark.tag === 'a' ? '[' : '<'
    return isSpace(firstCharacter(piece.text)) && mark.tag !== 's' ? ' ' : '*'
  }
  return piece.text === '\n' ? ' ' : piece.code ? '`' : firstCharacter(piece.text)
}

/** Whether a delimiter between two characters opens (or closes) a mark: `inner` is the one in the mark. */
function isFlanking(inner: string, outer: string, sign: string): boolean {
  if (isSpace(inner) || outer === sign || outer === '*' || outer === '~') return false
  return !isPunctuation(inner) || isSpace(outer) || isPlainPunctuation(outer)
}

/** Separates the spaces at the edges of a run. */
function trimRun(run: TextPiece[]): [left: string, words: TextPiece[], right: string] {
  let words = run.map((piece) => ({ ...piece }))
  let [left, right] = ['', '']
  for (let first = words[0]; first && !first.code; first = words[0]) {
    const trimmed = first.text.trimStart()
    left += first.text.slice(0, first.text.length - trimmed.length)
    first.text = trimmed
    if (trimmed !== '') break
    words = words.slice(1)
  }
  for (let last = words.at(-1); last && !last.code; last = words.at(-1)) {
    const trimmed = last.text.trimEnd()
    right = last.text.slice(trimmed.length) + right
    last.text = trimmed
    if (trimmed !== '') break
    words = words.slice(0, -1)
  }
  return [left, words, right]
}
