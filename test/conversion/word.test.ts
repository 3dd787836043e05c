import { expect, test } from 'vitest'
import { renderDocx } from '../../domain/conversion/export/docx/docx.ts'
import { renderHtml } from '../../domain/conversion/export/html.ts'
import { renderMarkdown } from '../../domain/conversion/export/markdown/markdown.ts'
import { renderPdf } from '../../domain/conversion/export/pdf/pdf.ts'
import { importWord } from '../../domain/conversion/import/word-import.ts'
import { numberContent, readListStyles } from '../../domain/documents/richtext/list-styles.ts'
import { readContent } from '../../domain/documents/richtext/to-json.ts'
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { cellNode, clauseNode, contract, contractLines, listNode, suggestedByAnn, tableNode, toModel } from '../support/export-sample.ts'
import { hasLibreOffice, readByLibreOffice } from '../support/office.ts'
import { chooseSize, createRandom, readSeed } from '../support/random.ts'
import { createRandomDocument } from '../support/random-document.ts'
import { paragraphNode, readArchivePart, textNode } from '../support/sample-document.ts'

const documentXml = async (...content: JSONContent[]) =>
  readArchivePart(await renderDocx(toModel({ type: 'doc', content }, { people: contract.people })), 'word/document.xml')

/** The lines of a text with its numbers, as SmartStart shows them. */
function linesOf(part: JSONContent): string[] {
  if (part.type === 'paragraph' || part.type === 'heading') {
    const number = (part.attrs?.number as { label: string } | undefined)?.label
    const text = (part.content ?? []).map((one) => one.text ?? String(one.attrs?.shown ?? '')).join('')
    return [number ? `${number} ${text}` : text]
  }
  return (part.content ?? []).flatMap((child, place) => {
    const lines = linesOf(child)
    if (part.type === 'orderedList') lines[0] = `${Number(part.attrs?.start ?? 1) + place}. ${lines[0]}`
    return lines
  })
}

test.skipIf(!hasLibreOffice)('LibreOffice shows an exported Word file with the numbers that SmartStart shows', async () => {
  // it does not know levels that never restart, nor counts of higher levels in decimals
  const expected = contractLines.map((line) => line.replace('§2', '§1').replace('3.a)', 'III.a)'))
  expect(readByLibreOffice(await renderDocx(contract))).toEqual(expected)
})

test('numbers and references come back when an exported Word file is imported', async () => {
  const { update } = await importWord(await renderDocx(contract), { userId: suggestedByAnn.author, now: suggestedByAnn.at })
  const document = new Y.Doc()
  Y.applyUpdate(document, update)
  expect(linesOf(numberContent(await readContent(document), readListStyles(document)))).toEqual(contractLines)
})

test('a table in a cell is as wide as its cell', async () => {
  const inner = tableNode([cellNode(paragraphNode(textNode('in'))), cellNode(paragraphNode(textNode('ner')))])
  const cells = ['b', 'c', 'd'].map((text) => cellNode(paragraphNode(textNode(text))))
  const xml = await documentXml(tableNode([cellNode(paragraphNode(textNode('a')), inner), ...cells]))
  const widths = [...xml.matchAll(/<w:tblW w:type="dxa" w:w="(\d+)"/g)].map(([, width]) => Number(width))
  expect(widths).toHaveLength(2)
  expect(widths[1]).toBeLessThan((widths[0] as number) / 4)
})

test('tasks are check boxes, and text from the right is marked so', async () => {
  const tasks = listNode('taskList', [[paragraphNode(textNode('open'))]])
  const xml = await documentXml(tasks, paragraphNode(textNode('חוזה (ABC)')), paragraphNode(textNode('English עברית')))
  expect(xml).toMatch(/<w14:checkbox><w14:checked w14:val="0"\/>/)
  expect(xml.match(/<w:bidi\/>/g)).toHaveLength(1)
  expect(xml).toMatch(/<w:rPr><w:rtl\/><\/w:rPr><w:t[^>]*>חוזה/)
  expect(xml).toMatch(/<w:r><w:t[^>]*>ABC/)
})

