/** Collects the suggestions in a text from its marks and blocks. */
import type { Node } from '@tiptap/pm/model'
import type { SuggestionRecord } from '../../lib/api-types.ts'
import { readSuggestionOfBlock } from './suggestion.ts'

export interface TextSuggestion {
  id: string
  /** As the text says; the server verifies it. */
  author: string
  at: string
  inserted: string
  deleted: string
  /** Descriptions of the block changes, without duplicates. */
  blocks: string[]
}

const blockLabels: Record<string, string> = {
  paragraph: 'paragraph',
  heading: 'heading',
  listItem: 'list item',
  blockquote: 'quote',
  codeBlock: 'code',
  horizontalRule: 'divider',
  table: 'table',
  tableRow: 'table row',
}

function describeBlockChange(node: Node): string | null {
  const suggestion = readSuggestionOfBlock(node)
  if (!suggestion) return null
  const name = blockLabels[node.type.name] ?? 'block'
  if (suggestion.kind === 'insert') return `New ${name}`
  if (suggestion.kind === 'delete') return node.isTextblock ? `Join with the ${name} before` : `Delete the ${name}`
  const level = node.attrs['level'] as number | undefined
  return level ? `Make it heading ${level}` : `Make it a ${name}`
}

/** All suggestions of a text, in document order. */
export function listSuggestions(doc: Node): TextSuggestion[] {
  const found = new Map<string, TextSuggestion>()
  const getOrAdd = (id: unknown, author: unknown, at: unknown) => {
    const known = found.get(String(id))
    if (known) return known
    const added = { id: String(id), author: String(author), at: String(at), inserted: '', deleted: '', blocks: [] }
    found.set(added.id, added)
    return added
  }
  doc.descendants((node) => {
    const suggestion = readSuggestionOfBlock(node)
    const description = suggestion && describeBlockChange(node)
    if (suggestion && description) {
      const { blocks } = getOrAdd(suggestion.id, suggestion.author, suggestion.at)
      if (!blocks.includes(description)) blocks.push(description)
    }
    for (const { type, attrs } of node.marks) {
      if (type.name === 'insertion') getOrAdd(attrs['id'], attrs['author'], attrs['at']).inserted += node.text ?? ''
      if (type.name === 'deletion') getOrAdd(attrs['id'], attrs['author'], attrs['at']).deleted += node.text ?? ''
    }
  })
  return [...found.values()]
}

/** A suggestion with its author's name. */
export interface AttributedSuggestion extends TextSuggestion {
  /** The id of its marks in the text. */
  mark: string
  name: string
}

/**
 * Adds the authors, as the server verified them. A suggestion that the server does not know yet has the author that the text says.
 * @param nameOf gives the name of a user id
 */
export function attributeSuggestions(
  suggestions: TextSuggestion[],
  records: readonly SuggestionRecord[],
  nameOf: (userId: string) => string,
): AttributedSuggestion[] {
  return suggestions.flatMap((suggestion) => {
    // Text of several people may carry the same mark: each is a suggestion of its own.
    const known = records.filter(({ mark }) => mark === suggestion.id)
    if (known.length === 0) return [{ ...suggestion, mark: suggestion.id, name: nameOf(suggestion.author) }]
    return known.map(({ id, userId, name, inserted, deleted }) => {
      const words = known.length > 1 ? { inserted, deleted } : {}
      return { ...suggestion, ...words, id, mark: suggestion.id, author: userId ?? '', name: name ?? 'SmartStart' }
    })
  })
}
