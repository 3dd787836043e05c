/** Marks the words that comment threads are about, so that a renderer can bind the threads to them. */
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import type { Anchor } from '../../documents/richtext/anchor.ts'
import type { BlockSuggestion } from '../../documents/richtext/schema.ts'
import { PositionIndex, visibleItems } from '../../documents/richtext/positions.ts'

/** What a thread is about: words, a suggestion, or the whole document. */
interface ThreadSubject {
  anchor: Anchor | null
  suggestionId: string | null
}

/**
 * Adds the mark `comment` to the words that threads are about; its attribute `threads` has the places of the threads in the list.
 * @param content the text of the document, which has the same characters in the same order
 */
export function markComments(content: JSONContent, document: Y.Doc, threads: readonly ThreadSubject[]): JSONContent {
  const characters = readThreadsOfCharacters(
    document,
    threads.map(({ anchor }) => anchor),
  )
  const discussed = new Map(threads.flatMap(({ suggestionId }, place) => (suggestionId ? [[suggestionId, place] as const] : [])))
  let place = 0
  const walk = (part: JSONContent, around: readonly number[]): JSONContent[] => {
    const inner = [...around, ...readSuggestions(part).flatMap((id) => discussed.get(id) ?? [])]
    if (part.text === undefined) return [part.content ? { ...part, content: part.content.flatMap((child) => walk(child, inner)) } : part]
    const mine = characters.slice(place, place + part.text.length).map((one) => (inner.length > 0 ? [...new Set([...one, ...inner])] : one))
    place += part.text.length
    return splitByThreads(part, mine)
  }
  const [marked] = walk(content, [])
  // characters that the text does not show would shift the marks
  return place === characters.length && marked ? marked : content
}

/** Ids of the suggestions on a block or a text. */
function readSuggestions({ attrs, marks }: JSONContent): string[] {
  const block = typeof attrs?.suggestion === 'string' ? [(JSON.parse(attrs.suggestion) as BlockSuggestion).id] : []
  const inline = (marks ?? [])
    .filter(({ type }) => ['insertion', 'deletion', 'formatChange'].includes(type))
    .map((mark) => String(mark.attrs?.id))
  return [...block, ...inline]
}

const none: readonly number[] = []

/** The threads about each character of the text, in order. */
function readThreadsOfCharacters(document: Y.Doc, anchors: readonly (Anchor | null)[]): (readonly number[])[] {
  const layout = new PositionIndex(document)
  const slices = new Map<Y.XmlText, { from: number; to: number; thread: number }[]>()
  for (const [thread, anchor] of anchors.entries()) {
    const range = anchor && layout.resolveAnchor(anchor)
    if (!range) continue
    for (const { text, index, length } of layout.slicesIn(range)) {
      const known = slices.get(text) ?? []
      known.push({ from: index, to: index + length, thread })
      slices.set(text, known)
    }
  }
  const found: (readonly number[])[] = []
  const waiting: unknown[] = [layout.root]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (next instanceof Y.XmlText) {
      const mine = slices.get(next) ?? []
      for (const { item, index } of visibleItems(next)) {
        if (!(item.content instanceof Y.ContentString)) continue
        for (let at = index; at < index + item.length; at++) {
          const threads = mine.filter(({ from, to }) => from <= at && at < to).map(({ thread }) => thread)
          found.push(threads.length > 0 ? threads : none)
        }
      }
    } else if (next instanceof Y.XmlFragment) waiting.push(...next.toArray().toReversed())
  }
  return found
}

function splitByThreads(part: JSONContent, threads: (readonly number[])[]): JSONContent[] {
  const text = part.text ?? ''
  const parts: JSONContent[] = []
  for (let from = 0; from < text.length; ) {
    const key = String(threads[from] ?? none)
    let to = from + 1
    while (to < text.length && String(threads[to] ?? none) === key) to++
    const mark = key && { type: 'comment', attrs: { threads: threads[from] } }
    parts.push({ ...part, text: text.slice(from, to), ...(mark && { marks: [...(part.marks ?? []), mark] }) })
    from = to
  }
  return parts
}
