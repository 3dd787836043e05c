/** Formats of Word documents: marks, headings, code, quotations, symbols, fields, direction, hidden text. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  cell,
  definition,
  field,
  level,
  list,
  numbered,
  paragraph,
  run,
  style,
  table,
  type WordParts,
  wordFile,
} from '../../support/word-file.ts'
import { outlineWord } from '../../support/word-outline.ts'

const read = (body: string, parts: WordParts = {}) => outlineWord(wordFile(body, parts))
const linesOf = async (body: string, parts: WordParts = {}) => (await read(body, parts)).lines
const styled = (id: string, content: string) => paragraph(content, `<w:pStyle w:val="${id}"/>`)

test('direct formats become marks, and switched-off ones do not', async () => {
  const formats = [
    ['b', '<w:b/>'],
    ['i', '<w:i w:val="true"/>'],
    ['u', '<w:u w:val="dotted"/>'],
    ['s', '<w:strike/>'],
    ['d', '<w:dstrike/>'],
    ['p', '<w:vertAlign w:val="superscript"/>'],
    ['q', '<w:vertAlign w:val="subscript"/>'],
    ['n', '<w:b w:val="0"/><w:u w:val="none"/><w:caps/>'],
  ] as const
  expect(await linesOf(paragraph(formats.map(([text, properties]) => run(text, properties)).join('')))).toEqual([
    'paragraph {bold: b}{italic: i}{underline: u}{strike: sd}{superscript: p}{subscript: q}n',
  ])
})

test('styles are inherited, and a format in paragraph and character style at once is switched off', async () => {
  const styles =
    style('paragraph', 'Base', 'Base', '<w:rPr><w:b/></w:rPr>') +
    style('paragraph', 'Term', 'Term', '<w:basedOn w:val="Base"/><w:rPr><w:i/></w:rPr>') +
    style('character', 'Strong', 'Strong', '<w:rPr><w:b/></w:rPr>') +
    style('paragraph', 'Loop', 'Loop', '<w:basedOn w:val="Loop2"/><w:rPr><w:i/></w:rPr>') +
    style('paragraph', 'Loop2', 'Loop 2', '<w:basedOn w:val="Loop"/>')
  const body = styled('Term', run('both') + run('italic', '<w:rStyle w:val="Strong"/>') + run('plain', '<w:b w:val="0"/><w:i w:val="0"/>'))
  expect(await linesOf(body + paragraph(run('strong', '<w:rStyle w:val="Strong"/>')) + styled('Loop', 'loop'), { styles })).toEqual([
    'paragraph {bold italic: both}{italic: italic}plain',
    'paragraph {bold: strong}',
    'paragraph {italic: loop}',
  ])
})

test('headings come from outline levels, built-in names and styles based on them, without the format of the style', async () => {
  const styles =
    style('paragraph', 'berschrift2', 'heading 2', '<w:rPr><w:b/></w:rPr>') +
    style('paragraph', 'Firm', 'Firm clause heading', '<w:basedOn w:val="berschrift2"/>') +
    style('paragraph', 'TocHead', 'TOC Heading', '<w:basedOn w:val="berschrift2"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr>') +
    style('paragraph', 'Outline', 'Outline', '<w:pPr><w:outlineLvl w:val="7"/></w:pPr>') +
    style('paragraph', 'Title', 'Title')
  const body =
    styled('Title', 'Title') +
    styled('Firm', run('Two ') + run('italic', '<w:i/>')) +
    styled('TocHead', 'Contents') +
    styled('Outline', 'Deep') +
    styled('Heading4', 'Undefined style') +
    paragraph('Direct', '<w:outlineLvl w:val="2"/>')
  expect(await linesOf(body, { styles })).toEqual([
    'heading1 Title',
    'heading2 Two {italic: italic}',
    'paragraph {bold: Contents}',
    'heading6 Deep',
    'heading4 Undefined style',
    'heading3 Direct',
  ])
})

test('quotations, code, lines across the page and page breaks', async () => {
  const styles =
    style('paragraph', 'Quote', 'Quote', '<w:rPr><w:i/></w:rPr>') +
    style('paragraph', 'CodeBlock', 'Code Block') +
    style('character', 'CW', 'Code Words')
  const body =
    styled('Quote', 'one') +
    styled('Quote', 'two') +
    styled('CodeBlock', '<w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r>') +
    styled('CodeBlock', run('c', '<w:b/>')) +
    paragraph(run('x', '<w:rStyle w:val="CW"/>')) +
    paragraph('', '<w:pBdr><w:bottom w:val="single"/></w:pBdr>') +
    paragraph(`${run('before')}<w:r><w:br w:type="page"/></w:r>${run('after')}`) +
    paragraph('<w:r><w:br w:type="page"/></w:r>') +
    paragraph('', '<w:sectPr/>') +
    paragraph('')
  expect(await linesOf(body, { styles })).toEqual([
    'blockquote',
    '  paragraph one',
    '  paragraph two',
    'codeBlock a\nb\nc',
    'paragraph {code: x}',
    'horizontalRule',
    'paragraph before',
    'paragraph after',
    'paragraph',
  ])
})

test('tabs, breaks, hyphens, symbols and spaces', async () => {
  const symbols = '<w:sym w:font="Wingdings" w:char="F0FC"/><w:sym w:font="Symbol" w:char="F061"/><w:sym w:font="Webdings" w:char="F041"/>'
  const body =
    paragraph(`<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:cr/><w:t>c</w:t><w:noBreakHyphen/><w:softHyphen/>${symbols}</w:r>`) +
    paragraph('<w:r><w:t> trimmed </w:t></w:r>' + run(' kept ') + run('\uf0a3', '<w:rFonts w:ascii="Symbol"/>'))
  const { lines, warnings } = await read(body)
  expect(lines).toEqual(['paragraph a\tb⏎c\u2011\u00ad✓α\ufffd', 'paragraph trimmed kept ≤'])
  expect(warnings).toEqual(['Symbol of the font “Webdings” left out in paragraph 1, near “a b c\u2011\u00ad✓α\ufffd”.'])
})

test('hidden text stays hidden, by its run or its style, and the warning counts its places', async () => {
  const styles =
    style('character', 'Hid', 'Hid', '<w:rPr><w:vanish/></w:rPr>') + style('paragraph', 'HidP', 'HidP', '<w:rPr><w:vanish/></w:rPr>')
  const body =
    paragraph(run('a ') + run('secret', '<w:vanish/>') + run(' more', '<w:vanish/>') + run('b') + run('x', '<w:rStyle w:val="Hid"/>')) +
    styled('HidP', run('gone')) +
    paragraph(run('shown', '<w:vanish w:val="0"/>'))
  const { lines, warnings } = await read(body, { styles })
  expect(lines).toEqual(['paragraph a b', 'paragraph shown'])
  expect(warnings).toEqual(['Hidden text was left out in 3 places.'])
})

test('links of relationships and fields are kept where they are safe, and show no underline', async () => {
  const relation = (id: string, target: string, more = ' TargetMode="External"') =>
    `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" Target="${target}"${more}/>`
  const links = relation('l1', 'https://example.org/a') + relation('l2', 'javascript:alert(1)') + relation('l3', 'mailto:a@example.org', '')
  const link = (attributes: string, text: string) => `<w:hyperlink ${attributes}>${run(text, '<w:u w:val="single"/>')}</w:hyperlink>`
  const body = paragraph(
    link('r:id="l1" w:anchor="x"', 'one') +
      link('r:id="l2"', 'two') +
      link('r:id="l3"', 'three') +
      link('w:anchor="here"', 'four') +
      field(' HYPERLINK "https://example.org/f" \\l "s" ', 'five') +
      field(' HYPERLINK \\l "only" ', 'six'),
  )
  expect(await linesOf(body, { links })).toEqual([
    'paragraph {link https://example.org/a#x: one}{underline: two}{link mailto:a@example.org: three}{underline: four}{link https://example.org/f#s: five}six',
  ])
})

test('fields keep their result, nested ones too; buttons, symbols and forms without a result show their text', async () => {
  const begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
  const end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
  const only = (instruction: string) => `${begin}<w:r><w:instrText xml:space="preserve"> ${instruction} </w:instrText></w:r>${end}`
  const form = (inner: string) =>
    `<w:r><w:fldChar w:fldCharType="begin"><w:ffData>${inner}</w:ffData></w:fldChar></w:r><w:r><w:instrText> FORM </w:instrText></w:r>${end}`
  const nested = `${begin}<w:r><w:instrText> IF </w:instrText></w:r>${field('MERGEFIELD a', 'hidden')}<w:r><w:fldChar w:fldCharType="separate"/></w:r>${run('yes')}${end}`
  const body =
    paragraph(
      field(' DATE ', '1 May') + run(' ') + nested + run(' ') + only('MACROBUTTON NoMacro [Click here]') + only('SYMBOL 252 \\f Wingdings'),
    ) +
    paragraph(form('<w:ddList><w:result w:val="1"/><w:listEntry w:val="no"/><w:listEntry w:val="maybe"/></w:ddList>')) +
    paragraph(form('<w:checkBox><w:checked/></w:checkBox>').replace(' FORM ', ' FORMCHECKBOX ') + run(' ticked')) +
    paragraph(`${begin}<w:r><w:instrText> TOC </w:instrText></w:r>` + run('never separated'))
  const { lines } = await read(body)
  // the last field never ends: nothing is taken as an instruction, so that no text is lost
  expect(lines).toEqual(['paragraph 1 May hiddenyes [Click here]✓', 'paragraph maybe', 'paragraph ☑ ticked', 'paragraph never separated'])
})

test('check boxes keep their state: a list of them becomes tasks', async () => {
  const control = (checked: number, text: string) =>
    `<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="${checked}"/></w14:checkbox></w:sdtPr><w:sdtContent>${run(text)}</w:sdtContent></w:sdt>`
  const numbering =
    definition(0, level(0, 'bullet', '\uf0a8', '').replace('</w:lvl>', '<w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr></w:lvl>')) +
    list(1, 0)
  const body =
    paragraph(control(1, '☒') + run(' one')) +
    paragraph(control(0, '☐') + run('\ttwo')) +
    paragraph('Alone:') +
    paragraph(control(1, 'x') + run(' three')) +
    paragraph('text') +
    numbered('bullet box', 0)
  expect(await linesOf(body, { numbering })).toEqual([
    'taskList',
    '  taskItem (checked=true)',
    '    paragraph one',
    '  taskItem',
    '    paragraph two',
    'paragraph Alone:',
    'paragraph ☑ three',
    'paragraph text',
    'taskList',
    '  taskItem',
    '    paragraph bullet box',
  ])
})

test('the direction of a paragraph comes from its properties or its style', async () => {
  const styles = style('paragraph', 'Rtl', 'Rtl', '<w:pPr><w:bidi/></w:pPr>')
  const body = paragraph('العقد', '<w:bidi/>') + styled('Rtl', 'x') + paragraph('العقد', '<w:bidi w:val="0"/>') + paragraph('العقد')
  expect(await linesOf(body, { styles })).toEqual([
    'paragraph (dir=rtl) العقد',
    'paragraph (dir=rtl) x',
    'paragraph (dir=ltr) العقد',
    'paragraph العقد',
  ])
})

test('content controls of blocks, words, rows and cells keep their content', async () => {
  const { lines } = await outlineWord(readFileSync(new URL('../../files/content-controls.docx', import.meta.url)))
  expect(lines.filter((line) => /control|Control|Chair|Inline|2026/.test(line))).toEqual([
    'paragraph Block control: Alder Works Ltd',
    'paragraph Between Inline party and others.',
    'paragraph Nested control paragraph',
    '      paragraph Chair',
    '      paragraph Control cell',
    '      paragraph 2026',
  ])
})

test('tables keep spans, header rows, rows that begin late, and tables in cells', async () => {
  const merged = (state: string) => `<w:vMerge${state ? ` w:val="${state}"` : ''}/>`
  const rows = [
    `<w:trPr><w:tblHeader/></w:trPr>${cell('Head', '<w:gridSpan w:val="3"/>')}`,
    `${cell('down', merged('restart'))}${cell('a')}${cell('b')}`,
    `${cell('', merged(''))}${cell('c', '<w:gridSpan w:val="2"/>')}`,
    `<w:trPr><w:gridBefore w:val="1"/></w:trPr>${cell('late')}${cell(table(cell('in')) + paragraph(''))}`,
  ]
  expect(await linesOf(table(...rows) + paragraph(''))).toEqual([
    'table',
    '  tableRow',
    '    tableHeader (colspan=3)',
    '      paragraph Head',
    '  tableRow',
    '    tableCell (rowspan=2)',
    '      paragraph down',
    '    tableCell',
    '      paragraph a',
    '    tableCell',
    '      paragraph b',
    '  tableRow',
    '    tableCell (colspan=2)',
    '      paragraph c',
    '  tableRow',
    '    tableCell',
    '      paragraph',
    '    tableCell',
    '      paragraph late',
    '    tableCell',
    '      table',
    '        tableRow',
    '          tableCell',
    '            paragraph in',
  ])
})

test('a large first letter belongs to the paragraph after it, and stays where there is none', async () => {
  const letter = (text: string) => paragraph(run(text), '<w:framePr w:dropCap="drop" w:lines="3" w:wrap="around"/>')
  expect(await linesOf(letter('D') + paragraph(run('rop cap', '<w:b/>')) + paragraph(run('next')))).toEqual([
    'paragraph D{bold: rop cap}',
    'paragraph next',
  ])
  expect(await linesOf(letter('A') + table(cell(paragraph(run('in a cell')))) + letter('Z'))).toEqual([
    'paragraph A',
    'table',
    '  tableRow',
    '    tableCell',
    '      paragraph in a cell',
    'paragraph Z',
  ])
})
