/** Reviewed Word files: their tracked changes and comments in the draft, with the names of their authors. */
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { exportDocument, importFile, readArchivePart } from '../support/sample-document.ts'
import { cell, deletedRun, paragraph, run, table, wordFile } from '../support/word-file.ts'
import { outlineWord } from '../support/word-outline.ts'

let node: Node
let ann: Person
let documentName: string

const change = 'w:author="Jane Lawyer" w:date="2026-02-01T10:00:00Z"'
const format = `<w:b/><w:rPrChange w:id="4" ${change}><w:rPr/></w:rPrChange>`
const contract = wordFile(
  paragraph(
    `${run('Paid within ')}<w:del w:id="1" ${change}>${deletedRun('ten')}</w:del><w:ins w:id="2" ${change}>${run('twenty')}</w:ins>${run(' days in ')}<w:commentRangeStart w:id="0"/>${run('euro')}<w:commentRangeEnd w:id="0"/>${run('. ')}${run('Bold', format)}`,
  ),
  {
    comments: `<w:comment w:id="0" w:author="Bob Counsel" w:date="2026-02-02T10:00:00Z"><w:p w14:paraId="00000001">${run('Not dollars?')}</w:p></w:comment><w:comment w:id="1" w:author="Jane Lawyer" w:date="2026-02-03T10:00:00Z"><w:p w14:paraId="00000002">${run('No.')}</w:p></w:comment>`,
    commentsExtended: '<w15:commentEx w15:paraId="00000002" w15:paraIdParent="00000001"/>',
  },
)

beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  const imported = await importFile(ann, 'reviewed.docx', contract)
  expect(imported).toMatchObject({ state: 'done', warnings: [] })
  documentName = imported.documentName
})

const listSuggestions = async (state = 'open') =>
  (await ann.request('GET', `/api/documents/${documentName}/suggestions?state=${state}`)).body.items
const listThreads = async () => (await ann.request('GET', `/api/documents/${documentName}/comments`)).body.items

test('tracked changes are suggestions with the name and date of their author', async () => {
  expect(await listSuggestions()).toMatchObject([
    { kind: 'replace', inserted: 'twenty', deleted: 'ten', name: 'Jane Lawyer', userId: ann.id, at: '2026-02-01T10:00:00.000Z' },
    { kind: 'format', formatted: 'Bold', name: 'Jane Lawyer', userId: ann.id },
  ])
})

test('comments are threads on their words with the names of their authors, and only their thread can be answered', async () => {
  const [thread, ...others] = await listThreads()
  expect(others).toEqual([])
  expect(thread).toMatchObject({ state: 'open', quote: 'euro', gone: false, createdAt: '2026-02-02T10:00:00.000Z' })
  expect(thread.comments).toMatchObject([
    { name: 'Bob Counsel', imported: true, text: 'Not dollars?', createdAt: '2026-02-02T10:00:00.000Z' },
    { name: 'Jane Lawyer', imported: true, text: 'No.' },
  ])
  const path = `/api/documents/${documentName}/comments/${thread.id}/replies`
  expect((await ann.request('PATCH', `${path}/${thread.comments[0].id}`, { text: 'Changed' })).status).toBe(403)
  const { status, body } = await ann.request('POST', path, { text: 'Agreed.' })
  expect(status).toBe(201)
  expect(body.comments.at(-1)).toMatchObject({ name: 'Ann', imported: false })
})

test('an import notifies nobody of its suggestions and comments', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'V' })
  await ann.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'editor' })
  const imported = await importFile(ann, 'reviewed.docx', contract, venture.id)
  expect((await ben.request('GET', `/api/documents/${imported.documentName}/suggestions`)).body.items).toHaveLength(2)
  const { body } = await ann.request('GET', '/api/events?after=0&limit=100')
  const names = body.items.filter(({ data }: { data: { documentName?: string } }) => data.documentName === imported.documentName)
  expect(names.map(({ event }: { event: string }) => event)).not.toContain('suggestion.changed')
  expect(names.map(({ event }: { event: string }) => event)).not.toContain('comment.changed')
})

test('an export names the author of the file', async () => {
  const { bytes } = await exportDocument(node, ann, documentName, { format: 'docx' })
  const xml = readArchivePart(bytes, 'word/document.xml')
  expect(xml).toMatch(/<w:ins [^>]*w:author="Jane Lawyer"/)
  expect(xml).toMatch(/<w:del [^>]*w:author="Jane Lawyer"/)
  expect(xml).not.toContain('w:author="Ann"')
  const again = await outlineWord(bytes)
  expect(again.lines[0]).toBe('paragraph Paid within {deletion: ten}{insertion: twenty} days in euro. {bold formatChange: Bold}')
  expect(new Set(again.suggestions.map(({ authorName }) => authorName))).toEqual(new Set(['Jane Lawyer']))
  expect(again.threads).toMatchObject([
    {
      anchor: { quote: 'euro' },
      comments: [{ authorName: 'Bob Counsel', text: 'Not dollars?' }, { authorName: 'Jane Lawyer' }, { authorName: 'Ann' }],
    },
  ])
})

