/** Files from strangers, as clean texts. What a file is, its bytes say; its name must agree. */
import type { JSONContent } from '@tiptap/core'
import { cleaned } from '../documents/cleaning.ts'
import { updateOf } from '../documents/content.ts'
import { proseSchema } from '../documents/prose.ts'
import { isArchive } from './archive.ts'
import { Unreadable } from './unreadable.ts'

/** Longest text, bytes of its Yjs update: more than any contract, and as much as is written in one piece. */
const mostBytes = 8 * 1024 * 1024

export interface Incoming {
  title: string
  /** A Yjs update that an empty document takes. */
  update: Uint8Array
  /** What was left out, for who sent it. */
  warnings: string[]
}

/**
 * Reads a file as a new text.
 * @param name as its sender calls it; the ending says as what it is to be read
 * @throws Unreadable
 */
export async function readFile(name: string, bytes: Uint8Array): Promise<Incoming> {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  const { content, warnings } = await contentOfFile(ending, bytes)
  const update = await updateOf(cleaned(settled(content)))
  if (update.length > mostBytes) throw new Unreadable('The text is too long for one document.')
  return { title: titleOf(name), update, warnings }
}

async function contentOfFile(ending: string, bytes: Uint8Array): Promise<{ content: JSONContent; warnings: string[] }> {
  if (ending === 'docx') {
    if (isOldOffice(bytes)) throw new Unreadable('It is an old or an encrypted Word document. Save it as a plain .docx, and import that.')
    if (!isArchive(bytes)) throw new Unreadable('Its name says Word document, but it is none.')
    const { htmlOfWord } = await import('./word-file.ts')
    const { html, warnings } = await htmlOfWord(bytes)
    return { content: await contentOfHtml(html), warnings }
  }
  if (ending === 'md' || ending === 'markdown' || ending === 'txt') {
    const text = textOf(bytes)
    const { MarkdownManager } = await import('@tiptap/markdown')
    // by way of HTML, as Markdown may hold it; the editor's own reader leaves tags as words
    const html = await new MarkdownManager({ extensions: [] }).instance.parse(text)
    return { content: await contentOfHtml(html.replaceAll('\n</code></pre>', '</code></pre>')), warnings: warningsOf(html) }
  }
  if (ending === 'html' || ending === 'htm') {
    const html = textOf(bytes)
    return { content: await contentOfHtml(html), warnings: warningsOf(html) }
  }
  throw new Unreadable('Word documents (.docx), Markdown (.md) and HTML (.html) can be imported; this is none of them.')
}

function warningsOf(html: string): string[] {
  return [
    ...(/<(img|picture|svg|video|audio|canvas)\b/i.test(html) ? ['Pictures were left out.'] : []),
    ...(/<(script|iframe|object|embed|form|base|meta[^>]+refresh)\b|\son\w+\s*=|javascript:/i.test(html)
      ? ['Scripts and what else would run were left out.']
      : []),
  ]
}

/** Parsed without a browser's hands: no script runs, nothing is fetched. */
async function contentOfHtml(html: string): Promise<JSONContent> {
  const [{ Window }, { DOMParser }] = await Promise.all([import('happy-dom'), import('@tiptap/pm/model')])
  const settings = {
    enableJavaScriptEvaluation: false,
    disableJavaScriptFileLoading: true,
    disableCSSFileLoading: true,
    handleDisabledFileLoadingAsSuccess: true,
    navigation: { disableMainFrameNavigation: true, disableChildFrameNavigation: true, disableChildPageNavigation: true },
  }
  const window = new Window({ settings })
  try {
    const parsed = new window.DOMParser().parseFromString(html, 'text/html')
    for (const running of parsed.querySelectorAll('script, style, template, iframe, object, embed, noscript, title')) running.remove()
    return DOMParser.fromSchema(proseSchema)
      .parse(parsed.body as never)
      .toJSON() as JSONContent
  } finally {
    window.happyDOM.abort().catch(() => {})
  }
}

/** A file suggests nothing in anybody's name: what it would have inserted or deleted are words. */
function settled(part: JSONContent): JSONContent {
  return {
    ...part,
    ...(part.marks && { marks: part.marks.filter(({ type }) => type !== 'insertion' && type !== 'deletion') }),
    ...(part.attrs && { attrs: { ...part.attrs, suggestion: null } }),
    ...(part.content && { content: part.content.map(settled) }),
  }
}

const isOldOffice = (bytes: Uint8Array) => [0xd0, 0xcf, 0x11, 0xe0].every((byte, place) => bytes[place] === byte)

function textOf(bytes: Uint8Array): string {
  if (isArchive(bytes) || isOldOffice(bytes) || String.fromCharCode(...bytes.subarray(0, 4)).startsWith('%PDF'))
    throw new Unreadable('Its name says text, but it is another kind of file.')
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  try {
    const text = new TextDecoder(wide ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch {}
  throw new Unreadable('Its signs cannot be read: save it as UTF-8, and import that.')
}

const titleOf = (name: string) =>
  name
    .replace(/\.[a-z]+$/i, '')
    .replace(/[\p{Cc}\s_]+/gu, ' ')
    .trim()
    .slice(0, 200) || 'Imported document'
