import { inflateSync } from 'node:zlib'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { encodeEnd, encodeStart } from '../../domain/documents/richtext/anchor.ts'
import { readContent } from '../../domain/documents/richtext/to-json.ts'
import { forgetOldFiles } from '../../domain/conversion/export/export.ts'
import { system } from '../../domain/kernel/actor.ts'
import { chunkBytes } from '../../domain/kernel/chunks.ts'
import type { Node } from '../../main.ts'
import { createDraft, openDocument, type Person, registerPerson } from '../support/client.ts'
import { subscribeByWebSocket } from '../support/event-subscriber.ts'
import { getEmptyNode } from '../support/node.ts'
import {
  sampleContent,
  exportDocument,
  toOutline,
  importFile,
  paragraphNode,
  readArchivePart,
  textNode,
  writeContent,
} from '../support/sample-document.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let name: string
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  name = await createDraft(ann, 'Founders: "agreement"/2')
  await writeContent(node, name, ann, sampleContent)
})

async function readImported(documentName: string) {
  const { document, close } = await openDocument(node.url, documentName, ann.token)
  const content = await readContent(document)
  close()
  return content
}

test.each(['docx', 'html', 'markdown'])('a document exported as %s keeps its text and formatting on import', async (format) => {
  const { bytes } = await exportDocument(node, ann, name, { format })
  const extension = format === 'markdown' ? 'md' : format
  const imported = await importFile(ann, `Back again.${extension}`, bytes)
  expect(imported).toMatchObject({ state: 'done', problem: null, documentName: expect.stringMatching(/^legal:/) })
  expect(toOutline(await readImported(imported.documentName))).toEqual(toOutline(sampleContent))
  const { body } = await ann.request('GET', `/api/documents/${imported.documentName}`)
  expect(body).toMatchObject({ title: 'Back again', role: 'owner' })
  const id = imported.documentName.split(':')[1]
  expect((await node.journal.rowsAfter(id, 0)).map(({ seq, actor }) => [seq, actor])).toEqual([[1, ann.id]])
})

