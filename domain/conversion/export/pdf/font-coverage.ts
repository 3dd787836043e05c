/**
 * Characters that a PDF can show: Roboto's, and DejaVu's as a fallback. Characters that neither has are reported, never shown as an empty
 * box.
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** A font that knows its characters. */
interface Font {
  hasGlyphForCodePoint(point: number): boolean
}

/** Text that one font can show. */
export interface FontRun {
  text: string
  fallback: boolean
}

export const dejaVu = Object.fromEntries(
  Object.entries({ normal: '', bold: '-Bold', italics: '-Oblique', bolditalics: '-BoldOblique' }).map(([look, name]) => [
    look,
    require.resolve(`dejavu-fonts-ttf/ttf/DejaVuSans${name}.ttf`),
  ]),
) as Record<'normal' | 'bold' | 'italics' | 'bolditalics', string>

/** Right-to-left scripts: pdfmake lays out text from the left only, so the words would be in the wrong order. */
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
/** Characters that only change the emoji before them. */
const emojiModifiers = /\u200d|\ufe0e|\ufe0f|\p{Emoji_Modifier}/gu
const letter = /[\p{L}\p{M}\p{N}]/u
const commonCharacters = /^[\n\t\x20-\x7e\xa0-\u017f–—‘’“”„…€]*$/

/** Splits text by font, and collects letters that no font has. */
export class FontCoverage {
  /** Letters without a glyph. */
  readonly missing = new Set<string>()
  readonly #faces: [Font, Font]

  private constructor(faces: [Font, Font]) {
    this.#faces = faces
  }

  /** @param roboto the file of the first font */
  static async of(roboto: string): Promise<FontCoverage> {
    const { openSync } = await import('fontkit')
    return new FontCoverage([openSync(roboto) as Font, openSync(dejaVu.normal) as Font])
  }

  runs(text: string): FontRun[] {
    if (commonCharacters.test(text)) return [{ text, fallback: false }]
    const runs: FontRun[] = []
    for (const character of text.normalize('NFC').replace(emojiModifiers, '')) {
      const [shown, fallback] = this.#find(character)
      const last = runs.at(-1)
      // a space goes with the words before it
      if (last && (last.fallback === fallback || /\s/.test(character))) last.text += shown
      else runs.push({ text: shown, fallback })
    }
    return runs.length > 0 ? runs : [{ text: '', fallback: false }]
  }

  #find(character: string): [shown: string, fallback: boolean] {
    const point = character.codePointAt(0) as number
    const [first, second] = this.#faces
    if (/\s|\p{Cc}|\p{Cf}/u.test(character) || (!rightToLeft.test(character) && first.hasGlyphForCodePoint(point)))
      return [character, false]
    if (!rightToLeft.test(character) && second.hasGlyphForCodePoint(point)) return [character, true]
    // a word without its letters would be wrong; a symbol is shown by its number
    if (!letter.test(character)) return [`[U+${point.toString(16).toUpperCase().padStart(4, '0')}]`, false]
    this.missing.add(character)
    return ['', false]
  }
}
