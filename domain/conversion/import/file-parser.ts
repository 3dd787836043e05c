/** Parses files from strangers. Their type is detected from the bytes, and must match the file extension. */
import type { JSONContent } from '@tiptap/core'
import type { ImportedThread } from '../../comments/imported.ts'
import { sanitize } from '../../documents/richtext/sanitize.ts'
import { contentToUpdate } from '../../documents/richtext/to-json.ts'
import type { ImportedSuggestion } from '../../suggestions/imported.ts'
import type { ImportedBy } from './docx/read-document.ts'
import type { ReadFile } from './html-reader.ts'
import { isArchive } from './zip.ts'
import { UnreadableFileError } from '../unreadable-file.ts'

/** Maximum bytes of the Yjs update: more than any contract, and as much as is written at once. */
const maxUpdateBytes = 8 * 1024 * 1024

export interface ImportedDocument {
  title: string
  /** An update for an empty document. */
  update: Uint8Array
  /** What was left out, for the person who sent the file. */
  warnings: string[]
  /** Suggestions in the text, with their authors in the file. */
  suggestions: ImportedSuggestion[]
  threads: ImportedThread[]
}

/**
 * Parses a file as a new text.
 * @param name the sender's file name; its extension is the type
 * @param by the person who imports it
 * @throws UnreadableFileError
 */
export async function parseFile(name: string, bytes: Uint8Array, by: ImportedBy): Promise<ImportedDocument> {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  const parts = ending === 'docx' ? await readWord(bytes, by) : await readText(ending, bytes)
  if (parts.update.length > maxUpdateBytes) throw new UnreadableFileError('The text is too long for one document.')
  return { title: toTitle(name), ...parts }
}

async function readWord(bytes: Uint8Array, by: ImportedBy): Promise<Omit<ImportedDocument, 'title'>> {
  if (isOldOffice(bytes))
    throw new UnreadableFileError('This is an old or encrypted Word document. Save it as .docx without a password and import it again.')
  if (!isArchive(bytes)) throw new UnreadableFileError('This file is not a Word document (.docx).')
  const { importWord } = await import('./word-import.ts')
  return importWord(bytes, by)
}

async function readText(ending: string, bytes: Uint8Array): Promise<Omit<ImportedDocument, 'title'>> {
  const { content, warnings } = await readFileContent(ending, bytes)
  return { update: await contentToUpdate(sanitize(settleSuggestions(content))), warnings, suggestions: [], threads: [] }
}

async function readFileContent(ending: string, bytes: Uint8Array): Promise<ReadFile> {
  if (ending === 'md' || ending === 'markdown') return (await import('./markdown-reader.ts')).readMarkdown(decodeText(bytes))
  if (ending === 'txt') return (await import('./text-reader.ts')).readPlainText(decodeText(bytes))
  if (ending === 'html' || ending === 'htm') return (await import('./html-reader.ts')).readHtml(decodeText(bytes))
  throw new UnreadableFileError('This file type cannot be imported. Use Word (.docx), Markdown (.md), plain text (.txt) or HTML (.html).')
}

/** Removes suggestions: an imported file suggests nothing in anyone's name, so its text becomes plain. */
function settleSuggestions(part: JSONContent): JSONContent {
  return {
    ...part,
    ...(part.marks && { marks: part.marks.filter(({ type }) => type !== 'insertion' && type !== 'deletion') }),
    ...(part.attrs && { attrs: { ...part.attrs, suggestion: null } }),
    ...(part.content && { content: part.content.map(settleSuggestions) }),
  }
}

const isOldOffice = (bytes: Uint8Array) => [0xd0, 0xcf, 0x11, 0xe0].every((byte, place) => bytes[place] === byte)

function decodeText(bytes: Uint8Array): string {
  if (isArchive(bytes) || isOldOffice(bytes) || String.fromCharCode(...bytes.subarray(0, 4)).startsWith('%PDF'))
    throw new UnreadableFileError('This file is not a text file.')
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  try {
    const text = new TextDecoder(wide ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch {
    // not in this encoding: refused below, like text with NUL
  }
  throw new UnreadableFileError('The text encoding is not supported. Save the file as UTF-8 and import it again.')
}

const toTitle = (name: string) =>
  name
    .replace(/\.[a-z]+$/i, '')
    .replace(/[\p{Cc}\s_]+/gu, ' ')
    .trim()
    .slice(0, 200) || 'Imported document'