test('an exported file has a portable name, and its headers make a browser save it', async () => {
  const { headers } = await exportDocument(node, ann, name, { format: 'html' })
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(decodeURIComponent(headers.get('content-disposition') ?? '')).toBe("attachment; filename*=UTF-8''Founders agreement 2.html")
  expect(headers.get('content-security-policy')).toContain('sandbox')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

test('an exported PDF is tagged and contains the text and links', async () => {
  const { bytes } = await exportDocument(node, ann, name, { format: 'pdf' })
  const text = Buffer.from(bytes).toString('latin1')
  expect(text.slice(0, 5)).toBe('%PDF-')
  expect(text).toContain('/MarkInfo')
  expect(text).toContain('/URI (https://example.org/a?b=c&d=\\(e\\))')
  expect(text).not.toMatch(/javascript:y\)>>/)
  const pdfText = readPdfText(bytes)
  for (const phrase of ['Founders ', 'Plain, ', 'agreement', 'Lists']) expect(pdfText).toContain(phrase)
})

test('a PDF uses two fonts, prints emoji as code points, and warns of letters that both lack', async () => {
  const draft = await createDraft(ann, 'Ünïcödé →')
  await writeContent(node, draft, ann, { type: 'doc', content: [paragraphNode(textNode('Ελληνικά Հայերեն → 👍🏽 €'))] })
  const pdfText = readPdfText((await exportDocument(node, ann, draft, { format: 'pdf' })).bytes)
  for (const phrase of ['Ελληνικά', 'Հայերեն', '→', '[U+1F44D]']) expect(pdfText).toContain(phrase)
  await node.write(draft, ann.id, (document) =>
    ((document.getXmlFragment('default').get(0) as Y.XmlElement).get(0) as Y.XmlText).insert(0, '契約 שלום '),
  )
  const { warnings } = await exportDocument(node, ann, draft, { format: 'pdf' })
  expect(warnings).toEqual(['The PDF shows a sign in place of letters that its fonts lack: 契 約.'])
  expect((await exportDocument(node, ann, draft, { format: 'docx' })).warnings).toEqual([])
})

test('a table in a PDF stays within the page margins, however long its words are', async () => {
  const draft = await createDraft(ann)
  const cell = (text: string) => ({ type: 'tableCell', content: [paragraphNode(textNode(text))] })
  const row = { type: 'tableRow', content: [cell('x'.repeat(300)), cell('y'), cell('z')] }
  const nested = {
    type: 'bulletList',
    content: [{ type: 'listItem', content: [paragraphNode(textNode('in a list')), { type: 'table', content: [row] }] }],
  }
  await writeContent(node, draft, ann, { type: 'doc', content: [{ type: 'table', content: [row] }, nested] })
  const drawing = readStreams((await exportDocument(node, ann, draft, { format: 'pdf' })).bytes).join('\n')
  const positions = [...drawing.matchAll(/^([\d.]+) [\d.]+ [ml]$/gm)].map(([, x]) => Number(x))
  expect(positions.length).toBeGreaterThan(0)
  expect(Math.max(...positions)).toBeLessThan(595.28 - 71)
})

test('open suggestions are tracked changes in Word, and `<ins>` and `<del>` in Markdown and HTML', async () => {
  const author = { id: 's1', author: ann.id, at: '2026-11-20T10:00:00.000Z' }
  const draft = await createDraft(ann)
  const block = (kind: string, text: string) => ({
    ...paragraphNode(textNode(text)),
    attrs: { suggestion: JSON.stringify({ ...author, kind }) },
  })
  await writeContent(node, draft, ann, {
    type: 'doc',
    content: [
      paragraphNode(
        textNode('They hold '),
        textNode('half', { type: 'deletion', attrs: author }),
        textNode('a third', { type: 'insertion', attrs: author }),
        textNode('.'),
      ),
      block('insert', 'A new clause.'),
      block('delete', 'An old clause.'),
    ],
  })
  const xml = readArchivePart((await exportDocument(node, ann, draft, { format: 'docx' })).bytes, 'word/document.xml')
  const attributes = 'w:author="Ann" w:date="2026-11-20T10:00:00Z"'
  expect(xml).toMatch(new RegExp(`<w:ins w:id="\\d+" ${attributes}><w:r>.{0,80}a third`))
  expect(xml).toMatch(new RegExp(`<w:del w:id="\\d+" ${attributes}><w:r>.{0,80}<w:delText[^>]*>half`))
  expect(xml).toMatch(new RegExp(`<w:rPr><w:ins w:id="\\d+" ${attributes}/></w:rPr></w:pPr><w:ins.{0,200}A new clause`))
  expect(xml).toMatch(new RegExp(`<w:rPr><w:del w:id="\\d+" ${attributes}/></w:rPr></w:pPr><w:del.{0,200}An old clause`))
  const markdown = Buffer.from((await exportDocument(node, ann, draft, { format: 'markdown' })).bytes).toString()
  expect(markdown).toBe('They hold <del>half</del><ins>a third</ins>.\n\n<ins>A new clause.</ins>\n\n<del>An old clause.</del>\n')
  const html = Buffer.from((await exportDocument(node, ann, draft, { format: 'html' })).bytes).toString()
  expect(html).toContain('<del datetime="2026-11-20T10:00:00.000Z" title="Ann">half</del>')
})

test('a redline of two revisions is exported as tracked changes with their authors', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const draft = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${draft}/members/${ben.id}`, { role: 'editor' })
  await writeContent(node, draft, ann, {
    type: 'doc',
    content: [paragraphNode(textNode('The founders hold half each.')), paragraphNode(textNode('This goes away altogether.'))],
  })
  await node.write(draft, ben.id, (document) => {
    const text = (document.getXmlFragment('default').get(0) as Y.XmlElement).get(0) as Y.XmlText
    text.delete(18, 4)
    text.insert(18, 'thirds')
  })
  await node.write(draft, ann.id, (document) => document.getXmlFragment('default').delete(1, 1))
  const xml = readArchivePart((await exportDocument(node, ann, draft, { format: 'docx', redlineFrom: 1 })).bytes, 'word/document.xml')
  expect(xml).toMatch(/<w:del w:id="\d+" w:author="Ben" w:date="[\d-]{10}T[\d:]{8}Z"><w:r>.{0,60}half/)
  expect(xml).toMatch(/<w:ins w:id="\d+" w:author="Ben" w:date="[\d-]{10}T[\d:]{8}Z"><w:r>.{0,60}thirds/)
  expect(xml).toMatch(/<w:del w:id="\d+" w:author="Ann"[^>]*><w:r>.{0,60}This goes away/)
  const revision = Buffer.from((await exportDocument(node, ann, draft, { format: 'markdown', at: 1 })).bytes).toString()
  expect(revision).toBe('The founders hold half each.\n\nThis goes away altogether.\n')
})

test('a variable is exported as its value, or as its name when it has no value', async () => {
  const draft = await createDraft(ann)
  await writeContent(node, draft, ann, {
    type: 'doc',
    content: [paragraphNode({ type: 'variable', attrs: { name: 'one' } }, textNode(' '), { type: 'variable', attrs: { name: 'two' } })],
  })
  await node.write(draft, ann.id, (document) => document.getMap('variables').set('one', '<b>Ann</b>'))
  const html = Buffer.from((await exportDocument(node, ann, draft, { format: 'html' })).bytes).toString()
  expect(html).toContain('<p>&lt;b&gt;Ann&lt;/b&gt; <mark>{{two}}</mark></p>')
  // an older revision shows the old state, and a redline tracks the change with its author
  const ben = await registerPerson(node.url, 'Ben')
  await ann.request('PUT', `/api/documents/${draft}/members/${ben.id}`, { role: 'editor' })
  await node.write(draft, ben.id, (document) => document.getMap('variables').set('one', 'Cas'))
  const revision = Buffer.from((await exportDocument(node, ann, draft, { format: 'markdown', at: 1 })).bytes).toString()
  expect(revision).toContain('{{one}}')
  const xml = readArchivePart((await exportDocument(node, ann, draft, { format: 'docx', redlineFrom: 2 })).bytes, 'word/document.xml')
  expect(xml).toMatch(/<w:del w:id="\d+" w:author="Ben"[^>]*><w:r>.{0,80}&lt;b&gt;Ann/)
  expect(xml).toMatch(/<w:ins w:id="\d+" w:author="Ben"[^>]*><w:r>.{0,80}Cas/)
})

test('scripts and unsafe attributes from a hostile client are in no exported file', async () => {
  const draft = await createDraft(ann)
  await node.write(draft, ann.id, (document) => {
    const [script, paragraphs] = [new Y.XmlElement('script'), new Y.XmlElement('paragraph')]
    const text = new Y.XmlText()
    text.insert(0, 'click', { link: { href: 'javascript:alert(1)', onclick: 'steal()' } })
    paragraphs.insert(0, [text])
    paragraphs.setAttribute('onload', 'steal()')
    script.insert(0, [new Y.XmlText('alert("<img src=x onerror=steal()>")')])
    document.getXmlFragment('default').insert(0, [script, paragraphs])
  })
  for (const format of ['html', 'markdown', 'docx', 'pdf']) {
    const { bytes } = await exportDocument(node, ann, draft, { format })
    const text =
      format === 'docx'
        ? `${readArchivePart(bytes, 'word/document.xml')}${readArchivePart(bytes, 'word/_rels/document.xml.rels')}`
        : Buffer.from(bytes).toString('latin1')
    expect(text).not.toMatch(/<script|<img|javascript:|onload=/)
    if (format !== 'pdf') expect(text).toContain('click')
  }
})

test('an event tells the requester that an export finished; the file is stored in chunks', async () => {
  const ears = subscribeByWebSocket(node.url, { token: ann.token })
  await ears.waitUntilReady()
  const told = (id: string) =>
    waitUntil(() => ears.events.find(({ event, data }) => event === 'export.finished' && data.exportId === id), 'word of it')
  const draft = await createDraft(ann)
  const long = 'Words of no great meaning. '.repeat(20)
  await writeContent(node, draft, ann, {
    type: 'doc',
    content: Array.from({ length: 200 }, (_, n) => paragraphNode(textNode(`${n} ${long}`))),
  })
  const { id, bytes } = await exportDocument(node, ann, draft, { format: 'html' })
  expect((await told(id)).data).toEqual({ exportId: id, state: 'done', problem: null })
  expect(bytes.length).toBeGreaterThan(3 * chunkBytes)
  const { rows } = await sql<{ longest: number; pieces: number }>`
    select max(octet_length(bytes)) as longest, count(*)::int as pieces from kept_piece where file = ${id}`.execute(node.database.sql)
  expect(rows).toEqual([{ longest: chunkBytes, pieces: Math.ceil(bytes.length / chunkBytes) }])
  ears.close()
})

test('a Word file of the present text has its comment threads, unless they are not wanted', async () => {
  const draft = await createDraft(ann)
  await writeContent(node, draft, ann, { type: 'doc', content: [paragraphNode(textNode('The first words. The last words.'))] })
  const { document, close } = await openDocument(node.url, draft, ann.token)
  const text = (document.getXmlFragment('default').get(0) as Y.XmlElement).get(0) as Y.XmlText
  const anchor = { start: encodeStart(text, 4), end: encodeEnd(text, 9) }
  const { body: thread } = await ann.request('POST', `/api/documents/${draft}/comments`, { text: `Ask @[${ann.id}].`, anchor })
  close()
  await ann.request('POST', `/api/documents/${draft}/comments/${thread.id}/replies`, { text: 'Asked.' })
  await ann.request('PUT', `/api/documents/${draft}/comments/${thread.id}/state`, { state: 'resolved' })
  const { bytes } = await exportDocument(node, ann, draft, { format: 'docx' })
  const anchored = /<w:commentRangeStart w:id="0"\/>.*?<w:t[^>]*>first<\/w:t>.*?<w:commentRangeEnd w:id="0"\/>/
  expect(readArchivePart(bytes, 'word/document.xml')).toMatch(anchored)
  const comments = readArchivePart(bytes, 'word/comments.xml')
  expect(comments).toContain('Ask @Ann.')
  expect(comments).toContain('Asked.')
  expect(readArchivePart(bytes, 'word/commentsExtended.xml')).toContain('w15:done="1"')
  for (const options of [{ comments: false }, { at: 1 }, { redlineFrom: 0 }]) {
    const other = await exportDocument(node, ann, draft, { format: 'docx', ...options })
    expect(readArchivePart(other.bytes, 'word/document.xml')).not.toContain('commentRangeStart')
  }
})

test('only the requester can read an export, while they can read the document, and for one day', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const draft = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${draft}/members/${ben.id}`, { role: 'viewer' })
  const { id } = await exportDocument(node, ben, draft, { format: 'markdown' })
  for (const path of [`/api/exports/${id}`, `/api/exports/${id}/file`]) expect((await ann.request('GET', path)).status).toBe(404)
  await ann.request('DELETE', `/api/documents/${draft}/members/${ben.id}`)
  expect((await ben.request('GET', `/api/exports/${id}/file`)).status).toBe(404)
  expect((await ben.request('POST', `/api/documents/${draft}/exports`, { format: 'pdf' })).status).toBe(404)
  const ownExport = await exportDocument(node, ann, draft, { format: 'markdown' })
  await sql`update document_export set created_at = now() - interval '25 hours'`.execute(node.database.sql)
  await node.domain.run(system, forgetOldFiles, {})
  expect((await ann.request('GET', `/api/exports/${ownExport.id}`)).status).toBe(404)
})

