/** Characters of symbol fonts as Unicode. Word stores them as codes of the font, often in the private use area from U+F000. */

const wingdings: Readonly<Record<number, string>> = {
  0x21: '✏',
  0x22: '✂',
  0x28: '☎',
  0x2a: '✉',
  0x3c: '💾',
  0x4a: '☺',
  0x4c: '☹',
  0x6c: '●',
  0x6d: '❍',
  0x6e: '■',
  0x6f: '☐',
  0x70: '❐',
  0x71: '❑',
  0x72: '❒',
  0x74: '⧫',
  0x75: '◆',
  0x76: '❖',
  0x77: '◆',
  0x78: '☒',
  0x9f: '•',
  0xa0: '▫',
  0xa1: '○',
  0xa7: '▪',
  0xa8: '☐',
  0xab: '★',
  0xd8: '➢',
  0xdf: '←',
  0xe0: '→',
  0xe1: '↑',
  0xe2: '↓',
  0xe8: '➔',
  0xef: '⇦',
  0xf0: '⇨',
  0xfb: '✗',
  0xfc: '✓',
  0xfd: '☒',
  0xfe: '☑',
}

const wingdings2: Readonly<Record<number, string>> = { 0x4f: '✗', 0x50: '✓', 0x51: '☒', 0x52: '☑', 0x53: '☒', 0xa3: '☐', 0x54: '☒' }

/** The letters of Symbol from 0x41 and 0x61, and its signs. */
const symbolLetters = 'ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ'
const symbolSmall = 'αβχδεφγηιϕκλμνοπθρστυϖωξψζ'
const symbolSigns: Readonly<Record<number, string>> = {
  0x22: '∀',
  0x24: '∃',
  0x2d: '−',
  0x40: '≅',
  0xa3: '≤',
  0xa5: '∞',
  0xa7: '♣',
  0xa8: '♦',
  0xa9: '♥',
  0xaa: '♠',
  0xab: '↔',
  0xac: '←',
  0xad: '↑',
  0xae: '→',
  0xaf: '↓',
  0xb0: '°',
  0xb1: '±',
  0xb3: '≥',
  0xb4: '×',
  0xb6: '∂',
  0xb7: '•',
  0xb8: '÷',
  0xb9: '≠',
  0xba: '≡',
  0xbb: '≈',
  0xbc: '…',
  0xc5: '⊕',
  0xc7: '∩',
  0xc8: '∪',
  0xce: '∈',
  0xd1: '∇',
  0xd2: '®',
  0xd3: '©',
  0xd4: '™',
  0xd5: '∏',
  0xd6: '√',
  0xde: '⇒',
  0xe5: '∑',
  0xf2: '∫',
}

function symbolCharacter(code: number): string | undefined {
  if (code >= 0x41 && code <= 0x5a) return symbolLetters[code - 0x41]
  if (code >= 0x61 && code <= 0x7a) return symbolSmall[code - 0x61]
  return symbolSigns[code] ?? (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : undefined)
}

/** Whether a font has symbols in place of letters. */
export const isSymbolFont = (font: string | undefined): boolean => /^(symbol|wingdings( [23])?|webdings)$/i.test(font ?? '')

/** The character of a code in a symbol font; undefined where it is unknown. */
export function symbolToText(font: string | undefined, code: number): string | undefined {
  const low = code >= 0xf000 && code <= 0xf0ff ? code - 0xf000 : code
  if (/^wingdings$/i.test(font ?? '')) return low === 0x20 ? ' ' : wingdings[low]
  if (/^wingdings 2$/i.test(font ?? '')) return low === 0x20 ? ' ' : wingdings2[low]
  if (/^symbol$/i.test(font ?? '')) return symbolCharacter(low)
  if (isSymbolFont(font)) return undefined
  // any other font: a character of its own, unless it is in the private use area
  if (code >= 0xf000 && code <= 0xf0ff) return symbolCharacter(low)
  return code >= 0x20 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : undefined
}

/** Text in a symbol font; characters that are not known become U+FFFD. */
export const symbolsToText = (font: string, text: string): string =>
  Array.from(text, (character) => symbolToText(font, character.codePointAt(0) ?? 0) ?? '\ufffd').join('')

/** Check boxes, and whether each is checked. */
const boxes: Readonly<Record<string, boolean>> = {
  '☐': false,
  '☑': true,
  '☒': true,
  '🗹': true,
  '🗷': true,
  '✅': true,
  '⬜': false,
}

/** Whether a character is a check box, and checked; undefined where it is none. */
export const checkBoxState = (character: string | undefined): boolean | undefined =>
  character === undefined || !Object.hasOwn(boxes, character) ? undefined : boxes[character]

/** A check box as text. */
export const checkBox = (checked: boolean): string => (checked ? '☑' : '☐')
