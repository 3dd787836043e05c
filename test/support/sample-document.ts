/** A text with every kind of content, and its exports and imports. */
import { strFromU8, unzipSync } from 'fflate'
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { sanitize } from '../../domain/documents/richtext/sanitize.ts'
import { contentToUpdate } from '../../domain/documents/richtext/to-json.ts'
import type { Node } from '../../main.ts'
import type { Person } from './client.ts'
import { waitUntil } from './wait-until.ts'

export const words = (text: string, ...marks: (string | object)[]): JSONContent => ({
  type: 'text',
  text,
  ...(marks.length > 0 && {
    marks: marks.map((mark) => (typeof mark === 'string' ? { type: mark } : mark)) as JSONContent['marks'] & object,
  }),
})
export const paragraph = (...content: JSONContent[]): JSONContent => ({ type: 'paragraph', content })
const item = (...content: JSONContent[]): JSONContent => ({ type: 'listItem', content })
const cells = (type: string, ...texts: string[]): JSONContent => ({
  type: 'tableRow',
  content: texts.map((text) => ({ type, content: [paragraph(words(text))] })),
})

export const sampleContent: JSONContent = sanitize({
  type: 'doc',
  content: [
    { type: 'heading', attrs: { level: 1 }, content: [words('Founders agreement')] },
    paragraph(
      words('Plain, '),
      words('bold', 'bold'),
      words(', '),
      words('italic', 'italic'),
      words(', '),
      words('underlined', 'underline'),
      words(', '),
      words('all three', 'bold', 'italic', 'underline'),
      words(', '),
      words('struck', 'strike'),
      words(', '),
      words('code', 'code'),
      words(' and '),
      words('a link', { type: 'link', attrs: { href: 'https://example.org/a?b=c&d=(e)' } }),
      words('.'),
    ),
    { type: 'heading', attrs: { level: 2 }, content: [words('Lists')] },
    {
      type: 'bulletList',
      content: [
        item(paragraph(words('first')), {
          type: 'orderedList',
          content: [item(paragraph(words('inner one'))), item(paragraph(words('inner two')))],
        }),
        item(paragraph(words('second'))),
      ],
    },
    { type: 'orderedList', content: [item(paragraph(words('one'))), item(paragraph(words('two')))] },
    { type: 'heading', attrs: { level: 3 }, content: [words('Table')] },
    {
      type: 'table',
      content: [cells('tableHeader', 'Who', 'Share'), cells('tableCell', 'Ann', '60 | %'), cells('tableCell', 'Ben', '40 %')],
    },
    { type: 'blockquote', content: [paragraph(words('Quoted words.'))] },
    { type: 'codeBlock', content: [words('a = 1\nb = 2')] },
    paragraph(words('<script>alert(1)</script> # 1. * _ [x](javascript:y) & Zażółć Ελληνικά')),
  ],
})

/** What both sides of a round trip must have alike. */
export function outlineOf(content: JSONContent): string[] {
  const told: string[] = []
  const walk = (part: JSONContent, path: string) => {
    if (part.text !== undefined) {
      const marks = (part.marks ?? []).map(({ type, attrs }) => (type === 'link' ? `link ${String(attrs?.href)}` : type)).sort()
      const line = `${path} [${marks.join()}] ${part.text}`
      const last = told.at(-1)
      if (last?.startsWith(`${path} [${marks.join()}] `)) told[told.length - 1] = last + part.text
      else told.push(line)
      return
    }
    const level = part.type === 'heading' ? String(part.attrs?.level) : ''
    for (const child of part.content ?? []) walk(child, part.type === 'doc' ? '' : `${path}/${part.type}${level}`)
  }
  walk(content, '')
  return told
}

/** Writes a text into an empty document. */
export async function write(node: Node, name: string, person: Person, content: JSONContent): Promise<void> {
  const update = await contentToUpdate(content)
  await node.write(name, person.id, (document) => Y.applyUpdate(document, update))
}

/** Asks for an export, waits until it is made, and fetches it. */
export async function exported(
  node: Node,
  person: Person,
  name: string,
  asked: object,
): Promise<{ bytes: Uint8Array; headers: Headers; id: string }> {
  const { status, body } = await person.request('POST', `/api/documents/${name}/exports`, asked)
  if (status !== 201) throw new Error(`not exported: ${JSON.stringify(body)}`)
  const made = await waitUntil(
    async () => {
      const { body: now } = await person.request('GET', `/api/exports/${body.id}`)
      return ['done', 'failed'].includes(now.state) && now
    },
    'the export to be made',
    60_000,
  )
  if (made.state === 'failed') throw new Error(`not exported: ${made.problem}`)
  const response = await fetch(`${node.url}/api/exports/${body.id}/file`, { headers: { authorization: `Bearer ${person.token}` } })
  if (response.status !== 200) throw new Error(`not fetched: ${response.status}`)
  return { bytes: new Uint8Array(await response.arrayBuffer()), headers: response.headers, id: body.id }
}

/** Sends a file, and waits for what became of it. */
export async function imported(person: Person, name: string, bytes: Uint8Array | string, ventureId?: string) {
  const sent = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
  const path = `/api/imports?name=${encodeURIComponent(name)}${ventureId ? `&ventureId=${ventureId}` : ''}`
  const { status, body } = await person.request('POST', path, sent, { 'content-type': 'application/octet-stream' })
  if (status !== 201) throw new Error(`not taken: ${status} ${JSON.stringify(body)}`)
  return waitUntil(
    async () => {
      const { body: now } = await person.request('GET', `/api/imports/${body.id}`)
      return ['done', 'failed'].includes(now.state) && now
    },
    'the import to be done',
    60_000,
  )
}

export const partOf = (archive: Uint8Array, name: string): string => strFromU8(unzipSync(archive)[name] ?? new Uint8Array())
