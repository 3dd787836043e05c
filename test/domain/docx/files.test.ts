/** Word files of all producers, and what an import reports as left out. */
import { readFileSync } from 'node:fs'
import { strToU8, unzipSync, zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { UnreadableFileError } from '../../../domain/conversion/unreadable-file.ts'
import { paragraph, run, type WordParts, wordFile, wordRoot } from '../../support/word-file.ts'
import { outlineWord } from '../../support/word-outline.ts'

const read = (body: string, parts: WordParts = {}) => outlineWord(wordFile(body, parts))
const sampleFile = (name: string) => readFileSync(new URL(`../../files/${name}`, import.meta.url))

test.each(['word-online.docx', 'backslashes.docx'])('the main part is found wherever the file puts it: %s', async (name) => {
  const { lines } = await outlineWord(sampleFile(name))
  expect(lines).toEqual(['paragraph Text of a draft that was saved from Word in the browser.', 'heading2 Heading'])
})

test('strict namespaces, other prefixes, absolute targets and UTF-16 parts are read', async () => {
  const strict = wordRoot('w:document', `<w:body>${paragraph('Ω strict', '<w:outlineLvl w:val="0"/>')}</w:body>`)
    .replaceAll('http://schemas.openxmlformats.org/wordprocessingml/2006/main', 'http://purl.oclc.org/ooxml/wordprocessingml/main')
    .replaceAll('w:', 'x:')
    .replace('xmlns:w=', 'xmlns:x=')
  const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(strict, 'utf16le')])
  const root = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="/word/document.xml"/></Relationships>`
  const { lines } = await read('', { other: { 'word/document.xml': new Uint8Array(wide), '_rels/.rels': root } })
  expect(lines).toEqual(['heading1 Ω strict'])
})

test('of alternative contents the known choice is read, else the fallback', async () => {
  const choice = (requires: string) =>
    `<mc:AlternateContent><mc:Choice Requires="${requires}">${run('choice')}</mc:Choice><mc:Fallback>${run('fallback')}</mc:Fallback></mc:AlternateContent>`
  expect((await read(paragraph(`${choice('wps')} ${choice('future')}`))).lines).toEqual(['paragraph choicefallback'])
})

test('the words of text boxes follow their paragraph, once', async () => {
  const box = (text: string) => `<w:txbxContent>${paragraph(text)}</w:txbxContent>`
  const drawing = `<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:txbx>${box('boxed')}</wps:txbx></wps:wsp></a:graphicData></a:graphic></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>${box('boxed')}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>`
  const { lines, warnings } = await read(paragraph(run('anchor') + drawing) + paragraph('after'))
  expect(lines).toEqual(['paragraph anchor', 'paragraph boxed', 'paragraph after'])
  expect(warnings).toEqual(['Text box moved below its text in paragraph 1, near “anchor”.'])
})

test('what is left out is named with its place', async () => {
  const picture =
    '<w:r><w:drawing><wp:docPr descr="Company seal"/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic/></a:graphicData></a:graphic></w:drawing></w:r>'
  const chart =
    '<w:r><w:drawing><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"/></a:graphic></w:drawing></w:r>'
  const fraction =
    '<m:oMath><m:r><m:t>x=</m:t></m:r><m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>c</m:t></m:r></m:den></m:f></m:oMath>'
  const body =
    paragraph(run('Price is ') + fraction) + paragraph(run('Sealed ') + picture) + paragraph(chart) + paragraph('<w:r><w:object/></w:r>')
  const { lines, warnings } = await read(body + '<w:altChunk/>')
  expect(lines[0]).toBe('paragraph Price is x=(a+b)/c')
  expect(warnings).toEqual([
    'Equation kept as plain text in paragraph 1, near “Price is x=(a+b)/c”.',
    'Picture “Company seal” left out in paragraph 2, near “Sealed”.',
    'Chart left out in paragraph 3.',
    'Embedded object left out in paragraph 4.',
    'Inserted file left out after paragraph 4.',
  ])
})

test('at most 50 things are named, then counted', async () => {
  const { warnings } = await read(Array.from({ length: 80 }, () => paragraph('<w:r><w:object/></w:r>')).join(''))
  expect(warnings).toHaveLength(51)
  expect(warnings.at(-1)).toBe('And 30 more.')
})

test('headers are named by their words; footers with the title and page numbers are not', async () => {
  expect((await outlineWord(sampleFile('header-footer.docx'))).warnings).toEqual([
    'Header left out: “STRICTLY PRIVATE — subject to contract”.',
  ])
  expect((await outlineWord(sampleFile('own-export.docx'))).warnings).toEqual([])
})

test('watermarks and pictures of headers are named', async () => {
  const part = `<w:p><w:r><w:pict><v:shape><v:textpath string="DRAFT"/></v:shape></w:pict></w:r><w:r><w:drawing><pic:pic/></w:drawing></w:r></w:p>`
  const links =
    '<Relationship Id="h1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/header" Target="header1.xml"/>'
  const body = paragraph('Body', '<w:sectPr><w:headerReference r:id="h1"/></w:sectPr>')
  const { warnings } = await read(body, { links, other: { 'word/header1.xml': wordRoot('w:hdr', part) } })
  expect(warnings).toEqual(['Watermark left out: “DRAFT”.', 'Picture in a header left out.'])
})

test('notes are a numbered list at the end, without their number in the text', async () => {
  const { lines } = await outlineWord(sampleFile('footnotes-comments.docx'))
  expect(lines).toEqual([
    'paragraph The price is fixed{superscript: [1]} and paid in euro only{superscript: [2]}.',
    'paragraph Last paragraph.',
    'orderedList',
    '  listItem',
    '    paragraph Index-linked from 2027.',
    '    paragraph Second paragraph of the note.',
    '  listItem',
    '    paragraph An endnote.',
  ])
})

const repeat = (count: number, write: (at: number) => string) => Array.from({ length: count }, (_, at) => write(at)).join('')

test.each<[string, () => Uint8Array]>([
  [
    '10,000 styles based on each other',
    () =>
      wordFile(paragraph('x', '<w:pStyle w:val="s0"/>'), {
        styles: repeat(10_000, (at) => `<w:style w:type="paragraph" w:styleId="s${at}"><w:basedOn w:val="s${at + 1}"/></w:style>`),
      }),
  ],
  [
    '10,000 lists and levels',
    () =>
      wordFile(
        repeat(3000, (at) => paragraph('x', `<w:numPr><w:ilvl w:val="${at % 12}"/><w:numId w:val="${at}"/></w:numPr>`)),
        {
          numbering: `<w:abstractNum w:abstractNumId="0">${repeat(10_000, (at) => `<w:lvl w:ilvl="${at}"><w:numFmt w:val="decimal"/><w:lvlText w:val="%1"/></w:lvl>`)}</w:abstractNum>${repeat(10_000, (at) => `<w:num w:numId="${at}"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:lvl w:ilvl="0"/></w:lvlOverride></w:num>`)}`,
        },
      ),
  ],
  ['tables in tables', () => wordFile(`${'<w:tbl><w:tr><w:tc>'.repeat(150)}${paragraph('deep')}${'</w:tc></w:tr></w:tbl>'.repeat(150)}`)],
  [
    'controls in controls',
    () => wordFile(`${'<w:sdt><w:sdtContent>'.repeat(250)}${paragraph('deep')}${'</w:sdtContent></w:sdt>'.repeat(250)}`),
  ],
  [
    'fields in fields that never end',
    () => wordFile(paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r>'.repeat(20_000) + run('deep'))),
  ],
  [
    'changes in changes',
    () => wordFile(paragraph(`${repeat(250, (at) => `<w:ins w:id="${at}" w:author="a${at}">`)}${run('deep')}${'</w:ins>'.repeat(250)}`)),
  ],
  [
    'columns without end',
    () => wordFile(`<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr>${paragraph('deep')}</w:tc></w:tr></w:tbl>`),
  ],
])('%s take bounded work, and their words stay', async (_, make) => {
  const { lines } = await outlineWord(make())
  expect(lines.join('\n')).toMatch(/deep|x/)
})

test('elements nested without end are refused', async () => {
  const deep = wordFile(`${'<w:sdt><w:sdtContent>'.repeat(20_000)}${'</w:sdtContent></w:sdt>'.repeat(20_000)}`)
  await expect(outlineWord(deep)).rejects.toThrow(/nested too deeply/)
})

const samples = [
  'clauses',
  'style-numbered',
  'libreoffice',
  'own-export',
  'libreoffice-list',
  'content-controls',
  'footnotes-comments',
  'hidden',
  'word-online',
]

/** A generator of whole numbers below a bound. */
function createRandom(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}

/** Drops, repeats or swaps elements of a part, or changes an attribute. */
function mutate(xml: string, random: (bound: number) => number): string {
  const tags = [...xml.matchAll(/<[^>]+>/g)].map(({ 0: tag, index }) => ({ 0: tag, index }))
  if (tags.length === 0) return xml
  const pick = () => tags[random(tags.length)] as (typeof tags)[number]
  const [one, other] = [pick(), pick()].toSorted((a, b) => a.index - b.index) as [(typeof tags)[number], (typeof tags)[number]]
  const [from, to] = [one.index, other.index + other[0].length]
  const part = xml.slice(from, to)
  const edits = [
    () => xml.slice(0, from) + xml.slice(to),
    () => xml.slice(0, to) + part + xml.slice(to),
    () => xml.slice(0, one.index) + other[0] + xml.slice(one.index + one[0].length),
    () =>
      xml.slice(0, one.index) +
      one[0].replace(/"[^"]*"/, `"${['', '-1', '999999999', 'x', '0'][random(5)]}"`) +
      xml.slice(one.index + one[0].length),
    () =>
      xml.slice(0, one.index) +
      one[0].replace(/w:\w+/, ['w:ins', 'w:p', 'w:tbl', 'w:tc', 'w:sdt', 'w:r'][random(6)] as string) +
      xml.slice(one.index + one[0].length),
    // a whole element, so that the result is often well-formed
    () => {
      const name = /^<([\w:]+)[^>]*[^/]>$/.exec(one[0])?.[1]
      const end = name === undefined ? -1 : xml.indexOf(`</${name}>`, one.index)
      if (end < 0) return xml
      const whole = xml.slice(one.index, end + (name as string).length + 3)
      return xml.slice(0, one.index) + (random(2) === 0 ? '' : whole + whole) + xml.slice(one.index + whole.length)
    },
  ]
  return (edits[random(edits.length)] as () => string)()
}

test('files with dropped, repeated and swapped elements are read or refused, and what is read fits the schema', async () => {
  const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.info(`seed ${seed}`)
  const random = createRandom(seed)
  let done = 0
  for (let round = 0; round < 150; round++) {
    const parts = unzipSync(sampleFile(`${samples[random(samples.length)]}.docx`))
    const names = Object.keys(parts).filter((name) => /^word.*\.xml$/.test(name))
    for (let edits = 1 + random(3); edits > 0; edits--) {
      const name = names[random(3) === 0 ? random(names.length) : names.findIndex((one) => /document/.test(one))] as string
      parts[name] = strToU8(mutate(new TextDecoder().decode(parts[name]), random))
    }
    try {
      await outlineWord(zipSync(parts))
      done++
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw new Error(`seed ${seed}, round ${round}`, { cause: error })
    }
  }
  expect(done).toBeGreaterThan(10)
})
