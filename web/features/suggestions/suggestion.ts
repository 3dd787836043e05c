/** Suggestions in the editor: attributes of marks on text, and of blocks. */
import type { Node, ResolvedPos } from '@tiptap/pm/model'
import { type BlockSuggestion, suggestibleBlocks } from '../../../domain/documents/richtext/schema.ts'
import { inlineAtoms } from '../../../domain/documents/richtext/yjs-content.ts'
import { parseBlockSuggestion } from '../../../domain/documents/richtext/suggestion-attributes.ts'

/** The suggesting user. The server verifies the author. */
export interface Suggester {
  author: string
  newId: () => string
  /** Returns the time as an ISO 8601 string. */
  now: () => string
}

/** The attributes that all marks of one suggestion share. */
export interface SuggestionAttrs {
  id: string
  author: string
  at: string
}

/** Whether a node carries marks in the document: text, fields, cross references and line breaks. */
export const isMarkable = ({ isText, type }: Node): boolean => isText || inlineAtoms.includes(type.name)

/** Whether a block can carry a suggestion. */
export const isSuggestible = ({ type }: Node): boolean => suggestibleBlocks.includes(type.name)

/** The suggestion on a block, or null. */
export const readSuggestionOfBlock = ({ attrs }: Pick<Node, 'attrs'>): BlockSuggestion | null =>
  parseBlockSuggestion(attrs['suggestion']) ?? null

/** Whether the author's own suggestion inserted a block. */
export function isOwnBlock(node: Node, author: string): boolean {
  const suggestion = readSuggestionOfBlock(node)
  return suggestion?.kind === 'insert' && suggestion.author === author
}

/** Whether a position is in a block that the author's own suggestion inserted. */
export function isInOwnBlock($place: ResolvedPos, author: string): boolean {
  for (let depth = $place.depth; depth > 0; depth--) if (isOwnBlock($place.node(depth), author)) return true
  return false
}

/** Whether the author suggested this text. It can be deleted without a suggestion. */
export function isOwnWord({ marks }: Node, author: string): boolean {
  return marks.some(({ type, attrs }) => type.name === 'insertion' && attrs['author'] === author)
}

function findAttrsOnWords(node: Node | null | undefined, author: string): SuggestionAttrs | null {
  const mark = node?.marks.find(({ type, attrs }) => /^(insertion|deletion)$/.test(type.name) && attrs['author'] === author)
  return mark ? (mark.attrs as SuggestionAttrs) : null
}

function findAttrsAround($place: ResolvedPos, author: string): SuggestionAttrs | null {
  for (let depth = $place.depth; depth > 0; depth--) {
    const suggestion = readSuggestionOfBlock($place.node(depth))
    if (suggestion?.kind === 'insert' && suggestion.author === author) return { id: suggestion.id, author, at: suggestion.at }
  }
  return null
}

/**
 * The suggestion that a change continues: an adjacent one of the same author in the same block, or a new one. A change over several blocks
 * is a suggestion of its own.
 */
export function getSuggestionAttrs(
  $from: ResolvedPos,
  $to: ResolvedPos,
  { author, newId, now }: Suggester,
  isSplit = false,
): SuggestionAttrs {
  const isInOneBlock = $from.sameParent($to) && !isSplit
  const existing = isInOneBlock
    ? (findAttrsOnWords($from.nodeBefore, author) ?? findAttrsOnWords($to.nodeAfter, author) ?? findAttrsAround($from, author))
    : null
  return existing ?? { id: newId(), author, at: now() }
}

/** Whether everything in a range is the author's own suggestion. */
export function isAllOwn(doc: Node, from: number, to: number, author: string): boolean {
  let isOwn = true
  doc.nodesBetween(from, to, (node, pos) => {
    if (isMarkable(node)) isOwn &&= isOwnWord(node, author)
    else if (pos < from) return true
    // Blocks inside an own block are own, but their text has marks of its own.
    else if (isSuggestible(node)) isOwn &&= isOwnBlock(node, author) || isInsideOwnBlock(doc.resolve(pos), from, author)
    else if (node.isInline || node.isAtom) isOwn = false
    return isOwn
  })
  return isOwn
}

function isInsideOwnBlock($place: ResolvedPos, from: number, author: string): boolean {
  for (let depth = $place.depth; depth > 0; depth--) {
    if ($place.before(depth) >= from && isOwnBlock($place.node(depth), author)) return true
  }
  return false
}
