/** Which signs a PDF can show: Roboto's, and where it has none DejaVu's. What neither has is told, never shown as an empty box. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** A font that knows its signs. */
interface Face {
  hasGlyphForCodePoint(point: number): boolean
}

/** Words that one font has. */
export interface Run {
  text: string
  fallback: boolean
}

export const dejaVu = Object.fromEntries(
  Object.entries({ normal: '', bold: '-Bold', italics: '-Oblique', bolditalics: '-BoldOblique' }).map(([look, name]) => [
    look,
    require.resolve(`dejavu-fonts-ttf/ttf/DejaVuSans${name}.ttf`),
  ]),
) as Record<'normal' | 'bold' | 'italics' | 'bolditalics', string>

/** Written from the right: pdfmake lays words from the left only, so they would stand in the wrong order. */
const fromTheRight = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
/** What only changes the look of an emoji before it. */
const looks = /\u200d|\ufe0e|\ufe0f|\p{Emoji_Modifier}/gu
const letter = /[\p{L}\p{M}\p{N}]/u
const plain = /^[\n\t\x20-\x7e\xa0-\u017f–—‘’“”„…€]*$/

/** Divides words by the font that has them, and gathers the letters that none has. */
export class Glyphs {
  /** Letters for which there is no glyph. */
  readonly missing = new Set<string>()
  readonly #faces: [Face, Face]

  private constructor(faces: [Face, Face]) {
    this.#faces = faces
  }

  /** @param roboto the file of the font that comes first */
  static async of(roboto: string): Promise<Glyphs> {
    const { openSync } = await import('fontkit')
    return new Glyphs([openSync(roboto) as Face, openSync(dejaVu.normal) as Face])
  }

  runs(text: string): Run[] {
    if (plain.test(text)) return [{ text, fallback: false }]
    const runs: Run[] = []
    for (const sign of text.normalize('NFC').replace(looks, '')) {
      const [shown, fallback] = this.#find(sign)
      const last = runs.at(-1)
      // a space goes with the words before it
      if (last && (last.fallback === fallback || /\s/.test(sign))) last.text += shown
      else runs.push({ text: shown, fallback })
    }
    return runs.length > 0 ? runs : [{ text: '', fallback: false }]
  }

  #find(sign: string): [shown: string, fallback: boolean] {
    const point = sign.codePointAt(0) as number
    const [first, second] = this.#faces
    if (/\s|\p{Cc}|\p{Cf}/u.test(sign) || (!fromTheRight.test(sign) && first.hasGlyphForCodePoint(point))) return [sign, false]
    if (!fromTheRight.test(sign) && second.hasGlyphForCodePoint(point)) return [sign, true]
    // a word without its letters is another word; a picture or a symbol is told by its number
    if (!letter.test(sign)) return [`[U+${point.toString(16).toUpperCase().padStart(4, '0')}]`, false]
    this.missing.add(sign)
    return ['', false]
  }
}
