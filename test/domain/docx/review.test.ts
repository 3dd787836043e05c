/** Tracked changes and comments of Word documents. */
import { expect, test } from 'vitest'
import { PositionIndex, readQuote } from '../../../domain/documents/richtext/positions.ts'
import { cell, clauses, deletedRun, field, list, paragraph, run, table, type WordParts, wordFile } from '../../support/word-file.ts'
import { importTime, outlineWord } from '../../support/word-outline.ts'

const read = (body: string, parts: WordParts = {}) => outlineWord(wordFile(body, parts))
let changeId = 0
const by = (author: string, date = '2026-02-01T10:00:00Z') => `w:id="${++changeId}" w:author="${author}" w:date="${date}"`
const inserted = (text: string, attributes = by('Jane Lawyer')) => `<w:ins ${attributes}>${run(text)}</w:ins>`
const deleted = (text: string, attributes = by('Jane Lawyer')) => `<w:del ${attributes}>${deletedRun(text)}</w:del>`

/** The suggestions in short: kind, inserted, deleted, formatted, author. */
const shortOf = ({ suggestions }: Awaited<ReturnType<typeof read>>) =>
  suggestions.map(({ kind, inserted: words, deleted: struck, formatted, authorName }) =>
    [kind, words, struck, formatted, authorName].join('|'),
  )

test('insertions and deletions keep author and date; those of one author that touch each other are one suggestion', async () => {
  const body =
    paragraph(run('within ') + deleted('ten') + inserted('twenty') + run(' days ') + inserted('net') + inserted(' gross', by('Bob'))) +
    paragraph(inserted('other paragraph'))
  const seen = await read(body)
  expect(seen.lines).toEqual([
    'paragraph within {deletion: ten}{insertion: twenty} days {insertion: net}{insertion:  gross}',
    'paragraph {insertion: other paragraph}',
  ])
  expect(shortOf(seen)).toEqual([
    'replace|twenty|ten||Jane Lawyer',
    'insert|net|||Jane Lawyer',
    'insert| gross|||Bob',
    'insert|other paragraph|||Jane Lawyer',
  ])
  expect(seen.suggestions[0]).toMatchObject({ at: '2026-02-01T10:00:00.000Z' })
})

test('a change in a change has both marks, and a missing author or an invalid date is no obstacle', async () => {
  const nested = `<w:ins ${by('Ann')}>${run('new ')}<w:del ${by('Ben')}>${deletedRun('and gone')}</w:del></w:ins>`
  const seen = await read(paragraph(`${nested}${run(' x ')}<w:ins w:id="9" w:date="yesterday">${run('nobody')}</w:ins>`))
  expect(seen.lines).toEqual(['paragraph {insertion: new }{deletion insertion: and gone} x {insertion: nobody}'])
  expect(shortOf(seen)).toEqual(['insert|new and gone|||Ann', 'delete||and gone||Ben', 'insert|nobody|||Unknown author'])
  expect(seen.suggestions[2]?.at).toBe(importTime)
})

test('an inserted paragraph is a block suggestion; an inserted break is one on the paragraph after it', async () => {
  const mark = (name: string, attributes: string) => `<w:rPr><w:${name} ${attributes}/></w:rPr>`
  const jane = by('Jane Lawyer')
  const whole = await read(paragraph('before') + paragraph(inserted('all new', jane), mark('ins', jane)) + paragraph('after'))
  expect(whole.lines).toEqual(['paragraph before', 'paragraph (insert) {insertion: all new}', 'paragraph after'])
  expect(shortOf(whole)).toEqual(['insert-block|all new|||Jane Lawyer'])
  const split = await read(paragraph('first', mark('ins', jane)) + paragraph('second'))
  expect(split.lines).toEqual(['paragraph first', 'paragraph (insert) second'])
  const joined = await read(
    paragraph(run('first') + deleted(' tail', jane), mark('del', jane)) + paragraph(deleted('head ', jane) + run('second')),
  )
  expect(joined.lines).toEqual(['paragraph first{deletion:  tail}', 'paragraph (delete) {deletion: head }second'])
  expect(shortOf(joined)).toHaveLength(1)
})

test('inserted and deleted rows are suggestions with their words', async () => {
  const jane = by('Jane Lawyer')
  const row = `<w:trPr><w:ins ${jane}/></w:trPr>${cell(paragraph(inserted('new', jane)))}${cell(paragraph(inserted('row', jane)))}`
  const seen = await read(table(cell('a') + cell('b'), row, `<w:trPr><w:del ${by('Ben')}/></w:trPr>${cell('c')}${cell('d')}`))
  expect(seen.lines.filter((line) => line.includes('tableRow'))).toEqual(['  tableRow', '  tableRow (insert)', '  tableRow (delete)'])
  expect(shortOf(seen)).toEqual(['insert-block|new\nrow|||Jane Lawyer', 'delete-block||cd||Ben'])
})

test('the two places of a move are one suggestion', async () => {
  const move = (kind: string, id: number, content: string) =>
    `<w:move${kind}RangeStart w:id="${id}" w:name="move1" ${by('Ann').replace(/w:id="\d+" /, '')}/><w:move${kind} ${by('Ann')}>${content}</w:move${kind}><w:move${kind}RangeEnd w:id="${id}"/>`
  const seen = await read(paragraph(move('From', 50, run('moved')) + run(' stays')) + paragraph(run('to: ') + move('To', 51, run('moved'))))
  expect(seen.lines).toEqual(['paragraph {deletion: moved} stays', 'paragraph to: {insertion: moved}'])
  expect(shortOf(seen)).toEqual(['replace|moved|moved||Ann'])
})

