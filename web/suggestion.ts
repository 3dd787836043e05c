/** A suggestion in the text, as the editor sees it: attributes of marks on words, and of blocks. */
import type { Node, ResolvedPos } from '@tiptap/pm/model'
import { type BlockSuggestion, suggestibleBlocks } from '../domain/documents/prose.ts'

/** Who suggests. The server looks whether the author is true. */
export interface Suggester {
  author: string
  newId: () => string
  /** The time, as ISO text. */
  now: () => string
}

/** What the marks of one suggestion have in common. */
export interface Lead {
  id: string
  author: string
  at: string
}

/** Whether a suggestion can lie on this block. */
export const isSuggestible = ({ type }: Node): boolean => suggestibleBlocks.includes(type.name)

/** The suggestion that lies on a block. Clients wrote it, so it may be anything: what is none is left aside. */
export function blockSuggestionOf({ attrs }: Pick<Node, 'attrs'>): BlockSuggestion | null {
  const text: unknown = attrs['suggestion']
  if (typeof text !== 'string') return null
  try {
    const { id, kind, author, at, was } = JSON.parse(text) as Partial<BlockSuggestion>
    const whole = typeof id === 'string' && typeof author === 'string' && ['insert', 'delete', 'change'].includes(kind ?? '')
    return whole ? ({ id, kind, author, at: String(at), ...(was && { was }) } as BlockSuggestion) : null
  } catch {
    return null
  }
}

/** Whether a block came by a suggestion of this person's own. */
export function isOwnBlock(node: Node, author: string): boolean {
  const lies = blockSuggestionOf(node)
  return lies?.kind === 'insert' && lies.author === author
}

/** Whether words were suggested by this person, and so can go without asking anybody. */
export function isOwnWord({ marks }: Node, author: string): boolean {
  return marks.some(({ type, attrs }) => type.name === 'insertion' && attrs['author'] === author)
}

function leadOf(node: Node | null | undefined, author: string): Lead | null {
  const mark = node?.marks.find(({ type, attrs }) => /^(insertion|deletion)$/.test(type.name) && attrs['author'] === author)
  return mark ? (mark.attrs as Lead) : null
}

function leadAround($place: ResolvedPos, author: string): Lead | null {
  for (let depth = $place.depth; depth > 0; depth--) {
    const lies = blockSuggestionOf($place.node(depth))
    if (lies?.kind === 'insert' && lies.author === author) return { id: lies.id, author, at: lies.at }
  }
  return null
}

/** The suggestion that a change between two places continues: one's own that is beside it, or a new one. */
export function leadFor($from: ResolvedPos, $to: ResolvedPos, { author, newId, now }: Suggester): Lead {
  const beside = leadOf($from.nodeBefore, author) ?? leadOf($to.nodeAfter, author) ?? leadAround($from, author)
  return beside ?? { id: newId(), author, at: now() }
}

/** Whether everything between two places is one's own suggestion. */
export function isAllOwn(doc: Node, from: number, to: number, author: string): boolean {
  let own = true
  doc.nodesBetween(from, to, (node, pos) => {
    if (node.isText) own &&= isOwnWord(node, author)
    else if (pos < from) return true
    // What a block of one's own holds was written or moved there by oneself, but its words have marks of their own.
    else if (isSuggestible(node)) own &&= isOwnBlock(node, author) || insideOwn(doc.resolve(pos), from, author)
    else if (node.isInline) own = false
    return own
  })
  return own
}

function insideOwn($place: ResolvedPos, from: number, author: string): boolean {
  for (let depth = $place.depth; depth > 0; depth--) {
    if ($place.before(depth) >= from && isOwnBlock($place.node(depth), author)) return true
  }
  return false
}
