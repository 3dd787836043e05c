import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { layOutLines } from '../../domain/conversion/export/pdf/bidi-lines.ts'
import { FontCoverage, type FontFiles, removeInvisible, settleSpaces } from '../../domain/conversion/export/pdf/font-coverage.ts'
import { renderPdf } from '../../domain/conversion/export/pdf/pdf.ts'
import { contract, contractLines, toModel } from '../support/export-sample.ts'
import { hasPoppler, readByPoppler } from '../support/office.ts'
import { paragraphNode, textNode } from '../support/sample-document.ts'

const require = createRequire(import.meta.url)
const { Roboto } = require('pdfmake/fonts/Roboto.js') as { Roboto: FontFiles }
const render = (...texts: string[]) => renderPdf(toModel({ type: 'doc', content: texts.map((text) => paragraphNode(textNode(text))) }))
const oneLine = (text: string) => text.replace(/\s+/g, ' ')

test.skipIf(!hasPoppler)('a PDF has the numbers of clauses and lists', async () => {
  const { bytes } = await renderPdf(contract)
  const shown = readByPoppler(bytes)
    .split('\n')
    .map((line) => oneLine(line).trim())
    .filter(Boolean)
  expect(shown).toEqual(expect.arrayContaining(contractLines))
})

test('every character is shown by a font, or replaced: none becomes an empty box', async () => {
  const glyphs = await FontCoverage.of(Roboto)
  const { openSync } = await import('fontkit')
  const faces = new Map(
    Object.entries(glyphs.fonts).map(([name, files]) => [name, openSync(files.normal) as { hasGlyphForCodePoint(point: number): boolean }]),
  )
  let shown = 0
  for (let point = 0x20; point < 0x30000; point++) {
    if (point >= 0xd800 && point < 0xe000) continue
    for (const { text, font } of glyphs.runs(removeInvisible(settleSpaces(String.fromCodePoint(point))))) {
      for (const character of text.replaceAll('\n', '')) {
        const known = faces.get(font ?? 'Roboto')?.hasGlyphForCodePoint(character.codePointAt(0) as number)
        if (!known)
          throw new Error(`U+${point.toString(16)} is written as U+${character.codePointAt(0)?.toString(16)}, which ${font} lacks`)
        shown++
      }
    }
  }
  expect(shown).toBeGreaterThan(100_000)
})

test.each([
  ['\u202f', '1 000'],
  ['\u3000', '1 000'],
  ['\u2009', '1 000'],
  ...['\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u202a', '\u202e', '\u2060', '\u2066', '\u2069', '\u00ad', '\ufeff', '\ufe0f'].map(
    (sign) => [sign, '1000'],
  ),
  ['\u2028', '1\n000'],
])('%j is a space, a line break or nothing', (sign, expected) => {
  expect(removeInvisible(settleSpaces(`1${sign}000`)).replaceAll('\u00a0', ' ')).toBe(expected)
})

test('letters that no font has are replaced, with a warning', async () => {
  const { warnings, bytes } = await render('契約 and ไทย', '👍')
  expect(warnings).toEqual(['The PDF shows a sign in place of letters that its fonts lack: 契 約 ไ ท ย.'])
  if (hasPoppler) expect(oneLine(readByPoppler(bytes))).toMatch(/\ufffd\ufffd and \ufffd\ufffd\ufffd \[U\+1F44D\]/)
})

test('a folder of fonts adds their letters, and files that are no fonts are passed over', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'smartstart-fonts-'))
  try {
    copyFileSync(join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf/DejaVuMathTeXGyre.ttf'), join(folder, 'math.ttf'))
    writeFileSync(join(folder, 'broken.ttf'), 'no font')
    const model = toModel({ type: 'doc', content: [paragraphNode(textNode('𝐀𝐁'))] })
    expect((await renderPdf(model)).warnings).toHaveLength(1)
    expect((await renderPdf(model, folder)).warnings).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** Lines as they are seen, in a font whose characters are all one wide. */
const seen = (text: string, rightToLeft: boolean, width = 100) =>
  layOutLines([{ text, style: '' }], { rightToLeft, width, measure: (one) => one.text.length }).map((line) =>
    line.map((part) => part.text).join('|'),
  )

test('words from the right are put in the order in which they are seen; the font orders the letters of each', () => {
  expect(seen('אב (גד), 12.', true)).toEqual(['.|12| |,(|גד|)| |אב'])
  expect(seen('See אב גד now', false)).toEqual(['See| |גד| |אב| |now'])
})

test('lines are broken before their words are ordered', () => {
  expect(seen('אבג דהו זחט', true, 7)).toEqual(['דהו| |אבג', 'זחט'])
  expect(seen('אבגדהוזח', true, 3)).toEqual(['אבג', 'דהו', 'זח'])
  expect(seen('one אבג דהו', false, 7)).toEqual(['one| |אבג', 'דהו'])
  expect(seen('א\nב', true)).toEqual(['א', 'ב'])
})

test.skipIf(!hasPoppler)('Arabic and Hebrew are read from a PDF as they were written', async () => {
  const { bytes, warnings } = await render('العقد رقم 5 بين الطرفين', 'חוזה מספר 12')
  expect(warnings).toEqual([])
  const text = oneLine(
    readByPoppler(bytes)
      .normalize('NFKC')
      .replace(/[\u202a-\u202e]/g, ''),
  )
  for (const word of ['العقد', 'الطرفين', 'חוזה', 'מספר']) expect(text).toContain(word)
})
