/** What Markdown cannot hold of a document. */
import type { JSONContent } from '@tiptap/core'

/** Warnings about what a Markdown file shows in another way. */
export function findMarkdownLosses(content: JSONContent): string[] {
  let [hasSpans, hasBlocks] = [false, false]
  const walk = (part: JSONContent) => {
    if (part.type === 'tableCell' || part.type === 'tableHeader') {
      hasSpans ||= Number(part.attrs?.colspan ?? 1) > 1 || Number(part.attrs?.rowspan ?? 1) > 1
      hasBlocks ||= (part.content ?? []).some(({ type }) => type !== 'paragraph')
    }
    for (const child of part.content ?? []) walk(child)
  }
  walk(content)
  return [
    ...(hasSpans ? ['Tables in Markdown have no merged cells: the text of a merged cell is in its first cell.'] : []),
    ...(hasBlocks ? ['Cells in Markdown have only lines of text: lists, headings and tables in cells are written as lines.'] : []),
  ]
}
