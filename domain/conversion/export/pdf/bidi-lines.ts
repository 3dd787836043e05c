/**
 * Lines with text from the right. pdfmake sets words from the left only, so such text is broken into lines here, and the words of each line
 * are put in the order in which they are seen. The letters of a word stay in their order: the font puts and joins them.
 */
import { mirror, readLevels } from '../direction.ts'
import { isInvisible, nonJoiner } from './font-coverage.ts'

/** Text in one style, with its width. */
export interface StyledText<Style> {
  text: string
  style: Style
}

interface Word<Style> {
  parts: Part<Style>[]
  width: number
}

/** Text in one style and of one level. */
interface Part<Style> extends StyledText<Style> {
  level: number
}

/**
 * Breaks a paragraph into lines.
 * @param measure the width of a text
 * @returns the lines, each with its texts from left to right
 */
export function layOutLines<Style>(
  texts: readonly StyledText<Style>[],
  { rightToLeft, width, measure }: { rightToLeft: boolean; width: number; measure: (text: StyledText<Style>) => number },
): StyledText<Style>[][] {
  return splitAtBreaks(texts).flatMap((line) => {
    const words = splitWords(line, rightToLeft).flatMap((word) => fit(word, width, measure))
    const lines: Part<Style>[][] = []
    let [current, used]: [Part<Style>[], number] = [[], 0]
    for (const { parts, width: taken } of words) {
      const isSpace = parts.every(({ text }) => text.trim() === '')
      if (used + taken > width && current.length > 0 && !isSpace) {
        lines.push(current)
        ;[current, used] = [[], 0]
      }
      if (isSpace && current.length === 0 && lines.length > 0) continue
      current.push(...parts)
      used += taken
    }
    lines.push(current)
    return lines.map((parts) => toVisualOrder(trimEnd(parts)))
  })
}

function splitAtBreaks<Style>(texts: readonly StyledText<Style>[]): StyledText<Style>[][] {
  const lines: StyledText<Style>[][] = [[]]
  for (const { text, style } of texts) {
    for (const [place, part] of text.split('\n').entries()) {
      if (place > 0) lines.push([])
      if (part) lines.at(-1)?.push({ text: part, style })
    }
  }
  return lines
}

/** Words and the spaces between them, in parts of one style and level. */
function splitWords<Style>(texts: readonly StyledText<Style>[], rightToLeft: boolean): Part<Style>[][] {
  const levels = readLevels(texts.map(({ text }) => text).join(''), rightToLeft)
  const words: Part<Style>[][] = []
  let place = 0
  let lastIsSpace: boolean | undefined
  for (const { text, style } of texts) {
    let isNew = true
    for (const character of text) {
      const level = levels[place] ?? 0
      place += character.length
      // directions are known now
      if (isInvisible(character) && character !== nonJoiner) continue
      const isSpace = character === ' '
      if (isSpace !== lastIsSpace) words.push([])
      const word = words.at(-1) as Part<Style>[]
      const last = isNew || isSpace !== lastIsSpace ? undefined : word.at(-1)
      lastIsSpace = isSpace
      isNew = false
      if (last && last.level === level && isLetter(last.text) === isLetter(character)) last.text += character
      else word.push({ text: character, style, level })
    }
  }
  return words
}

const isLetter = (text: string) => /[\p{L}\p{M}\p{Cf}]/u.test(text)

/** A word with its width; one that is wider than a line becomes several. */
function fit<Style>(parts: Part<Style>[], width: number, measure: (text: StyledText<Style>) => number): Word<Style>[] {
  const whole = parts.reduce((sum, part) => sum + measure(part), 0)
  if (whole <= width) return [{ parts, width: whole }]
  const words: Word<Style>[] = []
  for (const part of parts) {
    for (const character of part.text) {
      const one = { ...part, text: character }
      const taken = measure(one)
      const last = words.at(-1)
      const before = last?.parts.at(-1)
      if (last && before && last.width + taken <= width) {
        if (before.style === part.style && before.level === part.level) before.text += character
        else last.parts.push(one)
        last.width += taken
      } else words.push({ parts: [one], width: taken })
    }
  }
  return words
}

function trimEnd<Style>(parts: Part<Style>[]): Part<Style>[] {
  let end = parts.length
  while (end > 0 && parts[end - 1]?.text.trim() === '') end--
  return parts.slice(0, end)
}

/** Rule L2 of the Unicode Bidirectional Algorithm, on parts of one level. */
function toVisualOrder<Style>(parts: Part<Style>[]): StyledText<Style>[] {
  const ordered = [...parts]
  const highest = Math.max(0, ...parts.map(({ level }) => level))
  for (let level = highest; level > 0; level--) {
    for (let from = 0; from < ordered.length; from++) {
      let to = from
      while (to < ordered.length && (ordered[to] as Part<Style>).level >= level) to++
      if (to > from + 1) ordered.splice(from, to - from, ...ordered.slice(from, to).toReversed())
      from = Math.max(from, to - 1)
    }
  }
  return ordered.map(({ text, style, level }) => ({ text: level % 2 === 1 && !isLetter(text) ? flip(text) : text, style }))
}

/** Signs and spaces from the right: in reverse, and brackets the other way round. */
const flip = (text: string) => Array.from(text).reverse().map(mirror).join('')