test('changes of formats, types and numbers are suggestions that know what was before', async () => {
  const format = run('bold', `<w:b/><w:rPrChange ${by('Ann')}><w:rPr><w:i/></w:rPr></w:rPrChange>`)
  const type = `<w:pStyle w:val="Heading2"/><w:pPrChange ${by('Ben')}><w:pPr/></w:pPrChange>`
  const number = `<w:numPr><w:ilvl w:val="2"/><w:numId w:val="1"/></w:numPr><w:pPrChange ${by('Ben')}><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr></w:pPrChange>`
  const spacing = `<w:pPrChange ${by('Ben')}><w:pPr><w:jc w:val="center"/></w:pPr></w:pPrChange>`
  const body = paragraph(run('a ') + format) + paragraph('Head', type) + paragraph('limb', number) + paragraph('same', spacing)
  const seen = await read(body, { numbering: clauses + list(1, 0) })
  expect(seen.lines).toEqual([
    'paragraph a {bold formatChange: bold}',
    'heading2 (change of paragraph) Head',
    'paragraph [(a)] (change of paragraph) limb',
    'paragraph same',
  ])
  expect(shortOf(seen)).toEqual(['format|||bold|Ann', 'change-block||||Ben', 'change-block||||Ben'])
  expect(seen.suggestions[0]?.formats).toEqual({ added: ['bold'], removed: ['italic'] })
})

const comment = (id: number, text: string, author = 'R. Vale', at = '2026-02-01T10:00:00Z') =>
  `<w:comment w:id="${id}" w:author="${author}" w:date="${at}">${text
    .split('\n')
    .map((line) => `<w:p w14:paraId="0000000${id}">${run(line)}</w:p>`)
    .join('')}</w:comment>`
const from = (id: number) => `<w:commentRangeStart w:id="${id}"/>`
const to = (id: number) => `<w:commentRangeEnd w:id="${id}"/><w:r><w:commentReference w:id="${id}"/></w:r>`

test('comments become threads on their words, with replies and state', async () => {
  const comments =
    comment(1, 'Reply', 'Bob', '2026-02-02T10:00:00Z') +
    comment(0, 'Why?\nSecond line') +
    comment(2, 'Point') +
    comment(3, 'Nowhere') +
    comment(4, 'Two paragraphs')
  const commentsExtended =
    '<w15:commentEx w15:paraId="00000000" w15:done="1"/><w15:commentEx w15:paraId="00000001" w15:paraIdParent="00000000" w15:done="1"/>'
  const body =
    paragraph(run('paid in ') + from(0) + from(1) + run('eu') + run('ro', '<w:b/>') + to(0) + to(1) + run(' only')) +
    paragraph(`${run('the last word')}<w:r><w:commentReference w:id="2"/></w:r>`) +
    paragraph(run('a ') + from(4) + run('b')) +
    paragraph(run('c') + to(4) + run(' d'))
  const seen = await read(body, { comments, commentsExtended })
  expect(seen.lines[0]).toBe('paragraph paid in eu{bold: ro} only')
  const layout = new PositionIndex(seen.document)
  const threads = seen.threads.map(({ anchor, resolved, comments: said }) => {
    const range = anchor && layout.resolveAnchor(anchor.anchor)
    return {
      words: range ? readQuote(layout.slicesIn(range)) : null,
      resolved,
      said: said.map(({ authorName, text }) => `${authorName}: ${text}`),
    }
  })
  expect(threads).toEqual([
    { words: 'euro', resolved: true, said: ['R. Vale: Why?\nSecond line', 'Bob: Reply'] },
    { words: 'word', resolved: false, said: ['R. Vale: Point'] },
    { words: null, resolved: false, said: ['R. Vale: Nowhere'] },
    { words: 'b\nc', resolved: false, said: ['R. Vale: Two paragraphs'] },
  ])
})

test('a comment after a field, a break and nested blocks is on its own words', async () => {
  const words = from(0) + run('here') + to(0)
  const atom = field(' REF whole ', 'All words') + '<w:r><w:br/></w:r>'
  const whole = paragraph(`<w:bookmarkStart w:id="7" w:name="whole"/>${run('All words')}<w:bookmarkEnd w:id="7"/>`)
  const { threads, document, lines } = await read(whole + table(cell(paragraph(atom + run('x ') + words + run(' y')))), {
    comments: comment(0, 'Why?'),
  })
  expect(lines.at(-1)).toBe('      paragraph <text All words>⏎x here y')
  const range = new PositionIndex(document).resolveAnchor(threads[0]?.anchor?.anchor ?? { start: '', end: '' })
  expect(range && readQuote(new PositionIndex(document).slicesIn(range))).toBe('here')
})

test('replies in a circle, overlapping ranges and very long comments lose nothing', async () => {
  const comments = comment(0, 'One') + comment(1, 'Two') + comment(2, 'x'.repeat(6000))
  const commentsExtended =
    '<w15:commentEx w15:paraId="00000000" w15:paraIdParent="00000001"/><w15:commentEx w15:paraId="00000001" w15:paraIdParent="00000000"/>'
  const body = paragraph(from(2) + run('a ') + from(0) + run('b ') + to(2) + run('c') + to(0) + to(1))
  const { threads } = await read(body, { comments, commentsExtended })
  expect(threads.map(({ anchor, comments: said }) => [anchor?.quote, said.map(({ text }) => text.length)])).toEqual([
    ['b c', [3]],
    ['c', [3]],
    ['a b ', [5000, 1000]],
  ])
})
