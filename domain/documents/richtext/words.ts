/** Splits text for comparisons and anchors without dividing what a reader sees as one character. */

/** Marks, joiners, variation selectors, skin tones and tags continue the character before them (Unicode UAX 29, extended grapheme clusters). */
const continuation = String.raw`[\p{M}\u200c\u200d\ufe0f\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}]|(?<=\u200d)[^\s]`
const token = new RegExp(
  String.raw`[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_]|[\u200c\u200d](?=[\p{L}\p{M}]))*|\p{RI}\p{RI}|\s+|[^\s](?:${continuation})*`,
  'gu',
)

/** The words, spaces and other characters of a text, in order; together they are the text. */
export const splitWords = (text: string): string[] => text.match(token) ?? []

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** The nearest boundary of a character at or before an index (UTF-16 code units). */
export function characterStart(text: string, index: number): number {
  return index <= 0 || index >= text.length ? index : (graphemes.segment(text).containing(index)?.index ?? index)
}

/** The nearest boundary of a character at or after an index. */
export function characterEnd(text: string, index: number): number {
  if (index <= 0 || index >= text.length) return index
  const found = graphemes.segment(text).containing(index)
  return !found || found.index === index ? index : found.index + found.segment.length
}
