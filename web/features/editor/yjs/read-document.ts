/**
 * Reads a Yjs text as ProseMirror nodes, without changing it. y-tiptap deletes from the document what the schema does not allow; here it
 * becomes a placeholder (`yjs-content.ts`).
 */
import { Fragment, Mark, type Node, type NodeType, type Schema } from '@tiptap/pm/model'
import { AbstractType, XmlElement, type XmlFragment, XmlText } from 'yjs'
import {
  atomMarksName,
  inlineAtoms,
  parseAtomMarks,
  placeholderNames,
  toYjsContent,
  toYjsNodes,
  unknownAttributesName,
  type YjsNode,
} from '../../../../domain/documents/richtext/yjs-content.ts'

/** Maps each shared type to its node, or to its text nodes, for y-tiptap. */
export type Mapping = Map<unknown, YjsNode | YjsNode[]>

/** y-tiptap appends a hash to the names of marks that may overlap themselves. */
const hashedName = /^(.*)--[a-zA-Z0-9+/=]{8}$/

const isPlaceholderName = (name: string) => Object.values(placeholderNames).includes(name)

function nodeType(schema: Schema, name: string): NodeType | undefined {
  const type = Object.hasOwn(schema.nodes, name) ? schema.nodes[name] : undefined
  return type && type !== schema.topNodeType && !type.isText && !isPlaceholderName(name) ? type : undefined
}

/** Creates a placeholder for a shared type, block or inline as its parent requires. */
function placeholder(child: unknown, parent: NodeType): Node {
  const type = parent.schema.nodes[parent.inlineContent ? placeholderNames.inline : placeholderNames.block] as NodeType
  return type.create({ content: toYjsContent(child) })
}

/** Returns the marks of a text in a parent, in the order of their keys; null if a mark is not allowed there and would be lost. */
function toMarks(formats: Record<string, unknown>, parent: NodeType): readonly Mark[] | null {
  let marks: readonly Mark[] = Mark.none
  for (const [key, value] of Object.entries(formats)) {
    const name = hashedName.exec(key)?.[1] ?? key
    const knownType = Object.hasOwn(parent.schema.marks, name) && !isPlaceholderName(name) ? parent.schema.marks[name] : undefined
    const type = knownType ?? parent.schema.marks[placeholderNames.mark]
    if (!type || (!knownType && !parent.allowsMarkType(type))) return null
    if (!parent.allowsMarkType(type)) continue
    const attrs = knownType ? (value as Record<string, unknown> | null) : { name: key, value }
    marks = type.create(attrs).addToSet(marks)
  }
  return marks
}

/** Returns the text nodes in a parent; null if the text contains something else, or text is not allowed there. */
function readText(text: XmlText, parent: NodeType): Node[] | null {
  const nodes: Node[] = []
  for (const { insert, attributes } of text.toDelta() as { insert: unknown; attributes?: Record<string, unknown> }[]) {
    const marks = toMarks(attributes ?? {}, parent)
    if (typeof insert !== 'string' || !marks) return null
    nodes.push(parent.schema.text(insert, marks))
  }
  return nodes
}

/** Returns the content of a parent; null if the schema does not allow it. */
function readChildren(of: XmlElement, parent: NodeType, mapping: Mapping): Fragment | null {
  const children: Node[] = []
  let match = parent.contentMatch
  for (const child of of.toArray() as unknown[]) {
    let nodes = child instanceof XmlText ? readText(child, parent) : [readElement(child, parent, mapping)]
    if (!nodes) return null
    if (!(child instanceof XmlText) && nodes[0] && !match.matchType(nodes[0].type))
      nodes = [mapNode(child, placeholder(child, parent), mapping)]
    if (child instanceof XmlText) mapping.set(child, nodes.flatMap(toYjsNodes))
    for (const { type } of nodes) {
      const next = match.matchType(type)
      if (!next) return null
      match = next
    }
    children.push(...nodes)
  }
  // An empty element gets the content that the schema requires.
  if (!match.validEnd) return children.length === 0 ? match.fillBefore(Fragment.empty, true) : null
  return Fragment.fromArray(children)
}

function mapNode(type: unknown, node: Node, mapping: Mapping): Node {
  mapping.set(type, toYjsNodes(node)[0] as YjsNode)
  return node
}

function readElement(element: unknown, parent: NodeType, mapping: Mapping): Node {
  const type = element instanceof XmlElement ? nodeType(parent.schema, element.nodeName) : undefined
  const content = type && readChildren(element as XmlElement, type, mapping)
  if (!type || !content) return mapNode(element, placeholder(element, parent), mapping)
  const attributes: Record<string, unknown> = (element as XmlElement).getAttributes()
  const marks = inlineAtoms.includes(type.name) ? toAtomMarks(attributes[atomMarksName], parent) : Mark.none
  return mapNode(element, type.create({ ...attributes, ...findUnknownAttributes(type, attributes) }, content, marks), mapping)
}

/** The marks of an inline element. */
function toAtomMarks(attribute: unknown, parent: NodeType): readonly Mark[] {
  return parseAtomMarks(attribute).reduce<readonly Mark[]>(
    (marks, { type, attrs }) => (toMarks({ [type]: attrs }, parent) ?? []).reduce((set, mark) => mark.addToSet(set), marks),
    Mark.none,
  )
}

/** The attributes of an element that the schema does not know. They are kept, so that editing the element does not delete them. */
function findUnknownAttributes({ name, spec }: NodeType, attributes: Record<string, unknown>): Record<string, unknown> {
  const unknown = Object.entries(attributes).filter(
    ([key, value]) =>
      !Object.hasOwn(spec.attrs ?? {}, key) && !(value instanceof AbstractType) && !(key === atomMarksName && inlineAtoms.includes(name)),
  )
  return unknown.length > 0 ? { [unknownAttributesName]: Object.fromEntries(unknown) } : {}
}

/**
 * Reads text beside blocks. y-tiptap counts a position for each character, so the placeholder has the same size: a leaf counts one, a node
 * with text two more than its characters.
 */
function readLooseText(text: XmlText, doc: NodeType, mapping: Mapping): Node[] {
  const content = toYjsContent(text)
  const node =
    text.length > 1
      ? doc.schema.nodes[placeholderNames.text]?.create(
          { content },
          text.length > 2 ? doc.schema.text('\u00a0'.repeat(text.length - 2)) : null,
        )
      : doc.schema.nodes[placeholderNames.block]?.create({ content })
  mapping.set(text, text.length > 0 && node ? toYjsNodes(node) : [])
  return text.length > 0 && node ? [node] : []
}

/**
 * Reads a whole text, always as the schema allows it.
 * @param mapping is filled with the nodes of each shared type
 */
export function readDocument(text: XmlFragment, schema: Schema, mapping: Mapping): Fragment {
  const doc = schema.topNodeType
  const nodes = (text.toArray() as unknown[]).flatMap((child) => {
    if (child instanceof XmlText) return readLooseText(child, doc, mapping)
    const node = readElement(child, doc, mapping)
    return [doc.contentMatch.matchType(node.type) ? node : mapNode(child, placeholder(child, doc), mapping)]
  })
  return nodes.length > 0 ? Fragment.fromArray(nodes) : (doc.contentMatch.fillBefore(Fragment.empty, true) ?? Fragment.empty)
}
