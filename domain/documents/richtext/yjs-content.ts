/**
 * Yjs content as plain data, and ProseMirror nodes in the form in which they are stored in Yjs.
 *
 * The schema does not know everything that a document may contain. Unknown content is shown as a placeholder node that carries it as
 * `YjsContent`. `toYjsNodes` turns placeholders back into that content, so that y-tiptap's `updateYFragment` finds it unchanged, or writes
 * it in full where it was moved.
 */
import type { Mark, Node } from '@tiptap/pm/model'
import { AbstractType, XmlElement, XmlText } from 'yjs'

/** Node and mark names of the placeholders. */
export const placeholderNames = { block: 'unsupportedBlock', inline: 'unsupportedInline', text: 'unsupportedText', mark: 'unsupportedMark' }

/** An element with all its content; `name` is empty for text that stands where only elements may. */
export interface YjsContent {
  name: string
  attributes: Record<string, unknown>
  children: (YjsContent | YjsText)[]
}

export interface YjsText {
  text: string
  formats: Record<string, unknown>
}

export const isText = (content: YjsContent | YjsText): content is YjsText => 'text' in content

/** Reads the text with its formats. Embedded objects are left out. */
function readText(text: XmlText): YjsText[] {
  const parts = text.toDelta() as { insert: unknown; attributes?: Record<string, unknown> }[]
  return parts.flatMap(({ insert, attributes }) => (typeof insert === 'string' ? [{ text: insert, formats: attributes ?? {} }] : []))
}

/** Converts a shared type to plain data. Shared types in attributes, and types that are neither element nor text, are left out. */
export function toYjsContent(type: unknown): YjsContent {
  if (type instanceof XmlText) return { name: '', attributes: {}, children: readText(type) }
  if (!(type instanceof XmlElement)) return { name: 'object', attributes: {}, children: [] }
  const attributes = Object.entries(type.getAttributes() as Record<string, unknown>).filter(([, value]) => !(value instanceof AbstractType))
  const children = (type.toArray() as unknown[]).flatMap((child): (YjsContent | YjsText)[] =>
    child instanceof XmlText ? readText(child) : [toYjsContent(child)],
  )
  return { name: type.nodeName, attributes: Object.fromEntries(attributes), children }
}

/** All text of some content, with a space between blocks. */
export function toPlainText({ children }: YjsContent): string {
  return children.map((child) => (isText(child) ? child.text : ` ${toPlainText(child)} `)).join('')
}

/** What `updateYFragment` reads of a node. `nodeSize` is the size in the editor, by which positions are counted. */
export interface YjsNode {
  type: { name: string }
  attrs: Record<string, unknown>
  content: { content: YjsNode[] }
  marks: readonly (Mark | YjsMark)[]
  isText: boolean
  text?: string
  nodeSize: number
}

interface YjsMark {
  type: YjsMarkType
  attrs: unknown
  toJSON(): unknown
}

interface YjsMarkType {
  name: string
  excludes(): boolean
}

const markTypes = new Map<string, YjsMarkType>()

/** Creates a mark that is written under exactly this key: y-tiptap hashes only names of marks that do not exclude themselves. */
function toYjsMark(name: string, value: unknown): YjsMark {
  const type = markTypes.get(name) ?? { name, excludes: () => true }
  markTypes.set(name, type)
  return { type, attrs: value, toJSON: () => ({ type: name, attrs: value }) }
}

const createTextNode = (text: string, marks: readonly (Mark | YjsMark)[]): YjsNode => ({
  type: { name: 'text' },
  attrs: {},
  content: { content: [] },
  marks,
  isText: true,
  text,
  nodeSize: text.length,
})

const toYjsNode = (content: YjsContent | YjsText): YjsNode =>
  isText(content)
    ? createTextNode(
        content.text,
        Object.entries(content.formats).map(([name, value]) => toYjsMark(name, value)),
      )
    : { ...createElementNode(content.name, content.attributes), content: { content: content.children.map(toYjsNode) } }

