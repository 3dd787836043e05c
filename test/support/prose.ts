/** A text as a browser writes it: blocks in the root `default`, with one text in each. */
import { prosemirrorJSONToYDoc } from '@tiptap/y-tiptap'
import * as Y from 'yjs'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'

export const getRoot = (document: Y.Doc): Y.XmlFragment => document.getXmlFragment('default')

/** Writes paragraphs at the end. */
export function writeParagraphs(document: Y.Doc, ...paragraphs: string[]): void {
  const blocks = paragraphs.map((words) => {
    const block = new Y.XmlElement('paragraph')
    block.insert(0, [new Y.XmlText(words)])
    return block
  })
  getRoot(document).insert(getRoot(document).length, blocks)
}

/** The text of a block, by its place among all. */
export const getBlockText = (document: Y.Doc, place: number): Y.XmlText =>
  (getRoot(document).get(place) as Y.XmlElement).get(0) as Y.XmlText

/** The words of a text, without what is marked on them. */
export const toPlainText = (text: Y.XmlText): string =>
  (text.toDelta() as { insert: unknown }[]).map(({ insert }) => (typeof insert === 'string' ? insert : '')).join('')

/** The words of all blocks, a line each. */
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

/** An anchor as the editor makes it: from the first appearance of some words in a block to their end. */
export function createBlockAnchor(document: Y.Doc, place: number, words: string): { start: string; end: string } {
  const text = getBlockText(document, place)
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

/** An anchor on the first appearance of some words in the whole text, wherever they stand. */
export function createAnchorOn(document: Y.Doc, words: string): { start: string; end: string } {
  const waiting: unknown[] = [getRoot(document)]
  for (let part = waiting.shift(); part; part = waiting.shift()) {
    if (part instanceof Y.XmlText) {
      const from = toPlainText(part).indexOf(words)
      if (from !== -1) return createRangeAnchor(part, from, part, from + words.length)
    } else if (part instanceof Y.XmlFragment) waiting.unshift(...part.toArray())
  }
  throw new Error(`no "${words}" in ${getRoot(document).toString()}`)
}

/** Who suggests, as a mark says it. */
export interface SuggestionAttributes {
  id: string
  author: string
  at: string
}

/** A mark's name among the attributes of a text, as the editor writes it. */
export function suggestionMarkKey(kind: 'insertion' | 'deletion', attrs: SuggestionAttributes): string {
  const content = [{ type: 'paragraph', content: [{ type: 'text', text: 'x', marks: [{ type: kind, attrs }] }] }]
  const document = prosemirrorJSONToYDoc(proseSchema, { type: 'doc', content }, 'default')
  return Object.keys((getBlockText(document, 0).toDelta() as { attributes: object }[])[0]?.attributes ?? {})[0] as string
}

/** Words as an editor types them in suggestion mode. */
export const suggestInsertion = (text: Y.XmlText, index: number, words: string, attributes: SuggestionAttributes) =>
  text.insert(index, words, { [suggestionMarkKey('insertion', attributes)]: attributes })

/** Words as an editor strikes them in suggestion mode. */
export const suggestDeletion = (text: Y.XmlText, index: number, length: number, attributes: SuggestionAttributes) =>
  text.format(index, length, { [suggestionMarkKey('deletion', attributes)]: attributes })
