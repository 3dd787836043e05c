/** A document with every kind of content, and functions to export and import it. */
import { strFromU8, unzipSync } from 'fflate'
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { sanitize } from '../../domain/documents/richtext/sanitize.ts'
import { contentToUpdate } from '../../domain/documents/richtext/to-json.ts'
import type { Node } from '../../main.ts'
import type { Person } from './client.ts'
import { waitUntil } from './wait-until.ts'

export const textNode = (text: string, ...marks: (string | object)[]): JSONContent => ({
  type: 'text',
  text,
  ...(marks.length > 0 && {
    marks: marks.map((mark) => (typeof mark === 'string' ? { type: mark } : mark)) as JSONContent['marks'] & object,
  }),
})
export const paragraphNode = (...content: JSONContent[]): JSONContent => ({ type: 'paragraph', content })
const listItemNode = (...content: JSONContent[]): JSONContent => ({ type: 'listItem', content })
const tableRowNode = (type: string, ...texts: string[]): JSONContent => ({
  type: 'tableRow',
  content: texts.map((text) => ({ type, content: [paragraphNode(textNode(text))] })),
})

export const sampleContent: JSONContent = sanitize({
  type: 'doc',
  content: [
    { type: 'heading', attrs: { level: 1 }, content: [textNode('Founders agreement')] },
    paragraphNode(
      textNode('Plain, '),
      textNode('bold', 'bold'),
      textNode(', '),
      textNode('italic', 'italic'),
      textNode(', '),
      textNode('underlined', 'underline'),
      textNode(', '),
      textNode('all three', 'bold', 'italic', 'underline'),
      textNode(', '),
      textNode('struck', 'strike'),
      textNode(', '),
      textNode('code', 'code'),
      textNode(' and '),
      textNode('a link', { type: 'link', attrs: { href: 'https://example.org/a?b=c&d=(e)' } }),
      textNode('.'),
    ),
    { type: 'heading', attrs: { level: 2 }, content: [textNode('Lists')] },
    {
      type: 'bulletList',
      content: [
        listItemNode(paragraphNode(textNode('first')), {
          type: 'orderedList',
          content: [listItemNode(paragraphNode(textNode('inner one'))), listItemNode(paragraphNode(textNode('inner two')))],
        }),
        listItemNode(paragraphNode(textNode('second'))),
      ],
    },
    { type: 'orderedList', content: [listItemNode(paragraphNode(textNode('one'))), listItemNode(paragraphNode(textNode('two')))] },
    { type: 'heading', attrs: { level: 3 }, content: [textNode('Table')] },
    {
      type: 'table',
      content: [
        tableRowNode('tableHeader', 'Who', 'Share'),
        tableRowNode('tableCell', 'Ann', '60 | %'),
        tableRowNode('tableCell', 'Ben', '40 %'),
      ],
    },
    { type: 'blockquote', content: [paragraphNode(textNode('Quoted words.'))] },
    { type: 'codeBlock', content: [textNode('a = 1\nb = 2')] },
    paragraphNode(textNode('<script>alert(1)</script> # 1. * _ [x](javascript:y) & Zażółć Ελληνικά')),
  ],
})

/** The outline of a text for comparison: paths, marks and characters. */
export function toOutline(content: JSONContent): string[] {
  const lines: string[] = []
  const walk = (part: JSONContent, path: string) => {
    if (part.text !== undefined) {
      const marks = (part.marks ?? []).map(({ type, attrs }) => (type === 'link' ? `link ${String(attrs?.href)}` : type)).sort()
      const line = `${path} [${marks.join()}] ${part.text}`
      const last = lines.at(-1)
      if (last?.startsWith(`${path} [${marks.join()}] `)) lines[lines.length - 1] = last + part.text
      else lines.push(line)
      return
    }
    const level = part.type === 'heading' ? String(part.attrs?.level) : ''
    for (const child of part.content ?? []) walk(child, part.type === 'doc' ? '' : `${path}/${part.type}${level}`)
  }
  walk(content, '')
  return lines
}

/** Writes content into an empty document. */
export async function writeContent(node: Node, name: string, person: Person, content: JSONContent): Promise<void> {
  const update = await contentToUpdate(content)
  await node.write(name, person.id, (document) => Y.applyUpdate(document, update))
}

/** Creates an export, waits until it is done, and downloads it. */
export async function exportDocument(
  node: Node,
  person: Person,
  name: string,
  options: object,
): Promise<{ bytes: Uint8Array; headers: Headers; id: string; warnings: string[] }> {
  const { status, body } = await person.request('POST', `/api/documents/${name}/exports`, options)
  if (status !== 201) throw new Error(`the export was refused: ${JSON.stringify(body)}`)
  const made = await waitUntil(
    async () => {
      const { body: now } = await person.request('GET', `/api/exports/${body.id}`)
      return ['done', 'failed'].includes(now.state) && now
    },
    'the export to finish',
    60_000,
  )
  if (made.state === 'failed') throw new Error(`the export failed: ${made.problem}`)
  const response = await fetch(`${node.url}/api/exports/${body.id}/file`, { headers: { authorization: `Bearer ${person.token}` } })
  if (response.status !== 200) throw new Error(`the download failed: ${response.status}`)
  return { bytes: new Uint8Array(await response.arrayBuffer()), headers: response.headers, id: body.id, warnings: made.warnings }
}

/** Uploads a file and waits until the import is done or failed. */
export async function importFile(person: Person, name: string, bytes: Uint8Array | string, ventureId?: string) {
  const sent = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
  const path = `/api/imports?name=${encodeURIComponent(name)}${ventureId ? `&ventureId=${ventureId}` : ''}`
  const { status, body } = await person.request('POST', path, sent, { 'content-type': 'application/octet-stream' })
  if (status !== 201) throw new Error(`the import was refused: ${status} ${JSON.stringify(body)}`)
  return waitUntil(
    async () => {
      const { body: now } = await person.request('GET', `/api/imports/${body.id}`)
      return ['done', 'failed'].includes(now.state) && now
    },
    'the import to finish',
    60_000,
  )
}

export const readArchivePart = (archive: Uint8Array, name: string): string => strFromU8(unzipSync(archive)[name] ?? new Uint8Array())
