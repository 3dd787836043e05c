/**
 * The canonical form of a document's text, from which its content hash is computed. Equal texts have equal bytes, however they were written:
 * JSON by RFC 8785, sanitized, without attributes that have the schema's default, marks sorted.
 */
import type { JSONContent } from '@tiptap/core'
import canonicalize from 'canonicalize'
import type { Doc } from 'yjs'
import { listStylesName, parseListStyles } from '../documents/richtext/list-styles.ts'
import { getRoot } from '../documents/richtext/raw-json.ts'
import { readContent } from '../documents/richtext/to-json.ts'
import { readValues } from '../documents/richtext/variables.ts'

/** The name of this form. It changes when the same text would get other bytes. */
export const canonicalTextFormat = 'smartstart-text/1'

type JsonMark = NonNullable<JSONContent['marks']>[number]
/** The default of an attribute, by the type of its node or mark. */
type DefaultOf = (type: string, attribute: string) => unknown

/** The canonical JSON of a document's text: title, content, the values of its fields, and its list styles. */
export async function toCanonicalText(document: Doc, title: string): Promise<string> {
  const [content, { proseSchema }] = await Promise.all([readContent(document), import('../documents/richtext/schema.ts')])
  const nodeDefaults: DefaultOf = (type, attribute) => proseSchema.nodes[type]?.spec.attrs?.[attribute]?.default
  const markDefaults: DefaultOf = (type, attribute) => proseSchema.marks[type]?.spec.attrs?.[attribute]?.default
  const styles = Object.entries(getRoot(() => document.getMap<unknown>(listStylesName).toJSON()) ?? {})
  return writeCanonicalJson({
    format: canonicalTextFormat,
    title,
    content: canonicalNode(content, nodeDefaults, markDefaults),
    values: Object.fromEntries(readValues(document)),
    // sorted, since only a bounded number of them is read
    listStyles: Object.fromEntries(parseListStyles(styles.sort(([one], [other]) => (one < other ? -1 : 1)))),
  })
}

/** Writes JSON by RFC 8785, without fields that are undefined. */
export function writeCanonicalJson(value: unknown): string {
  return canonicalize(JSON.parse(JSON.stringify(value))) as string
}

function canonicalNode(node: JSONContent, nodeDefaults: DefaultOf, markDefaults: DefaultOf): JSONContent {
  const { type = '', text, attrs, marks, content } = node
  const kept: Record<string, unknown> = canonicalAttributes(type, attrs, nodeDefaults)
  if (typeof kept.suggestion === 'string') kept.suggestion = JSON.parse(kept.suggestion)
  const markList = canonicalMarks(marks, markDefaults)
  const children = joinTexts((content ?? []).map((child) => canonicalNode(child, nodeDefaults, markDefaults)))
  return {
    type,
    ...(text !== undefined && { text }),
    ...(Object.keys(kept).length > 0 && { attrs: kept }),
    ...(markList.length > 0 && { marks: markList }),
    ...(children.length > 0 && { content: children }),
  }
}

function canonicalAttributes(type: string, attrs: Record<string, unknown> | undefined, defaultOf: DefaultOf): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attrs ?? {}).filter(
      ([name, value]) => value !== null && value !== undefined && JSON.stringify(value) !== JSON.stringify(defaultOf(type, name)),
    ),
  )
}

/** Marks of one type, as of two suggestions, have no order in Yjs. */
function canonicalMarks(marks: JsonMark[] | undefined, defaultOf: DefaultOf): JsonMark[] {
  const kept = (marks ?? []).map(({ type, attrs }) => {
    const own = canonicalAttributes(type, attrs as Record<string, unknown> | undefined, defaultOf)
    for (const name of ['added', 'removed']) if (Array.isArray(own[name])) own[name] = canonicalMarks(own[name] as JsonMark[], defaultOf)
    return { type, ...(Object.keys(own).length > 0 && { attrs: own }) }
  })
  const byJson = kept.map((mark) => [writeCanonicalJson(mark), mark] as const)
  return byJson.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, mark]) => mark)
}

/** Joins neighbours with equal marks: where a text is split depends on its history. */
function joinTexts(nodes: JSONContent[]): JSONContent[] {
  const joined: JSONContent[] = []
  for (const node of nodes) {
    const last = joined.at(-1)
    if (node.type === 'text' && last?.type === 'text' && JSON.stringify(last.marks) === JSON.stringify(node.marks))
      last.text = `${last.text}${node.text}`
    else joined.push(node)
  }
  return joined
}
