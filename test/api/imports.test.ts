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
const waitForImportEvent = (id: string) =>
  waitUntil(async () => {
    const { body } = await ann.request('GET', '/api/events?after=0&limit=100')
    for (
      let { items, position } = body;
      items.length > 0;
      { items, position } = (await ann.request('GET', `/api/events?after=${position}&limit=100`)).body
    ) {
      const finished = items.find(
        ({ event, data }: { event: string; data: { importId: string } }) => event === 'import.finished' && data.importId === id,
      )
      if (finished) return finished.data
    }
  }, 'the event of the import')

async function readImportedText(imported: { documentName: string; problem: string | null }): Promise<string> {
  expect(imported.problem).toBeNull()
  const { document, close } = await openDocument(node.url, imported.documentName, ann.token)
  const text = JSON.stringify(await readContent(document))
  close()
  return text
}

const createContentTypes = (mainType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml') =>
  `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="${mainType}"/></Types>`
const createRelation = (id: string, type: string, target: string, external = false) =>
  `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"${external ? ' TargetMode="External"' : ''}/>`
const createRelations = (...entries: string[]) =>
  `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${entries.join('')}</Relationships>`
const createBody = (content: string) =>
  `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><w:body>${content}</w:body></w:document>`
const createRun = (text: string) => `<w:r><w:t xml:space="preserve">${text}</w:t></w:r>`

function createWordFile(
  content = `<w:p>${createRun('Hello')}</w:p>`,
  parts: Record<string, string | Uint8Array> = {},
  links = '',
): Uint8Array {
  const files = {
    '[Content_Types].xml': createContentTypes(),
    '_rels/.rels': createRelations(createRelation('r1', 'officeDocument', 'word/document.xml')),
    'word/document.xml': createBody(content),
    'word/_rels/document.xml.rels': createRelations(links),
    ...parts,
  }
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, part]) => [name, typeof part === 'string' ? strToU8(part) : part])))
}

test('a Word file becomes a draft of its sender, with its text and its tracked changes as suggestions', async () => {
  const content = `<w:p>${createRun('kept ')}<w:ins w:id="1" w:author="X" w:date="2026-01-01T00:00:00Z">${createRun('inserted ')}</w:ins><w:del w:id="2" w:author="X" w:date="2026-01-01T00:00:00Z"><w:r><w:delText>deleted</w:delText></w:r></w:del></w:p>`
  const imported = await importFile(ann, 'My contract.docx', createWordFile(content))
  const text = await readImportedText(imported)
  expect(await waitForImportEvent(imported.id)).toEqual({
    importId: imported.id,
    state: 'done',
    documentName: imported.documentName,
    problem: null,
  })
  expect(text).toContain('"text":"kept "')
  expect(text).toMatch(/"insertion".*"text":"inserted ".*"deletion".*"text":"deleted"/)
})

const plainArchive = zipSync({ 'a.txt': strToU8('a') })
// created before any request, because it takes seconds and an idle connection would be closed meanwhile
const zipBomb = createWordFile(undefined, { 'word/media/zeros.bin': new Uint8Array(80 * 1024 * 1024) })
/** An archive whose directory gives a size of 1000 bytes for its largest part. */
function createMisleadingArchive(): Uint8Array {
  const bytes = createWordFile(`<w:p>${createRun('x'.repeat(20 * 1024 * 1024))}</w:p>`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let offset = 0; offset + 46 < bytes.length; offset++) {
    if (view.getUint32(offset, true) === 0x02014b50 && view.getUint32(offset + 24, true) > 1e6) view.setUint32(offset + 24, 1000, true)
  }
  return bytes
}

describe('a refused import reports the reason and creates no document', () => {
  test.each<[string, string, () => Uint8Array | string, RegExp]>([
    ['plain text named as a Word file', 'a.docx', () => 'just words', /not a Word document/],
    ['an archive named as a Word file', 'a.docx', () => plainArchive, /not a Word document/],
    ['an old or encrypted Word file', 'a.docx', () => new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 1, 2, 3]), /old or encrypted/],
    ['a Word file named as Markdown', 'a.md', () => createWordFile(), /not a text file/],
    ['a PDF named as HTML', 'a.html', () => '%PDF-1.7', /not a text file/],
    ['an unknown file type', 'a.exe', () => 'MZ', /cannot be imported/],
    ['a name without an extension', 'contract', () => 'words', /cannot be imported/],
    ['a zip bomb', 'a.docx', () => zipBomb, /too much data/],
    [
      'a zip bomb of many parts',
      'a.docx',
      () => createWordFile(undefined, Object.fromEntries(Array.from({ length: 2500 }, (_, n) => [`word/x${n}.xml`, 'x']))),
      /too much data/,
    ],
    ['an archive that gives a wrong size for a part', 'a.docx', createMisleadingArchive, /damaged/],
    ['a truncated archive', 'a.docx', () => createWordFile().slice(0, 300), /damaged/],
    ['macros', 'a.docx', () => createWordFile(undefined, { 'word/vbaProject.bin': 'x' }), /macros/],
    [
      'a content type that allows macros',
      'a.docx',
      () =>
        createWordFile(undefined, { '[Content_Types].xml': createContentTypes('application/vnd.ms-word.document.macroEnabled.main+xml') }),
      /macros/,
    ],
    [
      'XML entities',
      'a.docx',
      () =>
        createWordFile(undefined, {
          'word/document.xml': `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${createBody('<w:p>&a;</w:p>')}`,
        }),
      /XML entities/,
    ],
    ['malformed XML', 'a.docx', () => createWordFile(undefined, { 'word/document.xml': '<w:document' }), /damaged/],
    [
      'XML that is not valid UTF-8',
      'a.docx',
      () => createWordFile(undefined, { 'word/document.xml': new Uint8Array([0x3c, 0xff, 0xfe, 0xe4]) }),
      /cannot be read/,
    ],
    ['text that is not valid UTF-8', 'a.md', () => new Uint8Array([0x61, 0xff, 0xfe, 0xe4]), /UTF-8/],
    ['text with NUL', 'a.txt', () => 'a\0b', /UTF-8/],
  ])('%s', async (_, name, createFile, problem) => {
    const countBefore = (await ann.request('GET', '/api/legal/documents')).body.items.length
    const imported = await importFile(ann, name, createFile())
    expect(imported).toMatchObject({ state: 'failed', documentName: null, problem: expect.stringMatching(problem) })
    expect(await waitForImportEvent(imported.id)).toMatchObject({ state: 'failed', documentName: null, problem: imported.problem })
    expect((await ann.request('GET', '/api/legal/documents')).body.items).toHaveLength(countBefore)
  })
})

