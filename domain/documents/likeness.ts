/** Making one document like another by the smallest edit: what is the same stays the same item, so that those who type in it go on. */
import * as Y from 'yjs'
import { differencesOf } from './difference.ts'
import { textName } from './prose.ts'

type List = Y.Array<unknown> | Y.XmlFragment
type Kind = 'text' | 'xml' | 'array' | 'map'

/** Differences are looked for up to so many steps; beyond, all is written anew. */
const mostSteps = 2000

/** Makes a document like another, in every root type. Those of which nothing tells what they are (never anything in them) stay. */
export function makeLike(present: Y.Doc, past: Y.Doc): void {
  present.transact(() => {
    for (const name of new Set([...past.share.keys(), ...present.share.keys()])) {
      const kind = name === textName ? 'xml' : (kindOf(present.share.get(name)) ?? kindOf(past.share.get(name)))
      if (kind === 'map') likeMap(present.getMap(name), past.getMap(name))
      else if (kind === 'array') likeList(present.getArray(name), past.getArray(name))
      else if (kind === 'xml') likeList(present.getXmlFragment(name), past.getXmlFragment(name))
      else if (kind === 'text') likeText(present.getText(name), past.getText(name))
    }
  })
}

/** What a root type is, by what is or was in it. */
function kindOf(type: Y.AbstractType<any> | undefined): Kind | undefined {
  for (let item = type?._start ?? null; item; item = item.right) {
    const { content } = item
    if (content instanceof Y.ContentDeleted) continue
    if (content instanceof Y.ContentString || content instanceof Y.ContentFormat || content instanceof Y.ContentEmbed) return 'text'
    return content instanceof Y.ContentType && isXml(content.type) ? 'xml' : 'array'
  }
  return type && type._map.size > 0 ? 'map' : undefined
}

const isXml = (value: unknown) => value instanceof Y.XmlElement || value instanceof Y.XmlText || value instanceof Y.XmlHook

/** What two values must have in common so that one can be made like the other. */
function sortOf(value: unknown): string {
  if (value instanceof Y.XmlElement) return `<${value.nodeName}>`
  if (value instanceof Y.Text) return 'text'
  if (value instanceof Y.Map) return 'map'
  if (value instanceof Y.Array) return 'array'
  return 'value'
}

/** A text that is the same for values that are. */
function printOf(value: unknown): string {
  if (value instanceof Y.XmlElement) {
    return `<${value.nodeName} ${printOf(value.getAttributes())}>${value.toArray().map(printOf).join()}</>`
  }
  if (value instanceof Y.Text) return `"${printOf(value.toDelta())}"`
  if (value instanceof Y.Map) return `m${printOf(Object.fromEntries(value.entries()))}`
  if (value instanceof Y.Array) return `a${printOf(value.toArray())}`
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString('base64')}`
  if (Array.isArray(value)) return `[${value.map(printOf).join()}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
    return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${printOf(one)}`).join()}}`
  }
  return JSON.stringify(value) ?? 'undefined'
}

const copyOf = (value: unknown): unknown => (value instanceof Y.AbstractType ? value.clone() : value)

/** Makes a value like another of its sort. Plain values are not of the kind that can change. */
function like(present: unknown, past: unknown): void {
  if (present instanceof Y.XmlElement && past instanceof Y.XmlElement) {
    const attributes = past.getAttributes() as Record<string, never>
    for (const name of Object.keys(present.getAttributes())) if (!(name in attributes)) present.removeAttribute(name)
    for (const [name, value] of Object.entries(attributes)) {
      if (printOf(present.getAttribute(name)) !== printOf(value)) present.setAttribute(name, value)
    }
    likeList(present, past)
  } else if (present instanceof Y.Text && past instanceof Y.Text) likeText(present, past)
  else if (present instanceof Y.Map && past instanceof Y.Map) likeMap(present, past)
  else if (present instanceof Y.Array && past instanceof Y.Array) likeList(present, past)
}

function likeMap(present: Y.Map<unknown>, past: Y.Map<unknown>): void {
  for (const key of present.keys()) if (!past.has(key)) present.delete(key)
  for (const [key, value] of past.entries()) {
    const own = present.get(key)
    if (present.has(key) && printOf(own) === printOf(value)) continue
    if (sortOf(own) === sortOf(value) && sortOf(own) !== 'value') like(own, value)
    else present.set(key, copyOf(value))
  }
}

