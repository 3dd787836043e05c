/** The text as it stands in Yjs, uncleaned: types, marks and attributes may be anything that a client could write. */
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { plain } from './cleaning.ts'
import { textName, variablesName } from './prose.ts'

/** Deeper than this nothing is read: the stack is not for strangers to fill. */
const deepest = 400

/** The document's text, part by part. Never an error. */
export function rawOf(document: Y.Doc): JSONContent {
  return {
    type: 'doc',
    content: partsOf(
      rootOf(document, () => document.getXmlFragment(textName)),
      0,
    ),
  }
}

/** The values of a document's variables, by name; what is no text or number is none. */
export function variablesOf(document: Y.Doc): Record<string, string> {
  const map = rootOf(document, () => document.getMap(variablesName))
  const values: Record<string, string> = Object.create(null) as Record<string, string>
  if (map instanceof Y.Map) {
    for (const [name, value] of map.entries()) {
      if (value !== '' && (typeof value === 'string' || typeof value === 'number')) values[name] = plain(String(value).slice(0, 4000))
    }
  }
  return values
}

/** A root that is of another type already has nothing for us. */
function rootOf<T>(_document: Y.Doc, get: () => T): T | undefined {
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
