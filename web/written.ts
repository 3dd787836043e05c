import type { JSONContent } from '@tiptap/core'
import type { Authorship } from './contract.ts'

/** The name of the mark that says whose words they are. */
export const writerMark = 'writer'

/**
 * Marks each piece of a text with who wrote it, each field with who filled it. The runs hold the same words in the same order, with line
 * ends between blocks; words that they do not hold stay unmarked.
 * @param variables values of the fields, by name
 */
export function withWriters(content: JSONContent, runs: Authorship['runs'], variables: Record<string, string>): JSONContent {
  const all = runs.map(({ text }) => text).join('')
  let place = 0
  let run = 0
  let runEnd = runs[0]?.text.length ?? 0

  function pieces(node: JSONContent): JSONContent[] {
    const text = node.text as string
    const found = all.indexOf(text, place)
    if (found === -1) return [node]
    const cut: JSONContent[] = []
    const end = found + text.length
    place = found
    while (place < end) {
      while (place >= runEnd && run < runs.length - 1) runEnd += runs[++run]?.text.length ?? 0
      const stop = Math.min(end, Math.max(runEnd, place + 1))
      const mark = { type: writerMark, attrs: { userId: runs[run]?.userId ?? null } }
      cut.push({ ...node, text: text.slice(place - found, stop - found), marks: [mark, ...(node.marks ?? [])] })
      place = stop
    }
    return cut
  }
  /** A field stands whole, however long its value. */
  function field(node: JSONContent): JSONContent {
    const name = String(node.attrs?.['name'] ?? '')
    const [first] = pieces({ ...node, text: variables[name] ?? `{{${name}}}` })
    return { ...node, ...(first?.marks && { marks: first.marks }) }
  }
  const walk = (node: JSONContent): JSONContent[] => {
    if (node.text !== undefined) return pieces(node)
    if (node.type === 'variable') return [field(node)]
    return [{ ...node, ...(node.content && { content: node.content.flatMap(walk) }) }]
  }
  return walk(content)[0] as JSONContent
}
