/** Rich text as a browser writes it: blocks in the root `default`, each with one `Y.XmlText`. */
import { prosemirrorJSONToYDoc } from '@tiptap/y-tiptap'
import * as Y from 'yjs'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'

export const getRoot = (document: Y.Doc): Y.XmlFragment => document.getXmlFragment('default')

/** Appends paragraphs. */
export function writeParagraphs(document: Y.Doc, ...paragraphs: string[]): void {
  const blocks = paragraphs.map((words) => {
    const block = new Y.XmlElement('paragraph')
    block.insert(0, [new Y.XmlText(words)])
    return block
  })
  getRoot(document).insert(getRoot(document).length, blocks)
}

/** The text of a top-level block, by its index. */
export const getBlockText = (document: Y.Doc, index: number): Y.XmlText =>
  (getRoot(document).get(index) as Y.XmlElement).get(0) as Y.XmlText

/** The characters of a text, without marks. */
export const toPlainText = (text: Y.XmlText): string =>
  (text.toDelta() as { insert: unknown }[]).map(({ insert }) => (typeof insert === 'string' ? insert : '')).join('')

/** The characters of all blocks, one line for each. */
export function readText(document: Y.Doc): string {
  const lines: string[] = []
  const walk = (parent: Y.XmlFragment | Y.XmlElement) => {
    const texts = parent.toArray().filter((child) => child instanceof Y.XmlText)
    if (texts.length > 0 || parent.length === 0) lines.push(texts.map(toPlainText).join(''))
    for (const child of parent.toArray()) if (child instanceof Y.XmlElement) walk(child)
  }
  for (const child of getRoot(document).toArray()) if (child instanceof Y.XmlElement) walk(child)
  return lines.join('\n')
}

/** Creates an anchor as the editor does: on the first occurrence of some words in a block. */
export function createBlockAnchor(document: Y.Doc, index: number, words: string): { start: string; end: string } {
  const text = getBlockText(document, index)
  const from = toPlainText(text).indexOf(words)
  if (from === -1) throw new Error(`no "${words}" in "${toPlainText(text)}"`)
  return createRangeAnchor(text, from, text, from + words.length)
}

export function createRangeAnchor(first: Y.XmlText, from: number, last: Y.XmlText, to: number): { start: string; end: string } {
  const encode = (position: Y.RelativePosition) => Buffer.from(Y.encodeRelativePosition(position)).toString('base64')
  return {
    start: encode(Y.createRelativePositionFromTypeIndex(first, from, -1)),
    end: encode(Y.createRelativePositionFromTypeIndex(last, to, -1)),
  }
}

/** Creates an anchor on the first occurrence of some words in the whole document. */
export function createAnchorOn(document: Y.Doc, words: string): { start: string; end: string } {
  const queue: unknown[] = [getRoot(document)]
  for (let part = queue.shift(); part; part = queue.shift()) {
    if (part instanceof Y.XmlText) {
      const from = toPlainText(part).indexOf(words)
      if (from !== -1) return createRangeAnchor(part, from, part, from + words.length)
    } else if (part instanceof Y.XmlFragment) queue.unshift(...part.toArray())
  }
  throw new Error(`no "${words}" in ${getRoot(document).toString()}`)
}

/** The attributes of a suggestion's marks. */
export interface SuggestionAttributes {
  id: string
  author: string
  at: string
}

/** The attribute name of a suggestion's mark, as the editor writes it. */
export function suggestionMarkKey(kind: 'insertion' | 'deletion', attrs: SuggestionAttributes): string {
  const content = [{ type: 'paragraph', content: [{ type: 'text', text: 'x', marks: [{ type: kind, attrs }] }] }]
  const document = prosemirrorJSONToYDoc(proseSchema, { type: 'doc', content }, 'default')
  return Object.keys((getBlockText(document, 0).toDelta() as { attributes: object }[])[0]?.attributes ?? {})[0] as string
}

/** Inserts words as an editor does in suggestion mode. */
export const suggestInsertion = (text: Y.XmlText, index: number, words: string, attributes: SuggestionAttributes) =>
  text.insert(index, words, { [suggestionMarkKey('insertion', attributes)]: attributes })

/** Marks words as deleted, as an editor does in suggestion mode. */
export const suggestDeletion = (text: Y.XmlText, index: number, length: number, attributes: SuggestionAttributes) =>
  text.format(index, length, { [suggestionMarkKey('deletion', attributes)]: attributes })
