import { createServer } from 'node:http'
import { strToU8, zipSync } from 'fflate'
import { beforeAll, describe, expect, test } from 'vitest'
import { readContent } from '../../domain/documents/richtext/to-json.ts'
import type { Node } from '../../main.ts'
import { openDocument, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { importFile } from '../support/sample-document.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

/** The data of the event that reports the end of an import. */
const toldOf = (id: string) =>
  waitUntil(async () => {
    const { body } = await ann.request('GET', '/api/events?after=0&limit=100')
    for (
      let { items, position } = body;
      items.length > 0;
      { items, position } = (await ann.request('GET', `/api/events?after=${position}&limit=100`)).body
    ) {
      const found = items.find(
        ({ event, data }: { event: string; data: { importId: string } }) => event === 'import.finished' && data.importId === id,
      )
      if (found) return found.data
    }
  }, 'word of the import')

async function textOf(done: { documentName: string; problem: string | null }): Promise<string> {
  expect(done.problem).toBeNull()
  const { document, close } = await openDocument(node.url, done.documentName, ann.token)
  const text = JSON.stringify(await readContent(document))
  close()
  return text
}

const types = (main = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml') =>
  `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="${main}"/></Types>`
const relation = (id: string, type: string, target: string, external = false) =>
  `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"${external ? ' TargetMode="External"' : ''}/>`
const relations = (...all: string[]) =>
  `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all.join('')}</Relationships>`
const body = (inner: string) =>
  `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><w:body>${inner}</w:body></w:document>`
const run = (text: string) => `<w:r><w:t xml:space="preserve">${text}</w:t></w:r>`

function word(inner = `<w:p>${run('Hello')}</w:p>`, parts: Record<string, string | Uint8Array> = {}, links = ''): Uint8Array {
  const all = {
    '[Content_Types].xml': types(),
    '_rels/.rels': relations(relation('r1', 'officeDocument', 'word/document.xml')),
    'word/document.xml': body(inner),
    'word/_rels/document.xml.rels': relations(links),
    ...parts,
  }
  return zipSync(Object.fromEntries(Object.entries(all).map(([name, part]) => [name, typeof part === 'string' ? strToU8(part) : part])))
}

test('a Word file becomes a draft of its sender, with its text and without text marked as deleted', async () => {
  const inner = `<w:p>${run('kept ')}<w:ins w:id="1" w:author="X" w:date="2026-01-01T00:00:00Z">${run('inserted ')}</w:ins><w:del w:id="2" w:author="X" w:date="2026-01-01T00:00:00Z"><w:r><w:delText>deleted</w:delText></w:r></w:del></w:p>`
  const done = await importFile(ann, 'My contract.docx', word(inner))
  const text = await textOf(done)
  expect(await toldOf(done.id)).toEqual({ importId: done.id, state: 'done', documentName: done.documentName, problem: null })
  expect(text).toContain('kept inserted')
  expect(text).not.toMatch(/deleted"|"insertion"/)
})

const plain = zipSync({ 'a.txt': strToU8('a') })
// created before any request, because it takes seconds and an idle connection would be closed meanwhile
const bomb = word(undefined, { 'word/media/zeros.bin': new Uint8Array(80 * 1024 * 1024) })
/** An archive whose directory gives a size of 1000 bytes for its largest part. */
function lying(): Uint8Array {
  const bytes = word(`<w:p>${run('x'.repeat(20 * 1024 * 1024))}</w:p>`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at + 46 < bytes.length; at++) {
    if (view.getUint32(at, true) === 0x02014b50 && view.getUint32(at + 24, true) > 1e6) view.setUint32(at + 24, 1000, true)
  }
  return bytes
}

describe('a refused import reports the reason and creates no document', () => {
  test.each<[string, string, () => Uint8Array | string, RegExp]>([
    ['plain text named as a Word file', 'a.docx', () => 'just words', /not a Word document/],
    ['an archive named as a Word file', 'a.docx', () => plain, /not a Word document/],
    ['an old or encrypted Word file', 'a.docx', () => new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 1, 2, 3]), /old or encrypted/],
    ['a Word file named as Markdown', 'a.md', () => word(), /not a text file/],
    ['a PDF named as HTML', 'a.html', () => '%PDF-1.7', /not a text file/],
    ['an unknown file type', 'a.exe', () => 'MZ', /cannot be imported/],
    ['a name without an extension', 'contract', () => 'words', /cannot be imported/],
    ['a zip bomb', 'a.docx', () => bomb, /too much data/],
    [
      'a zip bomb of many parts',
      'a.docx',
      () => word(undefined, Object.fromEntries(Array.from({ length: 2500 }, (_, n) => [`word/x${n}.xml`, 'x']))),
      /too much data/,
    ],
    ['an archive that gives a wrong size for a part', 'a.docx', lying, /damaged/],
    ['a truncated archive', 'a.docx', () => word().slice(0, 300), /damaged/],
    ['macros', 'a.docx', () => word(undefined, { 'word/vbaProject.bin': 'x' }), /macros/],
    [
      'a content type that allows macros',
      'a.docx',
      () => word(undefined, { '[Content_Types].xml': types('application/vnd.ms-word.document.macroEnabled.main+xml') }),
      /macros/,
    ],
    [
      'XML entities',
      'a.docx',
      () => word(undefined, { 'word/document.xml': `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${body('<w:p>&a;</w:p>')}` }),
      /XML entities/,
    ],
    ['malformed XML', 'a.docx', () => word(undefined, { 'word/document.xml': '<w:document' }), /damaged/],
    [
      'XML that is not valid UTF-8',
      'a.docx',
      () => word(undefined, { 'word/document.xml': new Uint8Array([0x3c, 0xff, 0xfe, 0xe4]) }),
      /cannot be read/,
    ],
    ['text that is not valid UTF-8', 'a.md', () => new Uint8Array([0x61, 0xff, 0xfe, 0xe4]), /UTF-8/],
    ['text with NUL', 'a.txt', () => 'a\0b', /UTF-8/],
  ])('%s', async (_, name, make, problem) => {
    const before = (await ann.request('GET', '/api/legal/documents')).body.items.length
    const done = await importFile(ann, name, make())
    expect(done).toMatchObject({ state: 'failed', documentName: null, problem: expect.stringMatching(problem) })
    expect(await toldOf(done.id)).toMatchObject({ state: 'failed', documentName: null, problem: done.problem })
    expect((await ann.request('GET', '/api/legal/documents')).body.items).toHaveLength(before)
  })
})

test('a file nested too deep for its parser fails alone at most, and the next file is imported', async () => {
  const deep = `${'<div><ul><li>'.repeat(15_000)}x`
  const done = await importFile(ann, 'deep.html', deep)
  if (done.state === 'failed') expect(done.problem).toMatch(/too large|too deep|too long/)
  expect((await importFile(ann, 'next.md', '# Next')).state).toBe('done')
})

test('UTF-16 text is decoded by its byte order mark', async () => {
  const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('# Zażółć', 'utf16le')])
  expect(await textOf(await importFile(ann, 'wide.md', bytes))).toContain('Zażółć')
})

