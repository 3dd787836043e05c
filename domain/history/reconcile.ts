/** Reconciles a document with another by the smallest edit: equal content keeps its items, so that people who type in it can continue. */
import * as Y from 'yjs'
import { diffWithAnchors, diffLists } from './myers-diff.ts'
import { Fingerprints } from './fingerprint.ts'
import { type DocumentPart, documentParts, partOf } from './document-parts.ts'
import { textName } from '../documents/richtext/schema.ts'
import { splitWords } from '../documents/richtext/words.ts'

type List = Y.Array<unknown> | Y.XmlFragment
type Kind = 'text' | 'xml' | 'array' | 'map'

/** Maximum diff steps; beyond, everything is replaced. */
const maxSteps = 2000

/** Which parts are reconciled, and in how many transactions. */
export interface ReconcileOptions {
  parts?: readonly DocumentPart[] | undefined
  /** A transaction ends after the child of a root with which this many items were changed; a child is never split. */
  maxItemsPerTransaction?: number | undefined
}

/** Makes a document equal to another in the root types of some parts. Roots whose type is unknown (never any content) stay unchanged. */
export function reconcileDocument(
  present: Y.Doc,
  past: Y.Doc,
  { parts = documentParts, maxItemsPerTransaction = Number.POSITIVE_INFINITY }: ReconcileOptions = {},
): void {
  const changes = reconcileRoots(present, past, parts)
  let done = false
  while (!done) {
    present.transact((transaction) => {
      const before = countItems(present)
      do done = changes.next().done === true
      while (!done && countChangedItems(transaction, before) < maxItemsPerTransaction)
    })
  }
}

/** Changes the roots, child by child. */
function* reconcileRoots(present: Y.Doc, past: Y.Doc, parts: readonly DocumentPart[]): Generator<void, void> {
  const prints = new Fingerprints()
  for (const name of new Set([...past.share.keys(), ...present.share.keys()])) {
    const part = partOf(name)
    if (!part || !parts.includes(part)) continue
    const kind = name === textName ? 'xml' : (detectKind(present.share.get(name)) ?? detectKind(past.share.get(name)))
    if (kind === 'map') yield* reconcileMap(present.getMap(name), past.getMap(name), prints)
    else if (kind === 'array') yield* reconcileList(present.getArray(name), past.getArray(name), prints)
    else if (kind === 'xml') yield* reconcileList(present.getXmlFragment(name), past.getXmlFragment(name), prints)
    else if (kind === 'text') reconcileText(present.getText(name), past.getText(name), prints)
  }
}

const countItems = (document: Y.Doc) => document.store.clients.get(document.clientID)?.length ?? 0

/** How many items a transaction inserted and deleted so far. */
function countChangedItems({ doc, deleteSet }: Y.Transaction, itemsBefore: number): number {
  let weight = countItems(doc) - itemsBefore
  for (const deleted of deleteSet.clients.values()) weight += deleted.length
  return weight
}

/** The kind of a root type, from its current or earlier content. */
export function detectKind(type: Y.AbstractType<any> | undefined): Kind | undefined {
  for (let item = type?._start ?? null; item; item = item.right) {
    const { content } = item
    if (content instanceof Y.ContentDeleted) continue
    if (content instanceof Y.ContentString || content instanceof Y.ContentFormat || content instanceof Y.ContentEmbed) return 'text'
    return content instanceof Y.ContentType && isXml(content.type) ? 'xml' : 'array'
  }
  return type && type._map.size > 0 ? 'map' : undefined
}

const isXml = (value: unknown) => value instanceof Y.XmlElement || value instanceof Y.XmlText || value instanceof Y.XmlHook

/** Two values can be reconciled only if these are equal. */
function describeShape(value: unknown): string {
  if (value instanceof Y.XmlElement) return `<${value.nodeName}>`
  if (value instanceof Y.Text) return 'text'
  if (value instanceof Y.Map) return 'map'
  if (value instanceof Y.Array) return 'array'
  return 'value'
}

const copyValue = (value: unknown): unknown => (value instanceof Y.AbstractType ? value.clone() : value)

