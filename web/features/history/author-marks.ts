import type { JSONContent } from '@tiptap/core'
import type { Authorship } from '../../lib/api-types.ts'

/** The name of the mark that carries the author of a text. */
export const authorMarkName = 'writer'

/**
 * Marks each piece of a text with its author, and each field with the author of its value. The runs hold the same words in the same order,
 * with line breaks between blocks; words that are not in the runs stay unmarked.
 * @param variables values of the fields, by name
 */
export function markAuthors(content: JSONContent, runs: Authorship['runs'], variables: Record<string, string>): JSONContent {
  const allText = runs.map(({ text }) => text).join('')
  let position = 0
  let runIndex = 0
  let runEnd = runs[0]?.text.length ?? 0

  function splitByAuthor(node: JSONContent): JSONContent[] {
    const text = node.text as string
    const start = allText.indexOf(text, position)
    if (start === -1) return [node]
    const pieces: JSONContent[] = []
    const end = start + text.length
    position = start
    while (position < end) {
      while (position >= runEnd && runIndex < runs.length - 1) runEnd += runs[++runIndex]?.text.length ?? 0
      const pieceEnd = Math.min(end, Math.max(runEnd, position + 1))
      const mark = { type: authorMarkName, attrs: { userId: runs[runIndex]?.userId ?? null } }
      pieces.push({ ...node, text: text.slice(position - start, pieceEnd - start), marks: [mark, ...(node.marks ?? [])] })
      position = pieceEnd
    }
    return pieces
  }
  /** A field gets one author, however long its value. */
  function markField(node: JSONContent): JSONContent {
    const name = String(node.attrs?.['name'] ?? '')
    const [first] = splitByAuthor({ ...node, text: variables[name] ?? `{{${name}}}` })
    return { ...node, ...(first?.marks && { marks: first.marks }) }
  }
  const markNode = (node: JSONContent): JSONContent[] => {
    if (node.text !== undefined) return splitByAuthor(node)
    if (node.type === 'variable') return [markField(node)]
    return [{ ...node, ...(node.content && { content: node.content.flatMap(markNode) }) }]
  }
  return markNode(content)[0] as JSONContent
}
