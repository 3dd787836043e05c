/** The text as it stands in Yjs, uncleaned: types, marks and attributes may be anything that a client could write. */
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { textName } from './prose.ts'

/** Deeper than this nothing is read: the stack is not for strangers to fill. */
const deepest = 400

/** The document's text, part by part. Never an error. */
export function rawOf(document: Y.Doc): JSONContent {
  return {
    type: 'doc',
    content: partsOf(
      rootOf(() => document.getXmlFragment(textName)),
      0,
    ),
  }
}

/** A root that is of another type already has nothing for us. */
export function rootOf<T>(get: () => T): T | undefined {
  try {
    return get()
  } catch {
    return undefined
  }
}

function partsOf(parent: unknown, depth: number): JSONContent[] {
  if (depth > deepest) return []
  if (parent instanceof Y.XmlText || parent instanceof Y.Text) return piecesOf(parent, depth)
  if (parent instanceof Y.XmlElement) return [{ type: parent.nodeName, attrs: parent.getAttributes(), content: childrenOf(parent, depth) }]
  if (parent instanceof Y.XmlFragment) return childrenOf(parent, depth)
  return []
}

const childrenOf = (parent: Y.XmlFragment, depth: number): JSONContent[] => parent.toArray().flatMap((child) => partsOf(child, depth + 1))

function piecesOf(text: Y.Text, depth: number): JSONContent[] {
  const delta = text.toDelta() as { insert: unknown; attributes?: Record<string, unknown> }[]
  return delta.flatMap(({ insert, attributes }): JSONContent[] => {
    if (typeof insert !== 'string') return partsOf(insert, depth + 1)
    const marks = Object.entries(attributes ?? {}).map(([name, attrs]) => ({ type: markName(name), attrs: Object(attrs) as object }))
    return [{ type: 'text', text: insert, marks }]
  })
}

/** Marks that may lie over themselves carry a hash behind their name, in Yjs. */
const markName = (name: string) => /(.*)(--[a-zA-Z0-9+/=]{8})$/.exec(name)?.[1] ?? name
