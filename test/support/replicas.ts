/** Compares replicas of a document: by structs and deletions, and by the text that people see. */
import type { Node, Schema } from '@tiptap/pm/model'
import * as Y from 'yjs'
import { textName, variablesName } from '../../domain/documents/richtext/schema.ts'
import { readDocument } from '../../web/features/editor/yjs/read-document.ts'
import { toPlainText } from './prose.ts'

/** All characters of a document's text in order, without marks. */
export function readAllText(document: Y.Doc): string {
  let words = ''
  for (const node of document.getXmlFragment(textName).createTreeWalker(() => true))
    if (node instanceof Y.XmlText) words += toPlainText(node)
  return words
}

/** Describes how two replicas differ; undefined if they have the same structs and deletions. */
export function findReplicaDifference(one: Y.Doc, other: Y.Doc): string | undefined {
  for (const { store } of [one, other]) if (store.pendingStructs || store.pendingDs) return 'structs or deletions are pending'
  const [mine, theirs] = [Y.snapshot(one), Y.snapshot(other)]
  for (const client of new Set([...mine.sv.keys(), ...theirs.sv.keys()])) {
    const [clock, otherClock] = [mine.sv.get(client) ?? 0, theirs.sv.get(client) ?? 0]
    if (clock !== otherClock) return `client ${client} has clocks ${clock} and ${otherClock}`
  }
  if (!Y.equalSnapshots(mine, theirs)) return `deletions differ: ${describeDeletions(mine)} and ${describeDeletions(theirs)}`
  const [text, otherText] = [one, other].map((document) => document.getXmlFragment(textName).toString())
  if (text !== otherText) return `texts differ:\n${text}\n${otherText}`
  const [values, otherValues] = [one, other].map((document) => sortJsonKeys(JSON.stringify(document.getMap(variablesName).toJSON())))
  return values === otherValues ? undefined : `values of fields differ: ${values} and ${otherValues}`
}

const describeDeletions = ({ ds }: Y.Snapshot) =>
  JSON.stringify(
    [...ds.clients].sort(([one], [other]) => one - other).map(([client, ranges]) => [client, ranges.map(({ clock, len }) => [clock, len])]),
  )

/** The text as the workspace shows it: with placeholders for content that the schema does not allow. */
export const toShownNode = (document: Y.Doc, schema: Schema): Node =>
  schema.topNodeType.create(null, readDocument(document.getXmlFragment(textName), schema, new Map()))

/**
 * Normalizes a text for comparison: sorts marks, which have no order in Yjs if their type is the same, and the JSON keys of block
 * suggestions, which the server rewrites. Removes the mark of cells that the server added.
 */
export function normalizeOrder(node: Node): Node {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted)
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
      .filter(([name]) => name !== 'filler')
      .map(([name, one]) => [name, name === 'suggestion' && typeof one === 'string' ? sortJsonKeys(one) : sorted(one)])
      .map(([name, one]) => [name, name === 'marks' ? (one as unknown[]).toSorted(compareAsJson) : one])
    return Object.fromEntries(entries)
  }
  return node.type.schema.nodeFromJSON(sorted(node.toJSON()))
}

const compareAsJson = (one: unknown, other: unknown) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)

function sortJsonKeys(text: string): string {
  const order = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([name, one]) => [name, order(one)]),
        )
      : value
  return JSON.stringify(order(JSON.parse(text)))
}

/** Describes the first difference of two texts of one schema as JSON; undefined if they are equal. */
export function findNodeDifference(one: Node, other: Node): string | undefined {
  if (one.eq(other)) return undefined
  for (let place = 0; place < Math.max(one.childCount, other.childCount); place++) {
    const [mine, theirs] = [one.maybeChild(place), other.maybeChild(place)]
    if (mine && theirs) {
      const inner = one.sameMarkup(other) && findNodeDifference(mine, theirs)
      if (inner) return `${one.type.name} > ${inner}`
    } else if (one.sameMarkup(other))
      return `${one.type.name}[${place}]: ${JSON.stringify(mine ?? null)} and ${JSON.stringify(theirs ?? null)}`
  }
  return `${JSON.stringify(one)} and ${JSON.stringify(other)}`
}
