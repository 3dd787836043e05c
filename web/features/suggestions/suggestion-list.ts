/** Collects the suggestions in a text from its marks and blocks. */
import type { Mark, Node, ResolvedPos } from '@tiptap/pm/model'
import type { BlockSuggestion } from '../../../domain/documents/richtext/schema.ts'
import { containerNames, parseChangedFormats } from '../../../domain/documents/richtext/suggestion-attributes.ts'
import type { SuggestionRecord } from '../../lib/api-types.ts'
import { readSuggestionOfBlock } from './suggestion.ts'

export interface TextSuggestion {
  id: string
  /** As the text says; the server verifies it. */
  author: string
  at: string
  inserted: string
  deleted: string
  /** The text whose format changes. */
  formatted: string
  /** Descriptions of the changes of blocks and formats, without duplicates. */
  changes: string[]
}

const blockLabels: Record<string, string> = {
  paragraph: 'paragraph',
  heading: 'heading',
  listItem: 'list item',
  taskItem: 'task',
  blockquote: 'quote',
  codeBlock: 'code',
  horizontalRule: 'divider',
  table: 'table',
  tableRow: 'table row',
  tableCell: 'table column',
  tableHeader: 'table column',
}

const containerLabels: Record<string, string> = {
  bulletList: 'bulleted list',
  orderedList: 'numbered list',
  taskList: 'task list',
  blockquote: 'quote',
}

const formatLabels: Record<string, string> = {
  bold: 'Bold',
  italic: 'Italic',
  underline: 'Underline',
  strike: 'Strikethrough',
  code: 'Code',
  superscript: 'Superscript',
  subscript: 'Subscript',
  link: 'Link',
}

/** Describes a suggested format: "Bold", "Remove italic". */
function describeFormats(attrs: Mark['attrs']): string[] {
  const [added, removed] = [attrs['added'], attrs['removed']].map((formats) =>
    parseChangedFormats(formats).map(({ type }) => formatLabels[type] ?? type),
  )
  return [...(added ?? []), ...(removed ?? []).map((label) => `Remove ${label.toLowerCase()}`)]
}

/** Describes the list or quote that a block was moved into or out of; null if it stays in the same ones. */
function describeContainers(was: string[] | undefined, within: string[]): string | null {
  if (!was || was.join() === within.join()) return null
  const [before, after] = [was, within].map((names) => names.filter((name) => name in containerLabels))
  const last = after?.at(-1)
  if ((before?.length ?? 0) > (after?.length ?? 0))
    return last ? 'Decrease the indent' : `Remove from the ${containerLabels[before?.at(-1) ?? '']}`
  if (before?.at(-1) === last && before?.length !== after?.length) return 'Increase the indent'
  return `Make it a ${containerLabels[last ?? '']}`
}

function describeBlockChange(node: Node, suggestion: BlockSuggestion, within: string[]): string {
  const name = blockLabels[node.type.name] ?? 'block'
  if (suggestion.kind === 'insert') return `New ${name}`
  if (suggestion.kind === 'delete') return node.isTextblock ? `Join with the ${name} before` : `Delete the ${name}`
  const moved = describeContainers(suggestion.was?.within, within)
  if (moved) return moved
  const level = node.attrs['level'] as number | undefined
  return level ? `Make it heading ${level}` : `Make it a ${name}`
}

/**
 * All suggestions of a text, in document order.
 * @param getInlineText gives what a field or line break shows
 */
export function listSuggestions(doc: Node, getInlineText: (node: Node) => string): TextSuggestion[] {
  const found = new Map<string, TextSuggestion>()
  const getOrAdd = (id: unknown, author: unknown, at: unknown) => {
    const known = found.get(String(id))
    if (known) return known
    const added = { id: String(id), author: String(author), at: String(at), inserted: '', deleted: '', formatted: '', changes: [] }
    found.set(added.id, added)
    return added
  }
  doc.descendants((node, pos) => {
    const suggestion = readSuggestionOfBlock(node)
    if (suggestion) {
      const description = describeBlockChange(node, suggestion, readContainers(doc.resolve(pos)))
      addOnce(getOrAdd(suggestion.id, suggestion.author, suggestion.at).changes, description)
    }
    const text = node.isText ? (node.text ?? '') : node.isInline ? getInlineText(node) : ''
    for (const { type, attrs } of node.marks) {
      const field = textFields[type.name]
      if (!field) continue
      const found = getOrAdd(attrs['id'], attrs['author'], attrs['at'])
      found[field] += text
      if (field === 'formatted') for (const description of describeFormats(attrs)) addOnce(found.changes, description)
    }
  })
  return [...found.values()]
}

const textFields: Record<string, 'inserted' | 'deleted' | 'formatted'> = {
  insertion: 'inserted',
  deletion: 'deleted',
  formatChange: 'formatted',
}

function addOnce(descriptions: string[], description: string) {
  if (!descriptions.includes(description)) descriptions.push(description)
}

/** Names of the lists and quotes around a position, the outermost first. */
function readContainers($pos: ResolvedPos): string[] {
  const names = Array.from({ length: $pos.depth }, (_, index) => $pos.node(index + 1).type.name)
  return names.slice(names.findLastIndex((name) => name.startsWith('table')) + 1).filter((name) => containerNames.includes(name))
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
