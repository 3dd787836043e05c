/** Imports a Word document: its text as an update, its tracked changes as suggestions, its comments as threads. */
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { type ImportedThread, maxImportedComments, maxImportedThreads } from '../../comments/imported.ts'
import { type ListStyle, listStylesName } from '../../documents/richtext/list-styles.ts'
import { PositionIndex, readQuote, characterRangesOf, type TextRange } from '../../documents/richtext/positions.ts'
import { sanitize } from '../../documents/richtext/sanitize.ts'
import { recordSchemaVersion } from '../../documents/richtext/schema-version.ts'
import { parseSuggestions } from '../../documents/richtext/suggestion-marks.ts'
import { contentToUpdate } from '../../documents/richtext/to-json.ts'
import type { ImportedSuggestion } from '../../suggestions/imported.ts'
import type { ReadThread } from './docx/comments.ts'
import { type MarkedRanges, takeMarkers } from './docx/markers.ts'
import { type ImportedBy, readDocument } from './docx/read-document.ts'

/** Maximum characters that a thread is anchored to; a longer range is anchored to its first words. */
const maxAnchorCharacters = 5000
/** Maximum characters of a comment; a longer one continues in the next one. */
const maxCommentCharacters = 5000

/** A Word document, ready to be stored. */
export interface WordImport {
  update: Uint8Array
  warnings: string[]
  suggestions: ImportedSuggestion[]
  threads: ImportedThread[]
}

/** Reads a Word document. @throws UnreadableFileError */
export async function importWord(bytes: Uint8Array, by: ImportedBy): Promise<WordImport> {
  const read = readDocument(bytes, by)
  const { content, ranges } = takeMarkers(sanitize(read.content))
  const document = await toDocument(content, read.listStyles)
  const warnings = [...read.warnings]
  return {
    update: Y.encodeStateAsUpdate(document),
    suggestions: collectSuggestions(document, by.userId, read.authors),
    threads: toThreads(document, read.threads, ranges, warnings),
    warnings,
  }
}

async function toDocument(content: JSONContent, listStyles: ReadonlyMap<string, ListStyle>): Promise<Y.Doc> {
  const document = new Y.Doc()
  Y.applyUpdate(document, await contentToUpdate(content))
  const styles = document.getMap<unknown>(listStylesName)
  document.transact(() => {
    for (const [id, style] of listStyles) styles.set(id, style)
    recordSchemaVersion(document)
  })
  return document
}

/** The suggestions in the text, as the server will read them: each item of the text is the importing person's. */
function collectSuggestions(document: Y.Doc, userId: string, authors: ReadonlyMap<string, { name: string }>): ImportedSuggestion[] {
  const { suggestions } = parseSuggestions(document, () => userId, new Set())
  return [...suggestions.values()].flatMap((suggestion) => {
    const author = authors.get(suggestion.id)
    return author ? [{ ...suggestion, authorName: author.name }] : []
  })
}

function toThreads(document: Y.Doc, threads: readonly ReadThread[], ranges: MarkedRanges, warnings: string[]): ImportedThread[] {
  if (threads.length > maxImportedThreads) warnings.push(`Only ${maxImportedThreads} of ${threads.length} comment threads were kept.`)
  const layout = new PositionIndex(document)
  const vector = Buffer.from(Y.encodeStateVector(document)).toString('base64')
  return threads.slice(0, maxImportedThreads).map(({ range, resolved, comments }) => {
    const [from, to] = [ranges.starts.get(range), ranges.ends.get(range)]
    const anchor =
      from === undefined || to === undefined ? null : bind(layout, { from, to: Math.min(to, from + maxAnchorCharacters) }, vector)
    const parts = comments.flatMap(({ author, text }) =>
      splitComment(text).map((part) => ({ authorName: author.name, at: author.at, text: part })),
    )
    if (parts.length > maxImportedComments) warnings.push(`Only ${maxImportedComments} of ${parts.length} comments of a thread were kept.`)
    return { anchor, resolved, comments: parts.slice(0, maxImportedComments) }
  })
}

/** The anchor of a range; null where it has no words. */
function bind(layout: PositionIndex, range: TextRange, vector: string): ImportedThread['anchor'] {
  if (range.to <= range.from) return null
  const slices = layout.slicesIn(range)
  const anchor = layout.createAnchor(slices)
  return anchor ? { anchor, quote: readQuote(slices), signs: characterRangesOf(slices), vector } : null
}

/** The text of a comment in parts that a comment can hold. */
function splitComment(text: string): string[] {
  const characters = Array.from(text.trim())
  const parts: string[] = []
  let part = ''
  for (const character of characters) {
    if (part.length + character.length > maxCommentCharacters) {
      parts.push(part.trim())
      part = ''
    }
    part += character
  }
  const all = [...parts, part.trim()].filter(Boolean)
  return all.length > 0 ? all : ['(This comment has no text.)']
}
