/** A redline as a text with suggestions: what was there before and what came since, so that every form of paper can show it. */
import type { JSONContent } from '@tiptap/core'
import { differencesOf } from '../documents/difference.ts'
import { suggestibleBlocks } from '../documents/prose.ts'

/** Who wrote or took away a sign, and when; undefined where nobody knows. */
export type By = { author: string; at: string } | undefined

/** A text, with who is behind each of its signs, in order: who took it away (before), or put it there (after). */
export interface Side {
  content: JSONContent
  by: By[]
}

/** Differences are looked for up to so many steps; beyond, all counts as another text. */
const mostSteps = 4000
/** How far ahead the block is looked for that another became, and how much of their words they must share. */
const nearby = 8
const likeness = 0.4

interface Token {
  node: JSONContent
  by: By
}

/** @returns the later text, with what is new as insertions and what is gone as deletions */
export function changedContent(before: Side, after: Side): JSONContent {
  const [old, present] = [numbered(before), numbered(after)]
  return { type: 'doc', content: between(old.content ?? [], present.content ?? []) }
}

type Marked = JSONContent & { by?: By[] }

/** Each text node with those behind its signs. Where the count does not fit, nobody is. */
function numbered({ content, by }: Side): JSONContent {
  let place = 0
  const walk = (part: JSONContent): Marked => {
    if (part.text !== undefined) {
      const mine = by.slice(place, place + part.text.length)
      place += part.text.length
      return { ...part, by: mine } as Marked
    }
    return part.content ? { ...part, content: part.content.map(walk) } : part
  }
  return walk(content)
}

/** Without who wrote it: what two parts are compared by. */
const keyOf = (part: JSONContent) => JSON.stringify(part, (key, value: unknown) => (key === 'by' ? undefined : value))

function between(before: JSONContent[], after: JSONContent[]): JSONContent[] {
  const [keysBefore, keysAfter] = [before.map(keyOf), after.map(keyOf)]
  const steps = differencesOf(keysBefore, keysAfter, mostSteps)
  if (!steps) return paired(before, after)
  const made: JSONContent[] = []
  let [old, present] = [0, 0]
  let [removed, added]: [JSONContent[], JSONContent[]] = [[], []]
  const settle = () => {
    made.push(...paired(removed, added))
    ;[removed, added] = [[], []]
  }
  for (const { change, count } of steps) {
    if (change === 'deleted') removed.push(...before.slice(old, (old += count)))
    else if (change === 'inserted') added.push(...after.slice(present, (present += count)))
    else {
      settle()
      made.push(...after.slice(present, (present += count)))
      old += count
    }
  }
  settle()
  return made
}

/** What went and what came at one place: some of it became each other. */
function paired(removed: JSONContent[], added: JSONContent[]): JSONContent[] {
  const made: JSONContent[] = []
  let next = 0
  for (const old of removed) {
    const near = added.slice(next, next + nearby).findIndex((one) => became(old, one))
    if (near === -1) {
      made.push(whole(old, 'delete'))
      continue
    }
    for (const one of added.slice(next, next + near)) made.push(whole(one, 'insert'))
    made.push(merged(old, added[next + near] as JSONContent))
    next += near + 1
  }
  return [...made, ...added.slice(next).map((one) => whole(one, 'insert'))]
}

const wordsIn = (part: JSONContent): string => part.text ?? (part.content ?? []).map(wordsIn).join(' ')
const isWords = (part: JSONContent) => part.type === 'paragraph' || part.type === 'heading'

function became(old: JSONContent, present: JSONContent): boolean {
  if (isWords(old) && isWords(present)) return alike(old, present)
  if (old.type !== present.type || old.type === 'codeBlock') return false
  if (old.type === 'tableRow' && old.content?.length !== present.content?.length) return false
  return old.type?.startsWith('tableCell') || old.type === 'tableHeader' || alike(old, present)
}

function alike(old: JSONContent, present: JSONContent): boolean {
  const [one, other] = [wordsIn(old), wordsIn(present)].map((text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu)))
  if (!one || !other || Math.max(one.size, other.size) === 0) return old.type === present.type
  return [...one].filter((word) => other.has(word)).length >= likeness * Math.max(one.size, other.size)
}

function merged(old: JSONContent, present: JSONContent): JSONContent {
  if (!isWords(present)) {
    // cells keep their places
    if (present.type === 'tableRow')
      return { ...present, content: (present.content ?? []).map((cell, at) => merged((old.content ?? [])[at] ?? cell, cell)) }
    return { ...present, content: between(old.content ?? [], present.content ?? []) }
  }
  const [before, after] = [tokensOf(old), tokensOf(present)]
  const keys = (tokens: Token[]) => tokens.map(({ node }) => node.text ?? `${node.type}${JSON.stringify(node.attrs ?? {})}`)
  const steps = differencesOf(keys(before), keys(after), mostSteps)
  if (!steps)
    return {
      ...present,
      content: [...before.map((token) => changed(token, 'deletion')), ...after.map((token) => changed(token, 'insertion'))],
    }
  const content: JSONContent[] = []
  let [gone, here] = [0, 0]
  for (const { change, count } of steps) {
    if (change === 'deleted') for (const token of before.slice(gone, (gone += count))) content.push(changed(token, 'deletion'))
    else if (change === 'inserted') for (const token of after.slice(here, (here += count))) content.push(changed(token, 'insertion'))
    else {
      for (const { node } of after.slice(here, (here += count))) content.push(node)
      gone += count
    }
  }
  return { ...present, content: joined(content) }
}

function tokensOf(block: JSONContent): Token[] {
  return (block.content ?? []).flatMap((part: Marked): Token[] => {
    const { by, ...node } = part
    if (part.text === undefined) return [{ node, by: by?.[0] }]
    let place = 0
    return (part.text.match(/[\p{L}\p{N}]+|\s+|[^\p{L}\p{N}\s]/gu) ?? []).map((text) => {
      const token = { node: { ...node, text }, by: by?.[place] }
      place += text.length
      return token
    })
  })
}

function changed({ node, by }: Token, type: 'insertion' | 'deletion'): JSONContent {
  const marks = (node.marks ?? []).filter((mark) => mark.type !== 'insertion' && mark.type !== 'deletion')
  return { ...node, marks: [...marks, { type, attrs: { id: null, author: by?.author ?? null, at: by?.at ?? null } }] }
}

/** Words of one look as one. */
function joined(parts: JSONContent[]): JSONContent[] {
  const made: JSONContent[] = []
  for (const part of parts) {
    const last = made.at(-1)
    if (last?.text !== undefined && part.text !== undefined && keyOf({ marks: last.marks ?? [] }) === keyOf({ marks: part.marks ?? [] }))
      last.text += part.text
    else made.push({ ...part })
  }
  return made
}

function whole(part: JSONContent, kind: 'insert' | 'delete'): JSONContent {
  if (!suggestibleBlocks.includes(part.type ?? ''))
    return { ...part, ...(part.content && { content: part.content.map((inner) => whole(inner, kind)) }) }
  const by = firstBy(part)
  const suggestion = JSON.stringify({ id: 'redline', kind, author: by?.author ?? '', at: by?.at ?? '1970-01-01T00:00:00.000Z' })
  return { ...part, attrs: { ...part.attrs, suggestion } }
}

function firstBy(part: Marked): By {
  if (part.by) return part.by.find(Boolean)
  for (const inner of part.content ?? []) {
    const by = firstBy(inner)
    if (by) return by
  }
  return undefined
}
