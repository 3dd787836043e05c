/** The text as it is in Yjs, not sanitized: types, marks and attributes may be anything that a client wrote. */
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { textName } from './schema.ts'
import { atomMarksName, inlineAtoms, parseAtomMarks } from './yjs-content.ts'

/** Maximum depth that is read, so that clients cannot overflow the stack. */
const maxDepth = 400

/** Reads the document's text, node by node. Never throws. */
export function readRawText(document: Y.Doc): JSONContent {
  return {
    type: 'doc',
    content: readParts(
      getRoot(() => document.getXmlFragment(textName)),
      0,
    ),
  }
}

/** Gets a root type; undefined where it has another type already. */
export function getRoot<T>(get: () => T): T | undefined {
  try {
    return get()
  } catch {
    return undefined
  }
}

function readParts(parent: unknown, depth: number): JSONContent[] {
  if (depth > maxDepth) return []
  if (parent instanceof Y.XmlText || parent instanceof Y.Text) return readTextNodes(parent, depth)
  if (parent instanceof Y.XmlElement) return [readElement(parent, depth)]
  if (parent instanceof Y.XmlFragment) return readChildren(parent, depth)
  return []
}

function readElement(element: Y.XmlElement, depth: number): JSONContent {
  const node: JSONContent = { type: element.nodeName, attrs: element.getAttributes(), content: readChildren(element, depth) }
  if (inlineAtoms.includes(element.nodeName)) node.marks = parseAtomMarks(node.attrs?.[atomMarksName])
  return node
}

const readChildren = (parent: Y.XmlFragment, depth: number): JSONContent[] =>
  parent.toArray().flatMap((child) => readParts(child, depth + 1))

function readTextNodes(text: Y.Text, depth: number): JSONContent[] {
  const delta = text.toDelta() as { insert: unknown; attributes?: Record<string, unknown> }[]
  return delta.flatMap(({ insert, attributes }): JSONContent[] => {
    if (typeof insert !== 'string') return readParts(insert, depth + 1)
    const marks = Object.entries(attributes ?? {}).map(([name, attrs]) => ({ type: markName(name), attrs: Object(attrs) as object }))
    return [{ type: 'text', text: insert, marks }]
  })
}

/** Marks that may overlap themselves have a hash after their name in Yjs. */
const markName = (name: string) => /(.*)(--[a-zA-Z0-9+/=]{8})$/.exec(name)?.[1] ?? name