test('suggested formats and types of blocks are tracked changes', async () => {
  const mark = { type: 'formatChange', attrs: { ...suggestedByAnn, added: [{ type: 'bold' }], removed: [{ type: 'italic' }] } }
  const was = { type: 'paragraph', attrs: {} }
  const suggestion = JSON.stringify({ ...suggestedByAnn, kind: 'change', was })
  const xml = await documentXml(paragraphNode(textNode('bold', 'bold', mark)), {
    type: 'heading',
    attrs: { level: 2, suggestion },
    content: [textNode('Title')],
  })
  const stamp = 'w:author="Ann" w:date="2026-11-20T10:00:00Z"'
  expect(xml).toMatch(new RegExp(`<w:rPr><w:b/><w:bCs/><w:rPrChange w:id="\\d+" ${stamp}><w:rPr><w:i/><w:iCs/></w:rPr></w:rPrChange>`))
  expect(xml).toMatch(new RegExp(`<w:pStyle w:val="Heading2"/><w:pPrChange w:id="\\d+" ${stamp}><w:pPr/></w:pPrChange>`))
})

test('the number before a suggested change of number is in the tracked change', async () => {
  const was = { type: 'paragraph', attrs: { listStyle: 'clauses', listLevel: 1 } }
  const suggestion = JSON.stringify({ ...suggestedByAnn, kind: 'change', was })
  const xml = await documentXml(clauseNode(0, 'one'), clauseNode(0, 'two', { suggestion }))
  const [, list] = /<w:numId w:val="(\d+)"\/>/.exec(xml) ?? []
  expect(xml).toMatch(new RegExp(`<w:pPrChange [^>]*><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="${list}"/></w:numPr></w:pPr>`))
})

test('comment threads are on their words, with replies, and resolved ones are done', async () => {
  const at = suggestedByAnn.at
  const thread = {
    resolved: true,
    comments: [
      { author: 'Ann', at, text: 'Why?\nReally' },
      { author: 'Ben', at, text: 'Because' },
    ],
  }
  const general = { resolved: false, comments: [{ author: 'Ben', at, text: 'On all of it' }] }
  const model = toModel({ type: 'doc', content: [paragraphNode(textNode('some words here'))] }, { threads: [thread, general] })
  const [paragraph] = model.content.content ?? []
  const mark = { type: 'comment', attrs: { threads: [0] } }
  if (paragraph) paragraph.content = [textNode('some '), textNode('words', mark), textNode(' here')]
  const file = await renderDocx(model)
  const xml = readArchivePart(file, 'word/document.xml')
  expect(xml).toMatch(
    /some <\/w:t><\/w:r><w:commentRangeStart w:id="0"\/><w:commentRangeStart w:id="1"\/><w:r><w:t[^>]*>words<\/w:t><\/w:r><w:commentRangeEnd w:id="0"\/>/,
  )
  expect(xml.indexOf('<w:commentReference w:id="2"/>')).toBeLessThan(xml.indexOf('some '))
  const extended = readArchivePart(file, 'word/commentsExtended.xml')
  expect([...extended.matchAll(/w15:done="(\d)"/g)].map(([, done]) => done)).toEqual(['1', '1', '0'])
  expect(extended).toContain('w15:paraIdParent')
  // and they come back
  const { threads } = await importWord(file, { userId: suggestedByAnn.author, now: at })
  expect(threads.map(({ resolved, comments }) => [resolved, comments.map(({ authorName, text }) => [authorName, text])])).toEqual(
    expect.arrayContaining([
      [
        true,
        [
          ['Ann', 'Why?\nReally'],
          ['Ben', 'Because'],
        ],
      ],
      [false, [['Ben', 'On all of it']]],
    ]),
  )
})

test('random documents are exported in every format', async () => {
  const random = createRandom(readSeed('exports'))
  const count = chooseSize(8, 40)
  for (let run = 0; run < count; run++) {
    const content = createRandomDocument(random, { tables: true, tasks: true, strike: true })
    const model = toModel({ type: 'doc', content: [clauseNode(run % 4, 'numbered'), ...(content.content ?? [])] })
    expect((await renderDocx(model)).length).toBeGreaterThan(0)
    expect((await renderPdf(model)).bytes.length).toBeGreaterThan(0)
    expect(renderHtml(model)).toContain('numbered')
    expect(renderMarkdown(model)).toContain('numbered')
  }
  console.log(`exports: ${count} documents in every format`)
})