/** Makes a value equal to another of the same shape. Plain values cannot change, so they are replaced. */
function reconcileValue(present: unknown, past: unknown, prints: Fingerprints): void {
  if (present instanceof Y.XmlElement && past instanceof Y.XmlElement) {
    const attributes = past.getAttributes() as Record<string, never>
    for (const name of Object.keys(present.getAttributes())) if (!(name in attributes)) present.removeAttribute(name)
    for (const [name, value] of Object.entries(attributes)) {
      if (prints.of(present.getAttribute(name)) !== prints.of(value)) present.setAttribute(name, value)
    }
    runToEnd(reconcileList(present, past, prints))
  } else if (present instanceof Y.Text && past instanceof Y.Text) reconcileText(present, past, prints)
  else if (present instanceof Y.Map && past instanceof Y.Map) runToEnd(reconcileMap(present, past, prints))
  else if (present instanceof Y.Array && past instanceof Y.Array) runToEnd(reconcileList(present, past, prints))
}

/** Makes all changes of a root's child at once. */
function runToEnd(changes: Generator<void, void>) {
  while (changes.next().done !== true);
}

function* reconcileMap(present: Y.Map<unknown>, past: Y.Map<unknown>, prints: Fingerprints): Generator<void, void> {
  for (const key of present.keys()) {
    if (past.has(key)) continue
    present.delete(key)
    yield
  }
  for (const [key, value] of past.entries()) {
    const own = present.get(key)
    if (present.has(key) && prints.of(own) === prints.of(value)) continue
    if (describeShape(own) === describeShape(value) && describeShape(own) !== 'value') reconcileValue(own, value, prints)
    else present.set(key, copyValue(value))
    yield
  }
}

function* reconcileList(present: List, past: List, prints: Fingerprints): Generator<void, void> {
  const [own, wanted] = [present.toArray() as unknown[], past.toArray() as unknown[]]
  const print = (value: unknown) => prints.of(value)
  const differences = diffWithAnchors(own.map(print), wanted.map(print), maxSteps)
  const place = new ListCursor(present)
  let [old, next] = [0, 0]
  let [gone, come]: [unknown[], unknown[]] = [[], []]
  for (const { change, count } of differences) {
    if (change === 'deleted') gone = own.slice(old, (old += count))
    else if (change === 'inserted') come = wanted.slice(next, (next += count))
    else {
      yield* replaceValues(place, gone, come, prints)
      gone = []
      come = []
      place.advance(own.slice(old, old + count))
      old += count
      next += count
    }
  }
  yield* replaceValues(place, gone, come, prints)
}

/** Consecutive values that are inserted or deleted as one change. */
const valuesPerChange = 50

/** Replaces values by others. Values of the same shape, nearest in order, are changed instead of replaced. */
function* replaceValues(place: ListCursor, gone: unknown[], come: unknown[], prints: Fingerprints): Generator<void, void> {
  const nextOf = createShapeSearch(come)
  let next = 0
  let leaving: unknown[] = []
  function* leave() {
    for (let start = 0; start < leaving.length; start += valuesPerChange) {
      place.delete(leaving.slice(start, start + valuesPerChange))
      yield
    }
    leaving = []
  }
  function* insert(upTo: number) {
    for (; next < upTo; next = Math.min(upTo, next + valuesPerChange)) {
      place.insert(come.slice(next, Math.min(upTo, next + valuesPerChange)).map(copyValue))
      yield
    }
  }
  for (const [n, value] of gone.entries()) {
    // with equal numbers each value becomes the next one; otherwise the first of its shape that leaves enough for the others
    const match = describeShape(value) === 'value' ? -1 : nextOf(describeShape(value), next)
    const keeps = match >= 0 && (match === next || come.length - match >= gone.length - n)
    if (!keeps) leaving.push(value)
    else {
      yield* leave()
      yield* insert(match)
      reconcileValue(value, come[match], prints)
      place.advance([value])
      next = match + 1
      yield
    }
  }
  // inserted before deleting, so that a text is never empty in between
  yield* insert(come.length)
  yield* leave()
}

/** Finds the first value of a shape from an index on, -1 where there is none. Indexes must increase from call to call. */
function createShapeSearch(values: unknown[]): (sort: string, from: number) => number {
  const places = new Map<string, { all: number[]; asked: number }>()
  for (const [place, value] of values.entries()) {
    const sort = describeShape(value)
    const known = places.get(sort)
    if (known) known.all.push(place)
    else places.set(sort, { all: [place], asked: 0 })
  }
  return (sort, from) => {
    const known = places.get(sort)
    if (!known) return -1
    while ((known.all[known.asked] ?? from) < from) known.asked++
    return known.all[known.asked] ?? -1
  }
}

/**
 * A cursor that moves through a list. Yjs finds an index in a fragment by walking from the beginning, so for fragments the previous child
 * is kept.
 */