test('a contract that is imported, exported and imported again keeps its numbers and references', async () => {
  const file = readFileSync(new URL('../files/clauses.docx', import.meta.url))
  const imported = await importFile(ann, 'clauses.docx', file)
  const { bytes } = await exportDocument(node, ann, imported.documentName, { format: 'docx' })
  const withoutIds = (lines: string[]) => lines.map((line) => line.replace(/bookmark=[^)]*/, 'bookmark'))
  expect(withoutIds((await outlineWord(bytes)).lines)).toEqual(withoutIds((await outlineWord(file)).lines))
})

test('a decision keeps the name of the author', async () => {
  const [first] = await listSuggestions()
  expect((await ann.request('POST', `/api/documents/${documentName}/suggestions/${first.id}/accept`)).body).toMatchObject({
    name: 'Jane Lawyer',
  })
  expect(await listSuggestions('accepted')).toMatchObject([{ id: first.id, name: 'Jane Lawyer', inserted: 'twenty', deleted: 'ten' }])
  const { bytes } = await exportDocument(node, ann, documentName, { format: 'markdown' })
  expect(new TextDecoder().decode(bytes)).toContain('Paid within twenty days')
})

const mark = (name: string, id: number) => `<w:rPr><w:${name} w:id="${id}" ${change}/></w:rPr>`
const ins = (id: number, text: string) => `<w:ins w:id="${id}" ${change}>${run(text)}</w:ins>`
const del = (id: number, text: string) => `<w:del w:id="${id}" ${change}>${deletedRun(text)}</w:del>`
const moved = (kind: 'From' | 'To', id: number, text: string) =>
  `<w:move${kind}RangeStart w:id="${id}" w:name="m1" ${change}/><w:move${kind} w:id="${id + 1}" ${change}>${run(text)}</w:move${kind}><w:move${kind}RangeEnd w:id="${id}"/>`

/** One of each tracked change. */
const changedFile = wordFile(
  paragraph(`${run('Paid in ')}${del(1, 'ten')}${ins(2, 'twenty')}${run(' days.')}`) +
    paragraph(ins(3, 'A new paragraph.'), mark('ins', 4)) +
    paragraph(run('Split-'), mark('ins', 5)) +
    paragraph(run('here.')) +
    paragraph('Kept between.') +
    paragraph(run('Join-'), mark('del', 6)) +
    paragraph(run('ed here.')) +
    paragraph(del(7, 'A deleted paragraph.'), mark('del', 8)) +
    paragraph(`${run('First ')}${moved('From', 20, 'moved words ')}${run('then ')}${moved('To', 30, 'moved words ')}${run('last.')}`) +
    paragraph('Heading', `<w:pStyle w:val="Heading2"/><w:pPrChange w:id="40" ${change}><w:pPr/></w:pPrChange>`) +
    paragraph(`${run('plain ')}${run('bold', format)}`) +
    table(
      cell('a') + cell('b'),
      `<w:trPr><w:ins w:id="50" ${change}/></w:trPr>${cell('c')}${cell('d')}`,
      `<w:trPr><w:del w:id="51" ${change}/></w:trPr>${cell('e')}${cell('f')}`,
    ),
)

test.each([
  [
    'accept',
    [
      'Paid in twenty days.',
      'A new paragraph.',
      'Split-',
      'here.',
      'Kept between.',
      'Join-ed here.',
      'First then moved words last.',
      '## Heading',
      'plain **bold**',
      '| a | b |\n| --- | --- |\n| c | d |',
    ],
  ],
  [
    'reject',
    [
      'Paid in ten days.',
      'Split-here.',
      'Kept between.',
      'Join-',
      'ed here.',
      'A deleted paragraph.',
      'First moved words then last.',
      'Heading',
      'plain bold',
      '| a | b |\n| --- | --- |\n| e | f |',
    ],
  ],
])('to %s all tracked changes gives what Word gives', async (decision, blocks) => {
  const { documentName: name, warnings } = await importFile(ann, 'changed.docx', changedFile)
  expect(warnings).toEqual([])
  expect((await ann.request('POST', `/api/documents/${name}/suggestions/${decision}`)).status).toBe(200)
  const { bytes } = await exportDocument(node, ann, name, { format: 'markdown' })
  expect(new TextDecoder().decode(bytes).trim().split('\n\n')).toEqual(blocks)
  expect((await ann.request('GET', `/api/documents/${name}/suggestions`)).body.items).toEqual([])
})
