/** The direction of text (Unicode Bidirectional Algorithm), by the rules of `bidi-js`. */
import type { JSONContent } from '@tiptap/core'
import createBidi from 'bidi-js'

/** What is used of the library; its own types describe another module than it has. */
interface Bidi {
  getBidiCharTypeName(character: string): string
  getMirroredCharacter(character: string): string | null
  getEmbeddingLevels(text: string, direction: 'ltr' | 'rtl'): { levels: Uint8Array }
}
const bidi = (createBidi as unknown as () => Bidi)()

const rightToLeftTypes = new Set(['R', 'AL'])
/** Characters of scripts that are written from the right, and the characters that set a direction. */
const rightToLeftCharacters = /[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufefc]|[\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** Whether a text has characters that are written from the right. */
export const hasRightToLeft = (text: string): boolean => rightToLeftCharacters.test(text)

/** Whether a paragraph or heading is written from the right: as its author set it, else by its first letter, as HTML's `auto`. */
export function isRightToLeft(block: JSONContent, text: string): boolean {
  const dir: unknown = block.attrs?.dir
  if (dir === 'rtl' || dir === 'ltr') return dir === 'rtl'
  if (!hasRightToLeft(text)) return false
  for (const character of text) {
    const type = bidi.getBidiCharTypeName(character)
    if (rightToLeftTypes.has(type)) return true
    if (type === 'L') return false
  }
  return false
}

/** The embedding level of each UTF-16 unit of a paragraph: odd ones are written from the right. */
export const readLevels = (text: string, rightToLeft: boolean): Uint8Array =>
  bidi.getEmbeddingLevels(text, rightToLeft ? 'rtl' : 'ltr').levels

/** The character that is drawn for another in text from the right: `(` for `)`. */
export const mirror = (character: string): string => bidi.getMirroredCharacter(character) ?? character
