/**
 * Characters that a PDF can show: those of Roboto, of DejaVu, and of the fonts of the installation (`FONTS_DIR`), in this order. What no font
 * has is replaced and counted, never shown as an empty box.
 */
import { createRequire } from 'node:module'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const require = createRequire(import.meta.url)

/** What is used of a font of `fontkit`. */
interface Face {
  unitsPerEm: number
  hasGlyphForCodePoint(point: number): boolean
  layout(text: string): { advanceWidth: number }
}

/** The files of a font: normal, bold, and both slanted. */
export type FontFiles = Record<'normal' | 'bold' | 'italics' | 'bolditalics', string>

/** How text is set. */
export interface FontLook {
  bold?: boolean
  italics?: boolean
}

/** Text that one font can show. */
export interface FontRun {
  text: string
  /** The name of the font; undefined: the default. */
  font: string | undefined
  /** Set where the slanted form of the font lacks the text. */
  upright: boolean
}

const dejaVu = Object.fromEntries(
  Object.entries({ normal: '', bold: '-Bold', italics: '-Oblique', bolditalics: '-BoldOblique' }).map(([look, name]) => [
    look,
    require.resolve(`dejavu-fonts-ttf/ttf/DejaVuSans${name}.ttf`),
  ]),
) as FontFiles

const defaultFont = 'Roboto'
const letter = /[\p{L}\p{M}\p{N}]/u
/** Characters that every font has. */
const commonCharacters = /^[\n\x20-\x7e\xa0-\xac\xae-\u017f–—‘’“”„…€]*$/
/** Signs of Arabic that the standard counts as invisible, though they are written. */
const writtenFormats = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]/

/** Text with the spaces and line breaks that a font and a line know. */
export const settleSpaces = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replace(/\t/g, '    ')
    .replace(/[\u202f\u2007]/g, '\u00a0')
    .replace(/(?![ \u00a0])\p{Zs}/gu, ' ')

/** Whether a character only changes how others are shown. */
export const isInvisible = (character: string): boolean =>
  /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}]/u.test(character) && !writtenFormats.test(character)

/** The sign that keeps two letters of one word from being joined. */
export const nonJoiner = '\u200c'
/** Scripts whose letters join. */
const joined = /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}]/u

/** Removes characters that only change how others are shown. */
export function removeInvisible(text: string): string {
  let shown = ''
  for (const character of text) if (!isInvisible(character) || (character === nonJoiner && joined.test(shown.slice(-1)))) shown += character
  return shown
}

/** Splits text by font, and collects letters that no font has. */
export class FontCoverage {
  /** The fonts by name. */
  readonly fonts: Record<string, FontFiles>
  /** Letters without a glyph. */
  readonly missing = new Set<string>()
  readonly #open: (path: string) => Face
  readonly #faces = new Map<string, Face>()

  private constructor(fonts: Record<string, FontFiles>, open: (path: string) => Face) {
    this.fonts = fonts
    this.#open = open
  }

  /** @param roboto the files of the first font @param directory of more fonts */
  static async of(roboto: FontFiles, directory?: string): Promise<FontCoverage> {
    const { openSync } = await import('fontkit')
    const open = (path: string) => openSync(path) as unknown as Face
    return new FontCoverage({ [defaultFont]: roboto, DejaVu: dejaVu, ...readFonts(directory, open) }, open)
  }

  /** @param text with settled spaces; invisible characters go with those before them */
  runs(text: string, look: FontLook = {}): FontRun[] {
    if (commonCharacters.test(text)) return [{ text, font: undefined, upright: false }]
    const runs: FontRun[] = []
    for (const character of text) {
      const found = this.#find(character, look)
      const last = runs.at(-1)
      const joins = last !== undefined && (/\s/.test(character) || isInvisible(character))
      if (last && (joins || (last.font === found.font && last.upright === found.upright))) last.text += joins ? character : found.text
      else runs.push(found)
    }
    return runs
  }

  /** The width of a text in a font, points. */
  measure({ text, font, upright }: FontRun, size: number, { bold, italics }: FontLook): number {
    const files = this.fonts[font ?? defaultFont] as FontFiles
    const face = this.#face(files[faceName(bold, italics && !upright)])
    // words are set one by one
    return (text.split(/( )/).reduce((sum, word) => sum + face.layout(word).advanceWidth, 0) * size) / face.unitsPerEm
  }

  #face(path: string): Face {
    const known = this.#faces.get(path)
    if (known) return known
    const face = this.#open(path)
    this.#faces.set(path, face)
    return face
  }

  #find(character: string, { bold, italics }: FontLook): FontRun {
    const point = character.codePointAt(0) as number
    if (/\s/.test(character) || isInvisible(character)) return { text: character, font: undefined, upright: false }
    for (const [name, files] of Object.entries(this.fonts)) {
      const font = name === defaultFont ? undefined : name
      if (this.#face(files[faceName(bold, italics)]).hasGlyphForCodePoint(point)) return { text: character, font, upright: false }
      if (italics && this.#face(files[faceName(bold, false)]).hasGlyphForCodePoint(point)) return { text: character, font, upright: true }
    }
    if (!letter.test(character))
      return { text: `[U+${point.toString(16).toUpperCase().padStart(4, '0')}]`, font: undefined, upright: false }
    this.missing.add(character)
    return { text: '\ufffd', font: 'DejaVu', upright: true }
  }
}

const faceName = (bold?: boolean, italics?: boolean): keyof FontFiles =>
  bold ? (italics ? 'bolditalics' : 'bold') : italics ? 'italics' : 'normal'

/** The fonts of a directory, each with one form for all looks. Files that are no fonts are passed over. */
function readFonts(directory: string | undefined, open: (path: string) => Face): Record<string, FontFiles> {
  if (!directory) return {}
  const fonts: Record<string, FontFiles> = {}
  for (const name of readdirSync(directory)
    .filter((file) => /\.(ttf|otf)$/i.test(file))
    .sort()) {
    const file = join(directory, name)
    try {
      open(file).hasGlyphForCodePoint(0x20)
      fonts[name] = { normal: file, bold: file, italics: file, bolditalics: file }
    } catch {
      // not a font
    }
  }
  return fonts
}
