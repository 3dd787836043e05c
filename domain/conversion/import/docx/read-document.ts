/** Reads a Word document (ECMA-376) as content of the editor, with its list styles, suggestions and comments. */
import type { JSONContent } from '@tiptap/core'
import { type ListStyle, maxListStyles } from '../../../documents/richtext/list-styles.ts'
import { Assembler } from './assemble.ts'
import { allParagraphs, type Block, type ParagraphBlock } from './blocks.ts'
import { readBlocks } from './body.ts'
import { ChangeTracker, type ImportedAuthor } from './changes.ts'
import { Comments, type ReadThread } from './comments.ts'
import type { ReaderContext } from './context.ts'
import { FieldStack, hasBalancedFields } from './inline/fields.ts'
import { warnOfHeaders } from './headers.ts'
import { isMarker } from './markers.ts'
import { Notes } from './notes.ts'
import { Numbering } from './definitions/numbering.ts'
import { WordPackage } from './package/package.ts'
import { Bookmarks, fitReferences } from './references.ts'
import { StyleSheet } from './definitions/styles.ts'
import { Warnings } from './warnings.ts'
import { child, type XmlElement } from './package/xml.ts'
import { UnreadableFileError } from '../../unreadable-file.ts'

/** What a Word document holds. */
export interface ReadDocument {
  /** Not sanitized, and with the markers of comments (`markers.ts`). */
  content: JSONContent
  listStyles: ReadonlyMap<string, ListStyle>
  /** Who made each suggestion, by its id. */
  authors: ReadonlyMap<string, ImportedAuthor>
  threads: ReadThread[]
  warnings: string[]
}

/** Who imports a document, and when. */
export interface ImportedBy {
  userId: string
  /** ISO 8601. */
  now: string
}

/**
 * Reads a Word document.
 * @throws UnreadableFileError where it is not one, is damaged, or has macros or more than can be read
 */
export function readDocument(bytes: Uint8Array, { userId, now }: ImportedBy): ReadDocument {
  const file = new WordPackage(bytes)
  const root = file.tree(file.main)
  const body = child(root, 'w:body')
  if (!root || !body) throw new UnreadableFileError('This file is an archive, but not a Word document.')
  const context = createContext(file, root, userId, now)
  const blocks = readBlocks(body.children, context)
  const notes = readNotes(context)
  context.bookmarks.bind([...blocks, ...notes.flat()])
  const listStyles = collectListStyles(context)
  const assembler = new Assembler(listStyles)
  const content: JSONContent = { type: 'doc', content: [...assembler.assemble(blocks), ...notesList(notes, assembler)] }
  fitReferences(content, listStyles)
  warn(context, root)
  return { content, listStyles, authors: context.changes.authors, threads: context.comments.threads(), warnings: context.warnings.list() }
}

function createContext(file: WordPackage, root: XmlElement, userId: string, now: string): ReaderContext {
  const styles = new StyleSheet(file.related('styles')?.root)
  return {
    file,
    part: file.main,
    styles,
    numbering: new Numbering(file.related('numbering')?.root, styles),
    warnings: new Warnings(),
    changes: new ChangeTracker(userId, now),
    comments: new Comments(file, now),
    notes: new Notes(file),
    bookmarks: new Bookmarks(),
    fields: new FieldStack(hasBalancedFields(root)),
    moves: { from: undefined, to: undefined },
    counts: { paragraphs: 0, hiddenPlaces: 0 },
    listStyles: new Set(),
  }
}

/** The blocks of each note that the text refers to. Notes may refer to further ones. */
function readNotes(context: ReaderContext): Block[][] {
  const read: Block[][] = []
  for (const { part, element } of context.notes.referenced) {
    const fields = new FieldStack(hasBalancedFields(element))
    const blocks = readBlocks(element.children, { ...context, part, fields })
    if (blocks[0]?.kind === 'paragraph') trimStart(blocks[0])
    read.push(blocks)
  }
  return read
}

/** Removes the space after the number of a note. */
function trimStart(block: ParagraphBlock): void {
  const from = block.content.findIndex((node) => node.text === undefined || (!isMarker(node) && /\S/.test(node.text)))
  const kept = block.content.slice(from)
  if (from >= 0 && kept[0]?.text !== undefined) kept[0] = { ...kept[0], text: kept[0].text.trimStart() }
  if (from >= 0) block.content = [...block.content.slice(0, from).filter(isMarker), ...kept]
}

function notesList(notes: Block[][], assembler: Assembler): JSONContent[] {
  if (notes.length === 0) return []
  const items = notes.map((blocks) => {
    for (const block of allParagraphs(blocks)) block.quoted = false
    return { type: 'listItem', content: assembler.assemble(blocks) }
  })
  return [{ type: 'orderedList', attrs: { start: 1 }, content: items }]
}

function collectListStyles({ listStyles, numbering, warnings }: ReaderContext): Map<string, ListStyle> {
  const styles = new Map<string, ListStyle>()
  for (const id of listStyles) {
    const style = styles.size < maxListStyles ? numbering.listStyle(id) : undefined
    if (style) styles.set(id, style)
  }
  if (listStyles.size > maxListStyles) warnings.add(`Only ${maxListStyles} of ${listStyles.size} list styles were kept.`)
  return styles
}

/** Warns of what was not read with the text. */
function warn({ file, warnings, counts, numbering }: ReaderContext, root: XmlElement): void {
  if (counts.hiddenPlaces > 0)
    warnings.add(`Hidden text was left out in ${counts.hiddenPlaces === 1 ? '1 place' : `${counts.hiddenPlaces} places`}.`)
  warnOfHeaders(file, root, warnings)
  for (const name of numbering.otherFormats) warnings.add(`Numbers in the form “${name.slice(0, 60)}” are shown as digits.`)
  const parts = [file.main, ...file.names.filter((name) => /(foot|end)notes[^/]*\.xml$/i.test(name))]
  const isElsewhere = parts.some((part) => file.relationshipsOf(part).some(({ type, external }) => external && type !== 'hyperlink'))
  if (isElsewhere) warnings.add('References to files elsewhere were left out.')
}
