/**
 * The form in which our templates are written, one block a line: `# ` and `## ` headings, `- ` and `1. ` items, `{{name}}` a variable,
 * `**words**` strong ones; everything else a paragraph.
 */
import type { JSONContent } from '@tiptap/core'

/** Names of the variables in a text, in its order, each once. */
export const variablesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/\{\{([^}]+)\}\}/g)].map(([, name]) => name as string)),
]

/** A text of our form as the editor's JSON. */
export function contentFrom(text: string): JSONContent {
  const blocks: JSONContent[] = []
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (!line) continue
    const [, hashes, title] = /^(#{1,3}) (.+)$/.exec(line) ?? []
    const [, sign, words] = /^(-|\d+\.) (.+)$/.exec(line) ?? []
    if (hashes) blocks.push({ type: 'heading', attrs: { level: hashes.length }, content: wordsFrom(title as string) })
    else if (sign) addItem(blocks, sign === '-' ? 'bulletList' : 'orderedList', words as string)
    else blocks.push({ type: 'paragraph', content: wordsFrom(line) })
  }
  return { type: 'doc', content: blocks }
}

/** Items that follow each other are one list. */
function addItem(blocks: JSONContent[], type: string, words: string): void {
  const item = { type: 'listItem', content: [{ type: 'paragraph', content: wordsFrom(words) }] }
  const last = blocks.at(-1)
  if (last?.type === type) last.content?.push(item)
  else blocks.push({ type, content: [item] })
}

function wordsFrom(line: string): JSONContent[] {
  return line
    .split(/(\{\{[^}]+\}\}|\*\*[^*]+\*\*)/)
    .filter((part) => part !== '')
    .flatMap((part): JSONContent[] => {
      if (part.startsWith('{{')) return [{ type: 'variable', attrs: { name: part.slice(2, -2) } }]
      if (part.startsWith('**')) return [{ type: 'text', text: part.slice(2, -2), marks: [{ type: 'bold' }] }]
      return [{ type: 'text', text: part }]
    })
}
