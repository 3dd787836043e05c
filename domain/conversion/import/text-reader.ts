/** Reads plain text: each line is a line, and an empty line separates paragraphs. Spaces are kept; nothing in it is markup. */
import type { JSONContent } from '@tiptap/core'
import type { ReadFile } from './html-reader.ts'

/** Reads a plain text. */
export function readPlainText(text: string): ReadFile {
  const content: JSONContent[] = []
  let lines: string[] = []
  const finish = () => {
    if (lines.length > 0) content.push(createParagraph(lines))
    lines = []
  }
  for (const line of text.split(/\r\n?|[\n\u2028]/)) {
    for (const [place, part] of line.split(/[\f\v\u2029]/).entries()) {
      if (place > 0) finish()
      if (part.trim() === '') finish()
      else lines.push(part)
    }
  }
  finish()
  return { content: { type: 'doc', content }, warnings: [] }
}

const createParagraph = (lines: string[]): JSONContent => ({
  type: 'paragraph',
  content: lines.flatMap((line, place) => [...(place > 0 ? [{ type: 'hardBreak' }] : []), { type: 'text', text: line.trimEnd() }]),
})
