/** Moves a block out of lists and quotes and into others, where a suggestion to do so is rejected. */
import * as Y from 'yjs'
import { copyPart } from '../documents/richtext/block-repair.ts'
import { containerNames } from '../documents/richtext/suggestion-attributes.ts'

const indexOf = (element: Y.XmlElement) => (element.parent as Y.XmlFragment).toArray().indexOf(element)
const copies = (parts: unknown[]) => parts.map((part) => copyPart(part as Y.XmlElement))

/** The containers of a block by name, the outermost first, and how many of them it shares with the block before and after it. */
export interface BlockPlace {
  within: readonly string[]
  shared: readonly [before: number, after: number]
}

/** Moves a block to a place. Blocks beside it stay where they are. */
export function moveToContainers(block: Y.XmlElement, { within, shared: [before, after] }: BlockPlace): void {
  const moved = copyPart(block) as Y.XmlElement
  const { base, index } = takeOut(block)
  const isJoined = insertBlock(base, index, within, before, moved)
  joinNext(base, isJoined ? index - 1 : index, within, after)
}

/** Removes a block from its containers, which are split there. @returns where it was, outside of them */
function takeOut(block: Y.XmlElement): { base: Y.XmlFragment; index: number } {
  let index = indexOf(block)
  let base = block.parent as Y.XmlFragment
  base.delete(index, 1)
  while (base instanceof Y.XmlElement && containerNames.includes(base.nodeName)) {
    const container: Y.XmlElement = base
    const after = container.toArray().slice(index)
    const place = indexOf(container)
    base = container.parent as Y.XmlFragment
    if (after.length > 0) {
      const rest = new Y.XmlElement(container.nodeName)
      for (const [name, value] of Object.entries(container.getAttributes())) rest.setAttribute(name, value as string)
      rest.insert(0, copies(after))
      base.insert(place + 1, [rest])
    }
    if (index > 0) container.delete(index, container.length - index)
    else base.delete(place, 1)
    index = index > 0 ? place + 1 : place
  }
  return { base, index }
}

/**
 * Inserts a block into containers: the outermost ones of the block before it, as many as they share, and new ones in them.
 * @returns whether it is in a container of the block before it
 */
function insertBlock(base: Y.XmlFragment, index: number, within: readonly string[], shared: number, block: Y.XmlElement): boolean {
  const before = index > 0 ? base.get(index - 1) : undefined
  const isJoined = shared > 0 && before instanceof Y.XmlElement && before.nodeName === within[0]
  if (isJoined) insertBlock(before, before.length, within.slice(1), shared - 1, block)
  else base.insert(index, [wrap(within, block)])
  return isJoined
}

/** Joins a container with the one after it, and so the last containers in it, as many as they share. */
function joinNext(base: Y.XmlFragment, index: number, within: readonly string[], shared: number): void {
  const [own, next] = [index, index + 1].map((at) => (at >= 0 && at < base.length ? base.get(at) : undefined))
  if (shared === 0 || !(own instanceof Y.XmlElement) || !(next instanceof Y.XmlElement)) return
  if (own.nodeName !== within[0] || next.nodeName !== within[0]) return
  const { length } = own
  own.insert(length, copies(next.toArray()))
  base.delete(index + 1, 1)
  joinNext(own, length - 1, within.slice(1), shared - 1)
}

function wrap(within: readonly string[], block: Y.XmlElement): Y.XmlElement {
  let outer = block
  for (const name of within.toReversed()) {
    const container = new Y.XmlElement(name)
    container.insert(0, [outer])
    outer = container
  }
  return outer
}