test('external references are left out with a warning, and only web links are kept', async () => {
  const link = (id: string, text: string) => `<w:hyperlink r:id="${id}">${run(text)}</w:hyperlink>`
  const picture =
    '<w:drawing><a:graphic><a:graphicData><pic:pic xmlns:pic="p"><pic:blipFill><a:blip r:link="r3"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></w:drawing>'
  const inner = `<w:p>${link('r1', 'good')}${link('r2', 'bad')}<w:r>${picture}</w:r></w:p>`
  const links = [
    relation('r1', 'hyperlink', 'https://example.org/', true),
    relation('r2', 'hyperlink', 'javascript:alert(1)', true),
    relation('r3', 'image', 'http://127.0.0.1:1/spy.png', true),
    relation('r4', 'attachedTemplate', 'file:///evil.dotm', true),
  ].join('')
  const done = await importFile(ann, 'a.docx', word(inner, { 'word/media/i.png': 'x' }, links))
  expect(done.warnings).toEqual(['Pictures were left out.', 'References to files elsewhere were left out.'])
  const text = await textOf(done)
  expect(text).toContain('"href":"https://example.org/"')
  expect(text).toContain('bad')
  expect(text).not.toMatch(/javascript|spy|evil/)
})

test('importing HTML and Markdown drops active content, sends no requests and creates no suggestions', async () => {
  let asked = 0
  const spy = createServer((_request, response) => {
    asked++
    response.end()
  })
  await new Promise<void>((resolve) => spy.listen(0, '127.0.0.1', resolve))
  const at = `http://127.0.0.1:${(spy.address() as { port: number }).port}`
  const page = `<link rel=stylesheet href=${at}/a><script src=${at}/b></script><script>globalThis.stolen = 1; fetch('${at}/c')</script><iframe src=${at}/d></iframe><object data=${at}/e></object><img src=${at}/f onerror="fetch('${at}/g')">
<p onclick="steal()">kept <a href="javascript:alert(1)">one</a> <a href="data:text/html,x">two</a> <a href=" https://example.org/three">three</a> <ins data-suggestion="s" data-author="${ann.id}">four</ins></p><svg onload=alert(1)><math>five</math></svg>`
  for (const [name, file] of [
    ['a.html', page],
    ['a.md', `${page}\n\n[x](javascript:alert(1)) ![y](${at}/h) <${at}/ok>`],
  ] as const) {
    const done = await importFile(ann, name, file)
    expect(done.warnings).toEqual(['Pictures were left out.', 'Scripts and other active content were left out.'])
    const text = await textOf(done)
    expect(text).toContain('kept ')
    expect(text).toContain('four')
    expect(text).not.toMatch(/stolen|onclick|onerror|"javascript:|data:text|"insertion"/)
  }
  expect(asked).toBe(0)
  await new Promise((resolve) => spy.close(resolve))
})

test('an import is refused without a file or file name, with a bad parameter, or for an inaccessible venture', async () => {
  const post = (person: Person, path: string, sent: unknown, type = 'application/octet-stream') =>
    person.request('POST', path, sent, { 'content-type': type })
  expect((await post(ann, '/api/imports?name=a.md', 'x', 'application/json')).status).toBe(400)
  expect((await post(ann, '/api/imports?name=a.md', '')).status).toBe(400)
  expect((await post(ann, '/api/imports', 'x')).status).toBe(400)
  expect((await post(ann, '/api/imports?name=a.md&odd=1', 'x')).status).toBe(400)
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'V' })
  const sam = await registerPerson(node.url, 'Sam')
  expect((await post(sam, `/api/imports?name=a.md&ventureId=${venture.id}`, 'x')).status).toBe(404)
  const { body: sent } = await post(ann, `/api/imports?name=a.md&ventureId=${venture.id}`, 'x')
  expect((await sam.request('GET', `/api/imports/${sent.id}`)).status).toBe(404)
})

test('an import for a venture creates the draft in that venture', async () => {
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'V' })
  const done = await importFile(ann, 'x.md', '# In it', venture.id)
  expect((await ann.request('GET', `/api/documents/${done.documentName}`)).body.ventureId).toBe(venture.id)
})