test.each([
  [{ format: 'exe' }],
  [{}],
  [{ format: 'pdf', at: -1 }],
  [{ format: 'pdf', at: 1e6 }],
  [{ format: 'pdf', at: 0, redlineFrom: 1 }],
  [{ format: 'pdf', at: 'x' }],
])('%j is refused', async (body) => {
  expect((await ann.request('POST', `/api/documents/${name}/exports`, body)).status).toBe(400)
})

/** The decompressed streams of a PDF. */
function readStreams(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString('latin1')
  return [...text.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)].map(([, stream]) => {
    try {
      return inflateSync(Buffer.from(stream as string, 'latin1')).toString('latin1')
    } catch {
      return ''
    }
  })
}

/** The text of an exported PDF, decoded with the tables of its fonts. It is only good enough to search for words. */
function readPdfText(bytes: Uint8Array): string {
  const streams = readStreams(bytes)
  const tables = streams
    .filter((stream) => stream.includes('beginbfrange'))
    .map((stream) => {
      // each list has at most 256 codes and continues the list before it
      const lists = [...stream.matchAll(/\[([^\]]*)\]/g)].map(([, list]) => list).join(' ')
      return [...lists.matchAll(/<([0-9a-f]+)>/gi)].map(([, hex]) =>
        String.fromCodePoint(...((hex as string).match(/.{4}/g) ?? []).map((code) => Number.parseInt(code, 16))),
      )
    })
  const textStreams = streams.filter((stream) => stream.includes(' Tf')).join('\n')
  const codes = [...textStreams.matchAll(/\[([^\]]*)\] TJ/g)].map(([, textLine]) =>
    [...(textLine as string).matchAll(/<([0-9a-f]+)>/gi)].map(([, hex]) => hex).join(''),
  )
  return tables
    .map((table) =>
      codes.map((textLine) => (textLine.match(/.{4}/g) ?? []).map((code) => table[Number.parseInt(code, 16)] ?? '').join('')).join('\n'),
    )
    .join('\n')
}