class ListCursor {
  readonly #list: List
  #index = 0
  #before: Y.AbstractType<any> | null | undefined = null

  constructor(list: List) {
    this.#list = list
  }

  /** Moves past values at the cursor. */
  advance(values: unknown[]): void {
    if (values.length === 0) return
    this.#index += values.length
    const last = values.at(-1)
    this.#before = last instanceof Y.AbstractType ? last : undefined
  }

  /** Inserts values at the cursor, and moves past them. */
  insert(values: unknown[]): void {
    if (this.#list instanceof Y.XmlFragment && this.#before !== undefined)
      this.#list.insertAfter(this.#before as Y.XmlElement | null, values as Y.XmlElement[])
    else this.#list.insert(this.#index, values as Y.XmlElement[])
    this.advance(values)
  }

  /** Deletes values at the cursor. */
  delete(values: unknown[]): void {
    if (this.#list instanceof Y.XmlFragment && values.every((value) => value instanceof Y.AbstractType))
      this.#list.doc?.transact((transaction) => {
        for (const { _item } of values as Y.AbstractType<any>[]) _item?.delete(transaction)
      })
    else this.#list.delete(this.#index, values.length)
  }
}

interface Token {
  insert: string | object
  attributes: Record<string, unknown>
}

const tokenize = (text: Y.Text): Token[] =>
  (text.toDelta() as { insert: string | object; attributes?: Record<string, unknown> }[]).flatMap(({ insert, attributes = {} }) =>
    (typeof insert === 'string' ? splitWords(insert) : [insert]).map((one) => ({
      insert: one,
      attributes,
    })),
  )

const tokenLength = ({ insert }: Token) => (typeof insert === 'string' ? insert.length : 1)

function reconcileText(present: Y.Text, past: Y.Text, prints: Fingerprints): void {
  // Yjs may lose a mark between deleted and inserted words; then the marks are set once more
  for (let round = 0; round < 3; round++) if (editText(present, past, prints)) return
  if (prints.of(present.toDelta()) === prints.of(past.toDelta())) return
  present.delete(0, present.length)
  present.applyDelta(past.toDelta(), { sanitize: false })
}

/** Edits a text towards another. @returns whether there was nothing to do */
function editText(present: Y.Text, past: Y.Text, prints: Fingerprints): boolean {
  const [own, wanted] = [tokenize(present), tokenize(past)]
  const print = ({ insert }: Token) => (typeof insert === 'string' ? insert : prints.of(insert))
  const same = (one: Token | undefined, other: Token | undefined) =>
    one !== undefined && other !== undefined && print(one) === print(other) && prints.of(one.attributes) === prints.of(other.attributes)
  const most = Math.min(own.length, wanted.length)
  let start = 0
  while (start < most && same(own[start], wanted[start])) start++
  let end = 0
  while (end < most - start && same(own[own.length - 1 - end], wanted[wanted.length - 1 - end])) end++
  if (start === own.length && start === wanted.length) return true
  const [left, right] = [own.slice(start, own.length - end), wanted.slice(start, wanted.length - end)]
  const differences = diffLists(left.map(print), right.map(print), maxSteps) ?? [
    { change: 'deleted', count: left.length },
    { change: 'inserted', count: right.length },
  ]
  const delta: { retain?: number; delete?: number; insert?: string | object; attributes?: Record<string, unknown> }[] = []
  const before = own.slice(0, start).reduce((sum, token) => sum + tokenLength(token), 0)
  if (before > 0) delta.push({ retain: before })
  let [old, next] = [0, 0]
  for (const { change, count } of differences) {
    for (let n = 0; n < count; n++) {
      if (change === 'deleted') delta.push({ delete: tokenLength(left[old++] as Token) })
      else if (change === 'inserted') delta.push({ ...(right[next++] as Token) })
      else {
        const [was, is] = [left[old++] as Token, right[next++] as Token]
        const attributes: Record<string, unknown> = {}
        for (const name of Object.keys(was.attributes)) if (!(name in is.attributes)) attributes[name] = null
        for (const [name, value] of Object.entries(is.attributes)) {
          if (prints.of(was.attributes[name]) !== prints.of(value)) attributes[name] = value
        }
        delta.push({ retain: tokenLength(was), ...(Object.keys(attributes).length > 0 && { attributes }) })
      }
    }
  }
  present.applyDelta(delta, { sanitize: false })
  return false
}
