/** Words that come and go as suggestions, and the blocks between them. */
import { Fragment, type Mark, type Node, Slice } from '@tiptap/pm/model'
import type { Transaction } from '@tiptap/pm/state'
import { canJoin, replaceStep } from '@tiptap/pm/transform'
import type { BlockSuggestion } from '../domain/documents/prose.ts'
import { blockSuggestionOf, isAllOwn, isOwnBlock, isOwnWord, isSuggestible, type Lead, leadFor, type Suggester } from './suggestion.ts'

const isSuggestionMark = ({ type }: Mark) => type.name === 'insertion' || type.name === 'deletion'

/** The same content as newly suggested: without what was suggested about it where it comes from. */
function dressed(content: Fragment, lead: Lead): Fragment {
  const nodes: Node[] = []
  content.forEach((node) => {
    if (node.isText) {
      const kept = node.marks.filter((mark) => !isSuggestionMark(mark))
      nodes.push(
        node.mark(
          (node.type.schema.marks['insertion'] as NonNullable<(typeof node.type.schema.marks)[string]>).create(lead).addToSet(kept),
        ),
      )
    } else {
      const attrs = 'suggestion' in node.attrs ? { ...node.attrs, suggestion: null } : node.attrs
      nodes.push(node.type.create(attrs, dressed(node.content, lead), node.marks))
    }
  })
  return Fragment.fromArray(nodes)
}

/** Whether words between two places could carry a mark: those of a code block cannot. */
function canCarry(doc: Node, from: number, to: number): boolean {
  const mark = doc.type.schema.marks['insertion']
  const carries = ({ inlineContent, type }: Node) => !inlineContent || (mark !== undefined && type.allowsMarkType(mark))
  let can = carries(doc.resolve(from).parent) && carries(doc.resolve(to).parent)
  doc.nodesBetween(from, to, (node, pos) => {
    // a whole block goes by its own attribute
    if (pos < from) can &&= carries(node)
    return can
  })
  return can
}

/** Whether breaks or live fields are in it: they carry no mark, so they would come as if nobody suggested them. */
function hasUnmarked(content: Fragment): boolean {
  let found = false
  content.descendants((node) => {
    found ||= node.isInline && !node.isText
  })
  return found
}

/** Lays a suggestion on a block; a block that is part of one that comes or goes has none of its own. */
function lay(next: Transaction, pos: number, kind: 'insert' | 'delete', lead: Lead) {
  next.setNodeAttribute(pos, 'suggestion', JSON.stringify({ ...lead, kind } satisfies BlockSuggestion))
}

/**
 * Strikes what lies between two places: words of others get a mark, blocks that begin there an attribute, and what is one's own suggestion
 * goes. Answers where the second place is afterwards, or null where something has no way to be struck.
 */
function strike(next: Transaction, from: number, to: number, lead: Lead): number | null {
  const { doc } = next
  const deletion = doc.type.schema.marks['deletion']
  const own: { from: number; to: number; block: boolean }[] = []
  const laid: number[] = []
  let possible = true
  let [words, kept] = [false, false]
  doc.nodesBetween(from, to, (node, pos) => {
    if (node.isText) {
      words = true
      const part = { from: Math.max(pos, from), to: Math.min(pos + node.nodeSize, to), block: false }
      if (isOwnWord(node, lead.author)) own.push(part)
      else if (deletion && !deletion.isInSet(node.marks)) next.addMark(part.from, part.to, deletion.create(lead))
      return false
    }
    // Breaks and live fields carry no mark: they stay, and are seen not to be struck.
    if (node.isInline) kept = true
    if (pos < from || node.isInline) return true
    if (isOwnBlock(node, lead.author)) own.push({ from: pos, to: pos + node.nodeSize, block: true })
    else if (isSuggestible(node)) {
      const within = laid.some((start) => start < pos && start + (doc.nodeAt(start)?.nodeSize ?? 0) > pos)
      if (!within && !blockSuggestionOf(node)) lay(next, pos, 'delete', lead)
      laid.push(pos)
      return node.type.name !== 'table'
    } else if (/^table(Cell|Header)$/.test(node.type.name)) possible = false
    return possible
  })
  if (!possible || (kept && !words && laid.length + own.length === 0)) return null
  const before = next.mapping.maps.length
  for (const part of own.toReversed()) {
    const map = next.mapping.slice(before)
    const start = map.map(part.from)
    if (!part.block) next.delete(start, map.map(part.to))
    else if (next.doc.nodeAt(start)?.content.size === 0 || next.doc.nodeAt(start)?.isLeaf) next.delete(start, map.map(part.to))
    else if (canJoin(next.doc, start)) next.join(start)
  }
  return next.mapping.slice(before).map(to, -1)
}

/** Lays the suggestion on the outermost blocks that have come between two places. Answers false where one cannot carry it. */
export function layInserted(next: Transaction, from: number, to: number, lead: Lead): boolean {
  let possible = true
  next.doc.nodesBetween(from, to, (node, pos) => {
    if (pos < from || pos >= to || node.isText) return !node.isText
    if (isSuggestible(node)) {
      lay(next, pos, 'insert', lead)
      return false
    }
    possible &&= /^(bullet|ordered)List$/.test(node.type.name)
    return possible
  })
  return possible
}

/**
 * Puts content in the place of other content, as a suggestion: what was there is struck, what comes is marked and stands behind it.
 * Answers the number of the step that put the new in (undefined where nothing came), or null where it cannot be suggested.
 */
export function suggestReplaced(next: Transaction, from: number, to: number, slice: Slice, who: Suggester): number | undefined | null {
  if (hasUnmarked(slice.content)) return null
  const lead = leadFor(next.doc.resolve(from), next.doc.resolve(to), who)
  const own = isAllOwn(next.doc, from, to, who.author)
  const inOwnBlock = isOwnBlock(next.doc.resolve(from).parent, who.author) && next.doc.resolve(from).sameParent(next.doc.resolve(to))
  if (!inOwnBlock && !canCarry(next.doc, from, to)) return null
  let end = to
  if (!own) {
    const struck = strike(next, from, to, lead)
    if (struck === null) return null
    end = struck
    if (slice.size === 0) return undefined
  }
  const step = replaceStep(next.doc, own ? from : end, end, new Slice(dressed(slice.content, lead), slice.openStart, slice.openEnd))
  // What does not fit behind the old, or leaves nothing to do, is no step.
  if (!step) return slice.size === 0 ? undefined : null
  const place = next.steps.length
  next.step(step)
  const first = own ? from : end
  const last = step.getMap().map(end, 1)
  return layInserted(next, first, last, lead) ? place : null
}
