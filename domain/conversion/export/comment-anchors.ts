/** Marks the words that comment threads are about, so that a renderer can bind the threads to them. */
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import type { Anchor } from '../../documents/richtext/anchor.ts'
import { PositionIndex, visibleItems } from '../../documents/richtext/positions.ts'

/**
 * Adds the mark `comment` to the words of anchors; its attribute `threads` has their places in the list.
 * @param content the text of the document, which has the same characters in the same order
 */
export function markComments(content: JSONContent, document: Y.Doc, anchors: readonly (Anchor | null)[]): JSONContent {
  const threads = readThreadsOfCharacters(document, anchors)
  let place = 0
  const walk = (part: JSONContent): JSONContent[] => {
    if (part.text === undefined) return [part.content ? { ...part, content: part.content.flatMap(walk) } : part]
    const parts = splitByThreads(part, threads.slice(place, place + part.text.length))
    place += part.text.length
    return parts
  }
  const [marked] = walk(content)
  // characters that the text does not show would shift the marks
  return place === threads.length && marked ? marked : content
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