test('a file nested too deep for its parser fails alone at most, and the next file is imported', async () => {
  const nestedHtml = `${'<div><ul><li>'.repeat(15_000)}x`
  const imported = await importFile(ann, 'deep.html', nestedHtml)
  if (imported.state === 'failed') expect(imported.problem).toMatch(/too large|too deep|too long/)
  expect((await importFile(ann, 'next.md', '# Next')).state).toBe('done')
})

test('UTF-16 text is decoded by its byte order mark', async () => {
  const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('# Zażółć', 'utf16le')])
  expect(await readImportedText(await importFile(ann, 'wide.md', bytes))).toContain('Zażółć')
})

test('external references are left out with a warning, and only web links are kept', async () => {
  const createLink = (id: string, text: string) => `<w:hyperlink r:id="${id}">${createRun(text)}</w:hyperlink>`
  const picture =
    '<w:drawing><a:graphic><a:graphicData><pic:pic xmlns:pic="p"><pic:blipFill><a:blip r:link="r3"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></w:drawing>'
  const content = `<w:p>${createLink('r1', 'good')}${createLink('r2', 'bad')}<w:r>${picture}</w:r></w:p>`
  const links = [
    createRelation('r1', 'hyperlink', 'https://example.org/', true),
    createRelation('r2', 'hyperlink', 'javascript:alert(1)', true),
    createRelation('r3', 'image', 'http://127.0.0.1:1/spy.png', true),
    createRelation('r4', 'attachedTemplate', 'file:///evil.dotm', true),
  ].join('')
  const imported = await importFile(ann, 'a.docx', createWordFile(content, { 'word/media/i.png': 'x' }, links))
  expect(imported.warnings).toEqual(['Picture left out in paragraph 1, near “goodbad”.', 'References to files elsewhere were left out.'])
  const text = await readImportedText(imported)
  expect(text).toContain('"href":"https://example.org/"')
  expect(text).toContain('bad')
  expect(text).not.toMatch(/javascript|spy|evil/)
})

test('importing HTML and Markdown drops active content, sends no requests and creates no suggestions', async () => {
  let requestCount = 0
  const server = createServer((_request, response) => {
    requestCount++
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const page = `<link rel=stylesheet href=${origin}/a><script src=${origin}/b></script><script>globalThis.stolen = 1; fetch('${origin}/c')</script><iframe src=${origin}/d></iframe><object data=${origin}/e></object><img src=${origin}/f onerror="fetch('${origin}/g')">
<p onclick="steal()">kept <a href="javascript:alert(1)">one</a> <a href="data:text/html,x">two</a> <a href=" https://example.org/three">three</a> <ins data-suggestion="s" data-author="${ann.id}">four</ins></p><svg onload=alert(1)><math>five</math></svg>`
  for (const [name, file] of [
    ['a.html', page],
    ['a.md', `${page}\n\n[x](javascript:alert(1)) ![y](${origin}/h) <${origin}/ok>`],
  ] as const) {
    const imported = await importFile(ann, name, file)
    expect(imported.warnings).toEqual(['Pictures were left out.', 'Scripts and other active content were left out.'])
    const text = await readImportedText(imported)
    expect(text).toContain('kept ')
    expect(text).toContain('four')
    expect(text).not.toMatch(/stolen|onclick|onerror|"javascript:|data:text|"insertion"/)
  }
  expect(requestCount).toBe(0)
  await new Promise((resolve) => server.close(resolve))
})

test('an import is refused without a file or file name, with a bad parameter, or for an inaccessible venture', async () => {
  const sendImport = (person: Person, path: string, file: unknown, type = 'application/octet-stream') =>
    person.request('POST', path, file, { 'content-type': type })
  expect((await sendImport(ann, '/api/imports?name=a.md', 'x', 'application/json')).status).toBe(400)
  expect((await sendImport(ann, '/api/imports?name=a.md', '')).status).toBe(400)
  expect((await sendImport(ann, '/api/imports', 'x')).status).toBe(400)
  expect((await sendImport(ann, '/api/imports?name=a.md&odd=1', 'x')).status).toBe(400)
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'V' })
  const sam = await registerPerson(node.url, 'Sam')
  expect((await sendImport(sam, `/api/imports?name=a.md&ventureId=${venture.id}`, 'x')).status).toBe(404)
  const { body: importTask } = await sendImport(ann, `/api/imports?name=a.md&ventureId=${venture.id}`, 'x')
  expect((await sam.request('GET', `/api/imports/${importTask.id}`)).status).toBe(404)
})

test('an import for a venture creates the draft in that venture', async () => {
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'V' })
  const imported = await importFile(ann, 'x.md', '# In it', venture.id)
  expect((await ann.request('GET', `/api/documents/${imported.documentName}`)).body.ventureId).toBe(venture.id)
})
