/** The numbers of an editor's paragraphs and the text of its cross references. How they are counted is in `list-styles.ts`. */
import type { Node } from '@tiptap/pm/model'
import {
  isListStyleId,
  type ListStyle,
  ParagraphCounter,
  type ParagraphNumber,
  type ReferenceTarget,
  writeReference,
} from '../../../domain/documents/richtext/list-styles.ts'

/** A numbered paragraph or heading. */
export interface NumberedParagraph {
  pos: number
  node: Node
  number: ParagraphNumber
}

/** A cross reference and the text that it shows. */
export interface ShownReference {
  pos: number
  text: string
}

export interface ParagraphNumbers {
  paragraphs: NumberedParagraph[]
  references: ShownReference[]
}

/** Counts the numbered paragraphs of a document and resolves its cross references. */
export function numberParagraphs(doc: Node, styles: ReadonlyMap<string, ListStyle>): ParagraphNumbers {
  const counter = new ParagraphCounter(styles)
  const paragraphs: NumberedParagraph[] = []
  const found: { pos: number; node: Node }[] = []
  const targets = new Map<string, ReferenceTarget>()
  doc.descendants((node, pos) => {
    if (node.type.name === 'crossReference') found.push({ pos, node })
    if (!node.isTextblock) return
    const number = node.attrs['listStyle'] ? counter.next(node.attrs) : undefined
    if (number) paragraphs.push({ pos, node, number })
    const bookmark: unknown = node.attrs['bookmark']
    if (isListStyleId(bookmark) && !targets.has(bookmark)) targets.set(bookmark, { number, text: node.textContent })
  })
  const references = found.map(({ pos, node: { attrs } }) => ({
    pos,
    text: writeReference(attrs['kind'], targets.get(String(attrs['target'])), attrs['text']),
  }))
  return { paragraphs, references }
}
