/** Checks blocks of a live document against the schema (`schema.ts`). */
import type { NodeType } from '@tiptap/pm/model'
import * as Y from 'yjs'
import { proseSchema } from './schema.ts'
import { findAddedTypes, needsTableRepair } from './tables.ts'

/** The schema's type of a part; undefined where the schema does not know it. */
export const typeOf = (part: unknown): NodeType | undefined => {
  if (part instanceof Y.XmlText) return proseSchema.nodes.text
  if (part instanceof Y.XmlElement)
    return Object.hasOwn(proseSchema.nodes, part.nodeName) && part.nodeName !== 'doc' ? proseSchema.nodes[part.nodeName] : undefined
  return part instanceof Y.XmlFragment ? proseSchema.topNodeType : undefined
}

/** Blocks that contain blocks (lists, items, quotes, cells) and that a transaction added or changed. Merged edits may break them. */
export function findTouchedContainers(transaction: Y.Transaction): Set<Y.XmlElement> {
  const containers = new Set<Y.XmlElement>()
  const note = (type: unknown) => {
    if (type instanceof Y.XmlElement && !type._item?.deleted && isContainer(type)) containers.add(type)
  }
  for (const type of transaction.changed.keys()) note(type)
  for (const type of findAddedTypes(transaction)) note(type)
  return containers
}

/** All blocks of a text that contain blocks. */
export function findContainers(root: Y.XmlFragment): Y.XmlElement[] {
  const containers: Y.XmlElement[] = []
  const waiting: Y.XmlFragment[] = [root]
  for (let parent = waiting.pop(); parent; parent = waiting.pop())
    for (const child of parent.toArray())
      if (child instanceof Y.XmlElement && isContainer(child)) {
        containers.push(child)
        waiting.push(child)
      }
  return containers
}

function isContainer(element: Y.XmlElement): boolean {
  const type = typeOf(element)
  return type !== undefined && !type.isLeaf && !type.inlineContent
}

/** Whether a block needs a repair: an uneven table, or children that the schema rejects. */
export const needsRepair = (block: Y.XmlElement): boolean =>
  (block.nodeName === 'table' && needsTableRepair(block)) || violatesSchema(block)

/** Whether the schema rejects a block's children. A block with a child that the schema does not know is not repaired. */
function violatesSchema(container: Y.XmlElement): boolean {
  let match = typeOf(container)?.contentMatch
  let broken = false
  for (const child of container.toArray()) {
    const own = typeOf(child)
    if (!own) return false
    const next = match?.matchType(own) ?? undefined
    broken ||= !next
    match = next ?? match
  }
  return broken || match?.validEnd === false
}
