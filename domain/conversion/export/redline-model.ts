/** A redline as a text with suggestions, so that every format can show it. */
import type { JSONContent } from '@tiptap/core'
import { diffLists } from '../../history/myers-diff.ts'
import { splitWords } from '../../documents/richtext/words.ts'
import { suggestibleBlocks } from '../../documents/richtext/schema.ts'

/** The author and time of a change; undefined where unknown. */
export type ChangeAuthor = { author: string; at: string } | undefined

/** A text with the author of each character, in order: who deleted it (before) or inserted it (after). */
export interface RedlineSide {
  content: JSONContent
  by: ChangeAuthor[]
}

/** Maximum diff steps; beyond, everything counts as replaced. */
const maxSteps = 4000
/** How many blocks ahead a changed block is searched, and how many of their words must be equal. */
const maxLookahead = 8
const minSimilarity = 0.4

interface Token {
  node: JSONContent
  by: ChangeAuthor
}

/** @returns the later text, with insertions and deletions marked */
export function createRedlineContent(before: RedlineSide, after: RedlineSide): JSONContent {
  const [old, present] = [attachAuthors(before), attachAuthors(after)]
  return { type: 'doc', content: diffBlocks(old.content ?? [], present.content ?? []) }
}

type Marked = JSONContent & { by?: ChangeAuthor[] }

/** Attaches the authors of its characters to each text node. Where the count differs, they are unknown. */
function attachAuthors({ content, by }: RedlineSide): JSONContent {
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

/** The content without authors and numbers of paragraphs, for comparing: one more clause renumbers all that follow. */
const keyOf = (part: JSONContent) => JSON.stringify(part, (key, value: unknown) => (key === 'by' || key === 'number' ? undefined : value))

function diffBlocks(before: JSONContent[], after: JSONContent[]): JSONContent[] {
  const [keysBefore, keysAfter] = [before.map(keyOf), after.map(keyOf)]
  const steps = diffLists(keysBefore, keysAfter, maxSteps)
  if (!steps) return pairBlocks(before, after)
  const made: JSONContent[] = []
  let [old, present] = [0, 0]
  let [removed, added]: [JSONContent[], JSONContent[]] = [[], []]
  const settle = () => {
    made.push(...pairBlocks(removed, added))
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

/** Pairs deleted and inserted blocks of one place. */
function pairBlocks(removed: JSONContent[], added: JSONContent[]): JSONContent[] {
  const made: JSONContent[] = []
  let next = 0
  for (const old of removed) {
    const near = added.slice(next, next + maxLookahead).findIndex((one) => isSameBlock(old, one))
    if (near === -1) {
      made.push(markWhole(old, 'delete'))
      continue
    }
    for (const one of added.slice(next, next + near)) made.push(markWhole(one, 'insert'))
    made.push(mergeBlocks(old, added[next + near] as JSONContent))
    next += near + 1
  }
  return [...made, ...added.slice(next).map((one) => markWhole(one, 'insert'))]
}

const readWords = (part: JSONContent): string => part.text ?? (part.content ?? []).map(readWords).join(' ')
const isTextBlock = (part: JSONContent) => part.type === 'paragraph' || part.type === 'heading'

function isSameBlock(old: JSONContent, present: JSONContent): boolean {
  if (isTextBlock(old) && isTextBlock(present)) return isSimilar(old, present)
  if (old.type !== present.type || old.type === 'codeBlock') return false
  if (old.type === 'tableRow' && old.content?.length !== present.content?.length) return false
  return old.type?.startsWith('tableCell') || old.type === 'tableHeader' || isSimilar(old, present)
}

function isSimilar(old: JSONContent, present: JSONContent): boolean {
  const [one, other] = [readWords(old), readWords(present)].map((text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu)))
  if (!one || !other || Math.max(one.size, other.size) === 0) return old.type === present.type
  return [...one].filter((word) => other.has(word)).length >= minSimilarity * Math.max(one.size, other.size)
}

function mergeBlocks(old: JSONContent, present: JSONContent): JSONContent {
  if (!isTextBlock(present)) {
    // cells keep their columns
    if (present.type === 'tableRow')
      return { ...present, content: (present.content ?? []).map((cell, at) => mergeBlocks((old.content ?? [])[at] ?? cell, cell)) }
    return { ...present, content: diffBlocks(old.content ?? [], present.content ?? []) }
  }
  const [before, after] = [tokenize(old), tokenize(present)]
  const keys = (tokens: Token[]) => tokens.map(({ node }) => node.text ?? `${node.type}${JSON.stringify(node.attrs ?? {})}`)
  const steps = diffLists(keys(before), keys(after), maxSteps)
  if (!steps)
    return {
      ...present,
      content: [...before.map((token) => markChanged(token, 'deletion')), ...after.map((token) => markChanged(token, 'insertion'))],
    }
  const content: JSONContent[] = []
  let [gone, here] = [0, 0]
  for (const { change, count } of steps) {
    if (change === 'deleted') for (const token of before.slice(gone, (gone += count))) content.push(markChanged(token, 'deletion'))
    else if (change === 'inserted') for (const token of after.slice(here, (here += count))) content.push(markChanged(token, 'insertion'))
    else {
      for (const { node } of after.slice(here, (here += count))) content.push(node)
      gone += count
    }
  }
  return { ...present, content: joinTexts(content) }
}

function tokenize(block: JSONContent): Token[] {
  return (block.content ?? []).flatMap((part: Marked): Token[] => {
    const { by, ...node } = part
    if (part.text === undefined) return [{ node, by: by?.[0] }]
    let place = 0
    return splitWords(part.text).map((text) => {
      const token = { node: { ...node, text }, by: by?.[place] }
      place += text.length
      return token
    })
  })
}

function markChanged({ node, by }: Token, type: 'insertion' | 'deletion'): JSONContent {
  const marks = (node.marks ?? []).filter((mark) => mark.type !== 'insertion' && mark.type !== 'deletion')
  return { ...node, marks: [...marks, { type, attrs: { id: null, author: by?.author ?? null, at: by?.at ?? null } }] }
}

/** Joins adjacent texts with the same format. */
function joinTexts(parts: JSONContent[]): JSONContent[] {
  const made: JSONContent[] = []
  for (const part of parts) {
    const last = made.at(-1)
    if (last?.text !== undefined && part.text !== undefined && keyOf({ marks: last.marks ?? [] }) === keyOf({ marks: part.marks ?? [] }))
      last.text += part.text
    else made.push({ ...part })
  }
  return made
}

function markWhole(part: JSONContent, kind: 'insert' | 'delete'): JSONContent {
  if (!suggestibleBlocks.includes(part.type ?? ''))
    return { ...part, ...(part.content && { content: part.content.map((inner) => markWhole(inner, kind)) }) }
  const by = findFirstAuthor(part)
  const suggestion = JSON.stringify({ id: 'redline', kind, author: by?.author ?? '', at: by?.at ?? '1970-01-01T00:00:00.000Z' })
  return { ...part, attrs: { ...part.attrs, suggestion } }
}

function findFirstAuthor(part: Marked): ChangeAuthor {
  if (part.by) return part.by.find(Boolean)
  for (const inner of part.content ?? []) {
    const by = findFirstAuthor(inner)
    if (by) return by
  }
  return undefined
}
