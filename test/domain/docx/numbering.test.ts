/** Numbers of Word documents: each paragraph has the number that Word shows. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  clauses,
  definition,
  field,
  level,
  list,
  numbered,
  paragraph,
  run,
  startAt,
  style,
  table,
  cell,
  type WordParts,
  wordFile,
} from '../../support/word-file.ts'
import { outlineWord } from '../../support/word-outline.ts'

const sampleFile = (name: string) => readFileSync(new URL(`../../files/${name}`, import.meta.url))
const linesOf = async (body: string, parts: WordParts = {}) => (await outlineWord(wordFile(body, parts))).lines

test('a contract keeps its clause numbers, and its cross reference follows its clause', async () => {
  const { lines, warnings } = await outlineWord(sampleFile('clauses.docx'))
  expect(lines).toEqual([
    'heading1 Shareholders agreement',
    'heading1 [1.] Definitions',
    'paragraph [1.1] In this agreement:',
    'paragraph [(a)] “Company” means Alder Works Ltd;',
    'paragraph [(b)] “Shares” means ordinary shares, being',
    'paragraph [(i)] A shares; and',
    'paragraph [(ii)] B shares.',
    'paragraph [1.2] Words in the singular include the plural.',
    'heading1 [2.] Transfer of shares',
    'paragraph [2.1] (bookmark=_Ref100) No founder may transfer before the cliff.',
    'paragraph An unnumbered paragraph between, which explains.',
    'paragraph [2.2] Clause <number 2.1> does not bind heirs.',
    'heading1 [3.] General',
    'paragraph [3.1] Governing law is that of Estonia.',
  ])
  expect(warnings).toEqual([])
})

test('levels come from paragraph styles, also through the style that they are based on', async () => {
  const { lines } = await outlineWord(sampleFile('style-numbered.docx'))
  expect(lines.slice(2)).toEqual([
    'paragraph [1.] Interpretation',
    'paragraph [1.1] The term {bold: Company} means Alder Works.',
    'paragraph [(a)] limb a',
    'paragraph [(b)] limb b',
    'paragraph [1.2] Second sub-clause',
    'paragraph [2.] Payment',
    'paragraph [2.1] On time.',
    'bulletList',
    '  listItem',
    '    paragraph bullet',
    'paragraph [7.] (listStart=7) restarted at seven',
  ])
})

test('a list without an override goes on, and one with an override begins anew', async () => {
  const numbering = clauses + list(1, 0) + list(2, 0) + list(3, 0, startAt(0, 5))
  const body = numbered('one', 0) + numbered('two', 0, 2) + numbered('five', 0, 3) + numbered('six', 0, 1) + numbered('six one', 1, 3)
  expect(await linesOf(body, { numbering })).toEqual([
    'paragraph [1.] one',
    'paragraph [2.] two',
    'paragraph [5.] (listStart=5) five',
    'paragraph [6.] six',
    'paragraph [6.1] six one',
  ])
})

test('numbers go on after tables and in their cells', async () => {
  const body = numbered('one', 0) + table(cell(numbered('two', 0)) + cell(numbered('two one', 1))) + numbered('three', 0)
  expect(await linesOf(body, { numbering: clauses + list(1, 0) })).toEqual([
    'paragraph [1.] one',
    'table',
    '  tableRow',
    '    tableCell',
    '      paragraph [2.] two',
    '    tableCell',
    '      paragraph [2.1] two one',
    'paragraph [3.] three',
  ])
})

test('restarts, legal numbering, formats and levels without a text', async () => {
  const numbering =
    definition(
      0,
      level(0, 'upperRoman', 'Part %1'),
      level(1, 'decimal', '%1.%2', '<w:isLgl/><w:lvlRestart w:val="0"/>'),
      level(2, 'decimalZero', '%3)'),
      level(3, 'ordinal', '%4'),
    ) + list(1, 0)
  const levels = [0, 1, 2, 2, 3, 0, 1, 2]
  expect(await linesOf(levels.map((at) => numbered('x', at)).join(''), { numbering })).toEqual([
    'paragraph [Part I] x',
    'paragraph [1.1] x',
    'paragraph [01)] x',
    'paragraph [02)] x',
    'paragraph [1st] x',
    'paragraph [Part II] x',
    'paragraph [2.2] x',
    'paragraph [01)] x',
  ])
})

test('numbering styles lead to their definition, and definitions in a circle give no numbers', async () => {
  const numbering =
    clauses.replace('<w:lvl ', '<w:styleLink w:val="Legal"/><w:lvl ') +
    '<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="Legal"/></w:abstractNum>' +
    '<w:abstractNum w:abstractNumId="2"><w:numStyleLink w:val="Loop"/></w:abstractNum>' +
    list(1, 0) +
    list(2, 1) +
    list(3, 2)
  const link = (id: string, of: number) => style('numbering', id, id, `<w:pPr><w:numPr><w:numId w:val="${of}"/></w:numPr></w:pPr>`)
  const body = numbered('one', 0, 1) + numbered('two', 0, 2) + numbered('limb', 2, 2) + numbered('none', 0, 3) + numbered('unknown', 0, 99)
  expect(await linesOf(body, { numbering, styles: link('Legal', 1) + link('Loop', 3) })).toEqual([
    'paragraph [1.] one',
    'paragraph [2.] two',
    'paragraph [(a)] limb',
    'paragraph none',
    'paragraph unknown',
  ])
})

test('the number 0 switches the numbering of a style off', async () => {
  const styles = style('paragraph', 'Clause', 'Clause', '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>')
  const off = '<w:pStyle w:val="Clause"/><w:numPr><w:numId w:val="0"/></w:numPr>'
  const body = paragraph('one', '<w:pStyle w:val="Clause"/>') + paragraph('off', off) + paragraph('two', '<w:pStyle w:val="Clause"/>')
  expect(await linesOf(body, { styles, numbering: clauses + list(1, 0) })).toEqual([
    'paragraph [1.] one',
    'paragraph off',
    'paragraph [2.] two',
  ])
})

const plain =
  definition(0, level(0, 'decimal', '%1.'), level(1, 'decimal', '%2.')) +
  definition(1, level(0, 'bullet', '\uf0b7'), level(1, 'bullet', 'o'))

test('a plain list is an ordered list with its start; one that goes on after a paragraph stays numbered paragraphs', async () => {
  const numbering = plain + list(1, 0, startAt(0, 3)) + list(2, 0, startAt(0, 1)) + list(5, 1)
  const body = numbered('three', 0, 1) + numbered('inner', 1, 1) + numbered('dot', 1, 5) + numbered('four', 0, 1) + paragraph('Between.')
  expect(await linesOf(body + numbered('one', 0, 2) + paragraph('') + numbered('two', 0, 2), { numbering })).toEqual([
    'orderedList (start=3)',
    '  listItem',
    '    paragraph three',
    '    orderedList',
    '      listItem',
    '        paragraph inner',
    '    bulletList',
    '      listItem',
    '        paragraph dot',
    '  listItem',
    '    paragraph four',
    'paragraph Between.',
    'paragraph [1.] one',
    'paragraph',
    'paragraph [2.] two',
  ])
})

test('a list that SmartStart exported comes back with its start, its nesting and the paragraphs of its items', async () => {
  const { lines } = await outlineWord(sampleFile('own-export.docx'))
  expect(lines.slice(3, 22)).toEqual([
    'orderedList',
    '  listItem',
    '    paragraph In this agreement:',
    '    orderedList',
    '      listItem',
    '        paragraph “Shares” means ordinary shares;',
    '      listItem',
    '        paragraph “Cliff” means twelve months, being',
    '        orderedList',
    '          listItem',
    '            paragraph for A shares, from signing; and',
    '          listItem',
    '            paragraph for B shares, from issue.',
    '  listItem',
    '    paragraph Words in the singular include the plural.',
    'paragraph An unnumbered paragraph between.',
    'orderedList (start=3)',
    '  listItem',
    '    paragraph The list goes on with three.',
  ])
})

test('a paragraph that begins where the text of a list item does belongs to the item', async () => {
  const numbering = definition(0, level(0, 'bullet', '•').replace('</w:lvl>', '<w:pPr><w:ind w:left="420"/></w:pPr></w:lvl>')) + list(1, 0)
  const body = numbered('item', 0) + paragraph('more', '<w:ind w:left="420"/>') + numbered('next', 0) + paragraph('after')
  expect(await linesOf(body, { numbering })).toEqual([
    'bulletList',
    '  listItem',
    '    paragraph item',
    '    paragraph more',
    '  listItem',
    '    paragraph next',
    'paragraph after',
  ])
})

const bookmark = (name: string, content: string) => `<w:bookmarkStart w:id="7" w:name="${name}"/>${content}<w:bookmarkEnd w:id="7"/>`

test('cross references show the number, the full number or the text of their paragraph; others keep their text', async () => {
  const target = (at: number, name: string, text: string) =>
    paragraph(bookmark(name, run(text)), `<w:numPr><w:ilvl w:val="${at}"/><w:numId w:val="1"/></w:numPr>`)
  const simple = `<w:fldSimple w:instr=" REF a \\w \\h ">${run('1.1(a)')}</w:fldSimple>`
  const body =
    numbered('one', 0) +
    numbered('one one', 1) +
    target(2, 'a', 'limb') +
    paragraph(bookmark('whole', run('All words'))) +
    paragraph(run('Only ') + bookmark('part', run('some')) + run(' words')) +
    paragraph(run('See ') + field(' REF a \\r \\h ', '(a)') + run(', ') + simple + run(', ') + field(' REF a \\r ', '1.1(a)') + run('.')) +
    paragraph(field(' REF whole \\h ', 'All words') + run(', ') + field(' REF part ', 'some') + run(', ') + field('REF gone \\r', '9.9')) +
    paragraph(field(' PAGEREF a \\h ', '12') + run(' ') + field(' REF whole \\r ', '0'))
  expect((await linesOf(body, { numbering: clauses + list(1, 0) })).slice(2)).toEqual([
    'paragraph [(a)] (bookmark=a) limb',
    'paragraph (bookmark=whole) All words',
    'paragraph Only some words',
    'paragraph See <number (a)>, <fullNumber 1.1(a)>, <fullNumber 1.1(a)>.',
    'paragraph <text All words>, some, 9.9',
    'paragraph 12 0',
  ])
})

test('a heading in a bullet list stays a heading, and no empty bullet appears above a deeper one', async () => {
  const numbering = plain + list(5, 1)
  const body =
    paragraph('Head', '<w:pStyle w:val="Heading2"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="5"/></w:numPr>') + numbered('deep', 1, 5)
  expect(await linesOf(body, { numbering })).toEqual(['heading2 [•] Head', 'bulletList', '  listItem', '    paragraph deep'])
})
