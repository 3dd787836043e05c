/**
 * The markup of templates, one block a line: `# ` and `## ` headings, `- ` and `1. ` items, `{{name}}` a variable, `**words**` bold;
 * everything else is a paragraph.
 */
import type { JSONContent } from '@tiptap/core'

/** Names of the variables in a text, in order, each once. */
export const listVariables = (text: string): string[] => [
  ...new Set([...text.matchAll(/\{\{([^}]+)\}\}/g)].map(([, name]) => name as string)),
]

/** Parses template markup to the editor's JSON. */
export function parseTemplate(text: string): JSONContent {
  const blocks: JSONContent[] = []
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (!line) continue
    const [, hashes, title] = /^(#{1,3}) (.+)$/.exec(line) ?? []
    const [, sign, words] = /^(-|\d+\.) (.+)$/.exec(line) ?? []
    if (hashes) blocks.push({ type: 'heading', attrs: { level: hashes.length }, content: parseInline(title as string) })
    else if (sign) addItem(blocks, sign === '-' ? 'bulletList' : 'orderedList', words as string)
    else blocks.push({ type: 'paragraph', content: parseInline(line) })
  }
  return { type: 'doc', content: blocks }
}

/** Adds an item to the list before it, or starts a list. */
function addItem(blocks: JSONContent[], type: string, words: string): void {
  const item = { type: 'listItem', content: [{ type: 'paragraph', content: parseInline(words) }] }
  const last = blocks.at(-1)
  if (last?.type === type) last.content?.push(item)
  else blocks.push({ type, content: [item] })
}

function parseInline(line: string): JSONContent[] {
  return line
    .split(/(\{\{[^}]+\}\}|\*\*[^*]+\*\*)/)
    .filter((part) => part !== '')
    .flatMap((part): JSONContent[] => {
      if (part.startsWith('{{')) return [{ type: 'variable', attrs: { name: part.slice(2, -2) } }]
      if (part.startsWith('**')) return [{ type: 'text', text: part.slice(2, -2), marks: [{ type: 'bold' }] }]
      return [{ type: 'text', text: part }]
    })
}