const createElementNode = (name: string, attrs: Record<string, unknown>): YjsNode => ({
  type: { name },
  attrs,
  content: { content: [] },
  marks: [],
  isText: false,
  nodeSize: 1,
})

/** Inline nodes that are elements in Yjs. Yjs has no marks on elements, so theirs are an attribute of the element. */
export const inlineAtoms: readonly string[] = ['variable', 'crossReference', 'hardBreak']

/** The name of that attribute: an array of marks as JSON text. */
export const atomMarksName = 'marks'

/** A mark as the attribute stores it. */
export interface AtomMark {
  type: string
  attrs: Record<string, unknown>
}

/** Reads the marks of an inline element from its attribute; none where it is not valid. */
export function parseAtomMarks(attribute: unknown): AtomMark[] {
  if (typeof attribute !== 'string') return []
  try {
    const marks: unknown = JSON.parse(attribute)
    if (!Array.isArray(marks)) return []
    return (marks as Partial<AtomMark>[]).flatMap((mark) =>
      typeof mark?.type === 'string' ? [{ type: mark.type, attrs: Object(mark.attrs) as Record<string, unknown> }] : [],
    )
  } catch {
    return []
  }
}

/** Writes marks as that attribute; null for none. */
export function writeAtomMarks(marks: readonly AtomMark[]): string | null {
  return marks.length > 0 ? JSON.stringify(marks.map(({ type, attrs }) => ({ type, attrs }))) : null
}

const toAtomMark = ({ type, attrs }: Mark): AtomMark =>
  type.name === placeholderNames.mark
    ? { type: String(attrs['name']), attrs: Object(attrs['value']) as Record<string, unknown> }
    : { type: type.name, attrs }

/** The attribute of an editor's node that keeps attributes of the element which the schema does not know. */
export const unknownAttributesName = 'unknownAttributes'

/** The attributes of a node as they are stored in Yjs. */
function toYjsAttributes({ attrs, marks, type }: Node): Record<string, unknown> {
  const { [unknownAttributesName]: unknown, ...known } = attrs
  const stored = inlineAtoms.includes(type.name) && { [atomMarksName]: writeAtomMarks(marks.map(toAtomMark)) }
  return { ...(Object(unknown) as Record<string, unknown>), ...known, ...stored }
}

const hasPlainAttributes = ({ attrs, marks, isText }: Node) => !attrs[unknownAttributesName] && (isText || marks.length === 0)

const convertedNodes = new WeakMap<Node, YjsNode[]>()

/** The content that a placeholder stands for; undefined for all other nodes. */
export const placeholderContent = ({ type, attrs }: Node): YjsContent | undefined =>
  type.name === placeholderNames.block || type.name === placeholderNames.inline || type.name === placeholderNames.text
    ? (attrs['content'] as YjsContent)
    : undefined

/** Converts a node to its form in Yjs: itself, unless it contains a placeholder. The same node always gives the same result. */
export function toYjsNodes(node: Node): YjsNode[] {
  const cached = convertedNodes.get(node)
  if (cached) return cached
  const converted = convert(node)
  convertedNodes.set(node, converted)
  return converted
}

function convert(node: Node): YjsNode[] {
  const asIs = [node as unknown as YjsNode]
  if (node.isText) {
    if (node.marks.every(({ type }) => type.name !== placeholderNames.mark)) return asIs
    const marks = node.marks.map((mark) =>
      mark.type.name === placeholderNames.mark ? toYjsMark(String(mark.attrs['name']), mark.attrs['value']) : mark,
    )
    return [createTextNode(node.text ?? '', marks)]
  }
  const content = placeholderContent(node)
  if (content && content.name === '') return content.children.map(toYjsNode)
  if (content) return [{ ...toYjsNode(content), nodeSize: node.nodeSize }]
  const children = node.content.content.map(toYjsNodes)
  const isSame = children.every((child, place) => child.length === 1 && (child[0] as unknown) === node.content.content[place])
  if (isSame && hasPlainAttributes(node)) return asIs
  return [{ ...createElementNode(node.type.name, toYjsAttributes(node)), content: { content: children.flat() }, nodeSize: node.nodeSize }]
}
