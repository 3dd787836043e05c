/** Words for full-text search: letters and digits of any script, in lower case. */

/** The words of a text, in order. */
export const splitSearchWords = (text: string): string[] =>
  text
    .normalize('NFC')
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []

/** A PostgreSQL query for texts with all of these words, the last one perhaps incomplete; undefined without a word. */
export function toSearchQuery(text: string): string | undefined {
  const words = splitSearchWords(text)
  return words.length > 0 ? `${words.map((word) => `'${word}'`).join(' & ')}:*` : undefined
}
