/** Suggestions on whole blocks of a live document. */
import * as Y from 'yjs'
import { readText } from './positions.ts'
import { parseBlockSuggestion } from './suggestion-attributes.ts'

/** The suggestion on a block, if there is one. */
export const getBlockSuggestion = (element: Y.XmlElement) => parseBlockSuggestion(element.getAttribute('suggestion'))

/** Blocks that are inserted and deleted as a whole, with their content. */
export const isAtomicBlock = ({ nodeName }: Y.XmlElement): boolean =>
  ['table', 'tableRow', 'tableCell', 'tableHeader', 'codeBlock', 'horizontalRule'].includes(nodeName)

/** All text of a block and the blocks in it. */
export function readAllText(element: Y.XmlElement): string {
  return element
    .toArray()
    .map((child) => {
      if (child instanceof Y.XmlText) return readText({ text: child, block: element, index: 0, length: child.length })
      return child instanceof Y.XmlElement ? readAllText(child) : ''
    })
    .join('')
}