function likeList(present: List, past: List): void {
  const [own, wanted] = [present.toArray() as unknown[], past.toArray() as unknown[]]
  const differences = differencesOf(own.map(printOf), wanted.map(printOf), mostSteps)
  let [place, old, next] = [0, 0, 0]
  let [gone, come]: [unknown[], unknown[]] = [[], []]
  const settle = () => {
    place = replace(present, place, gone, come)
    gone = []
    come = []
  }
  for (const { change, count } of differences ?? []) {
    if (change === 'deleted') gone.push(...own.slice(old, (old += count)))
    else if (change === 'inserted') come.push(...wanted.slice(next, (next += count)))
    else {
      settle()
      place += count
      old += count
      next += count
    }
  }
  if (!differences) [gone, come] = [own, wanted]
  settle()
}

/** Puts values in the place of others. Of the same sort, and the nearest in number, they are changed and not replaced. Answers where they end. */
function replace(list: List, place: number, gone: unknown[], come: unknown[]): number {
  let next = 0
  const insert = (upTo: number) => {
    const values = come.slice(next, upTo).map(copyOf)
    if (values.length > 0) list.insert(place, values as never)
    place += values.length
    next = upTo
  }
  for (const [n, value] of gone.entries()) {
    // where as many went as came each became the next; else each the first of its sort that leaves enough for the others
    const match = sortOf(value) === 'value' ? -1 : come.findIndex((other, at) => at >= next && sortOf(other) === sortOf(value))
    const keeps = match >= 0 && (match === next || come.length - match >= gone.length - n)
    if (!keeps) list.delete(place, 1)
    else {
      insert(match)
      like(value, come[match])
      place++
      next = match + 1
    }
  }
  insert(come.length)
  return place
}

interface Token {
  insert: string | object
  attributes: Record<string, unknown>
}

const tokensOf = (text: Y.Text): Token[] =>
  (text.toDelta() as { insert: string | object; attributes?: Record<string, unknown> }[]).flatMap(({ insert, attributes = {} }) =>
    (typeof insert === 'string' ? (insert.match(/[\p{L}\p{N}_]+|\s|[^\p{L}\p{N}_\s]/gu) ?? []) : [insert]).map((one) => ({
      insert: one,
      attributes,
    })),
  )

const lengthOf = ({ insert }: Token) => (typeof insert === 'string' ? insert.length : 1)

function likeText(present: Y.Text, past: Y.Text): void {
  // Yjs may lose a mark between words that go and come: then the marks are set once more
  for (let round = 0; round < 3; round++) if (edited(present, past)) return
  if (printOf(present.toDelta()) === printOf(past.toDelta())) return
  present.delete(0, present.length)
  present.applyDelta(past.toDelta(), { sanitize: false })
}

/** Edits a text towards another. Answers whether there was nothing to do. */
function edited(present: Y.Text, past: Y.Text): boolean {
  const [own, wanted] = [tokensOf(present), tokensOf(past)]
  const print = ({ insert }: Token) => (typeof insert === 'string' ? insert : printOf(insert))
  const same = (one: Token | undefined, other: Token | undefined) =>
    one !== undefined && other !== undefined && print(one) === print(other) && printOf(one.attributes) === printOf(other.attributes)
  const most = Math.min(own.length, wanted.length)
  let start = 0
  while (start < most && same(own[start], wanted[start])) start++
  let end = 0
  while (end < most - start && same(own[own.length - 1 - end], wanted[wanted.length - 1 - end])) end++
  if (start === own.length && start === wanted.length) return true
  const [left, right] = [own.slice(start, own.length - end), wanted.slice(start, wanted.length - end)]
  const differences = differencesOf(left.map(print), right.map(print), mostSteps) ?? [
    { change: 'deleted', count: left.length },
    { change: 'inserted', count: right.length },
  ]
  const delta: { retain?: number; delete?: number; insert?: string | object; attributes?: Record<string, unknown> }[] = []
  const before = own.slice(0, start).reduce((sum, token) => sum + lengthOf(token), 0)
  if (before > 0) delta.push({ retain: before })
  let [old, next] = [0, 0]
  for (const { change, count } of differences) {
    for (let n = 0; n < count; n++) {
      if (change === 'deleted') delta.push({ delete: lengthOf(left[old++] as Token) })
      else if (change === 'inserted') delta.push({ ...(right[next++] as Token) })
      else {
        const [was, is] = [left[old++] as Token, right[next++] as Token]
        const attributes: Record<string, unknown> = {}
        for (const name of Object.keys(was.attributes)) if (!(name in is.attributes)) attributes[name] = null
        for (const [name, value] of Object.entries(is.attributes)) {
          if (printOf(was.attributes[name]) !== printOf(value)) attributes[name] = value
        }
        delta.push({ retain: lengthOf(was), ...(Object.keys(attributes).length > 0 && { attributes }) })
      }
    }
  }
  present.applyDelta(delta, { sanitize: false })
  return false
}
