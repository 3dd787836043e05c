/** The suggestions that stand in a text, gathered from its marks and blocks. */
import type { Node } from '@tiptap/pm/model'
import { blockSuggestionOf } from './suggestion.ts'

export interface Suggested {
  id: string
  /** As the text says it; the server knows better. */
  author: string
  at: string
  inserted: string
  deleted: string
  /** What happens to blocks, in words: each once. */
  blocks: string[]
}

const called: Record<string, string> = {
  paragraph: 'paragraph',
  heading: 'heading',
  listItem: 'list item',
  blockquote: 'quote',
  codeBlock: 'code',
  horizontalRule: 'divider',
  table: 'table',
  tableRow: 'table row',
}

function inWords(node: Node): string | null {
  const lies = blockSuggestionOf(node)
  if (!lies) return null
  const name = called[node.type.name] ?? 'block'
  if (lies.kind === 'insert') return `New ${name}`
  if (lies.kind === 'delete') return node.isTextblock ? `Join with the ${name} before` : `Delete the ${name}`
  const level = node.attrs['level'] as number | undefined
  return level ? `Make it heading ${level}` : `Make it a ${name}`
}

/** All suggestions of a text, in its order. */
export function suggestedIn(doc: Node): Suggested[] {
  const found = new Map<string, Suggested>()
  const of = (id: unknown, author: unknown, at: unknown) => {
    const known = found.get(String(id))
    if (known) return known
    const fresh = { id: String(id), author: String(author), at: String(at), inserted: '', deleted: '', blocks: [] }
    found.set(fresh.id, fresh)
    return fresh
  }
  doc.descendants((node) => {
    const lies = blockSuggestionOf(node)
    const words = lies && inWords(node)
    if (lies && words) {
      const { blocks } = of(lies.id, lies.author, lies.at)
      if (!blocks.includes(words)) blocks.push(words)
    }
    for (const { type, attrs } of node.marks) {
      if (type.name === 'insertion') of(attrs['id'], attrs['author'], attrs['at']).inserted += node.text ?? ''
      if (type.name === 'deletion') of(attrs['id'], attrs['author'], attrs['at']).deleted += node.text ?? ''
    }
  })
  return [...found.values()]
}
