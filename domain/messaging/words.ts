/** Words as they are searched: letters and digits of any script, in lower case. */

/** The words of a text, in order. */
export const wordsOf = (text: string): string[] =>
  text
    .normalize('NFC')
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []

/** A query of PostgreSQL for texts that have all of these words, the last one perhaps unfinished; undefined when there is no word. */
export function queryOf(text: string): string | undefined {
  const words = wordsOf(text)
  return words.length > 0 ? `${words.map((word) => `'${word}'`).join(' & ')}:*` : undefined
}
