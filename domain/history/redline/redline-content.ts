/** A redline as a text with suggestions, so that every format and page can show it. */
import type { JSONContent } from '@tiptap/core'
import { diffLists } from '../myers-diff.ts'
import { splitWords } from '../../documents/richtext/words.ts'
import { type BlockSuggestion, suggestibleBlocks } from '../../documents/richtext/schema.ts'

/** The author and time of a change; undefined where unknown. */
export type ChangeAuthor = { author: string; at: string } | undefined

/** A text with the author of each character, in order: who deleted it (before) or inserted it (after). */
export interface RedlineSide {
  content: JSONContent
  by: ChangeAuthor[]
}

/** Maximum diff steps; beyond, everything counts as replaced. */
const maxSteps = 4000
/** How many blocks ahead a changed block is searched, how many of their words must be equal, and how many characters are compared. */
const maxLookahead = 8
const minSimilarity = 0.4
const maxComparedCharacters = 2000

/** A part of a text block with one format and author. */
interface Piece {
  node: JSONContent
  by: ChangeAuthor
}

/** A word, or an inline node without text. A word may have several formats. */
interface Token {
  key: string
  pieces: Piece[]
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

/** Not compared: authors, and what follows from other paragraphs. */
const derived = new Set(['by', 'number', 'shown'])

/** The content for comparing. */
const keyOf = (part: unknown) => JSON.stringify(part, (key, value: unknown) => (derived.has(key) ? undefined : value))

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

/** The first words of a part. */
function readWords(part: JSONContent): string {
  if (part.text !== undefined) return part.text.slice(0, maxComparedCharacters)
  let words = ''
  for (const inner of part.content ?? []) {
    if (words.length >= maxComparedCharacters) break
    words += `${readWords(inner)} `
  }
  return words
}
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
  const keys = (tokens: Token[]) => tokens.map(({ key }) => key)
  const steps = diffLists(keys(before), keys(after), maxSteps) ?? [
    { change: 'deleted', count: before.length },
    { change: 'inserted', count: after.length },
  ]
  const content: JSONContent[] = []
  let [gone, here] = [0, 0]
  for (const { change, count } of steps) {
    const were = change === 'inserted' ? [] : before.slice(gone, (gone += count))
    const are = change === 'deleted' ? [] : after.slice(here, (here += count))
    if (change === 'deleted') content.push(...markChanged(were, 'deletion'))
    else if (change === 'inserted') content.push(...markChanged(are, 'insertion'))
    else for (const [n, token] of are.entries()) content.push(...markFormatChanges(were[n] as Token, token))
  }
  return { ...markTypeChange(old, present), content: joinTexts(content) }
}

const suggestionMarks = new Set(['insertion', 'deletion', 'formatChange'])
const formatsOf = ({ marks = [] }: JSONContent) => marks.filter(({ type }) => !suggestionMarks.has(type))

/** Marks the parts of an equal word whose formats changed. */
function markFormatChanges(old: Token, present: Token): JSONContent[] {
  const parts: JSONContent[] = []
  let [place, oldEnd, next] = [0, 0, 0]
  for (const { node } of present.pieces) {
    const end = place + (node.text?.length ?? 1)
    while (place < end) {
      if (place >= oldEnd) oldEnd += old.pieces[next++]?.node.text?.length ?? 1
      const upTo = Math.min(end, Math.max(oldEnd, place + 1))
      const start = end - (node.text?.length ?? 1)
      const part = node.text === undefined ? node : { ...node, text: node.text.slice(place - start, upTo - start) }
      parts.push(markFormatChange(old.pieces[next - 1]?.node ?? node, part))
      place = upTo
    }
  }
  return parts
}

function markFormatChange(old: JSONContent, present: JSONContent): JSONContent {
  const [before, after] = [formatsOf(old), formatsOf(present)]
  const [keysBefore, keysAfter] = [before.map(keyOf), after.map(keyOf)]
  const removed = before.filter((mark) => !keysAfter.includes(keyOf(mark)))
  const added = after.filter((mark) => !keysBefore.includes(keyOf(mark)))
  if (added.length + removed.length === 0) return present
  const change = { type: 'formatChange', attrs: { id: null, author: null, at: null, added, removed } }
  return { ...present, marks: [...(present.marks ?? []).filter(({ type }) => type !== 'formatChange'), change] }
}

/** Attributes that are no format: what a page adds, suggestions, and ids. */
const otherAttributes = new Set(['number', 'suggestion', 'bookmark'])

/** Marks a block whose type or attributes changed. */
function markTypeChange(old: JSONContent, present: JSONContent): JSONContent {
  const formats = ({ attrs }: JSONContent) =>
    Object.entries(attrs ?? {}).filter(([name, value]) => !otherAttributes.has(name) && value !== null)
  const was = Object.fromEntries(formats(old))
  if (old.type === present.type && keyOf(was) === keyOf(Object.fromEntries(formats(present)))) return present
  return setSuggestion(present, { kind: 'change', was: { type: old.type ?? 'paragraph', attrs: was } })
}

/** Sets the suggestion on a block. */
function setSuggestion(part: Marked, change: Pick<BlockSuggestion, 'kind' | 'was'>): JSONContent {
  const by = change.was ? undefined : findFirstAuthor(part)
  const suggestion = JSON.stringify({ id: 'redline', author: by?.author ?? '', at: by?.at ?? '1970-01-01T00:00:00.000Z', ...change })
  return { ...part, attrs: { ...part.attrs, suggestion } }
}

/** The words of a text block, also those that several text nodes make up. */
function tokenize(block: JSONContent): Token[] {
  const tokens: Token[] = []
  let texts: Marked[] = []
  const addWords = () => {
    let [index, place] = [0, 0]
    for (const word of splitWords(texts.map(({ text }) => text).join(''))) {
      const pieces: Piece[] = []
      for (let left = word.length; left > 0; ) {
        const { by, text = '', ...node } = texts[index] as Marked
        const taken = Math.min(left, text.length - place)
        if (taken > 0) pieces.push({ node: { ...node, text: text.slice(place, place + taken) }, by: by?.[place] })
        place += taken
        left -= taken
        if (place >= text.length) [index, place] = [index + 1, 0]
      }
      tokens.push({ key: word, pieces })
    }
    texts = []
  }
  for (const part of (block.content ?? []) as Marked[]) {
    if (part.text !== undefined) texts.push(part)
    else {
      addWords()
      const { by, ...node } = part
      tokens.push({ key: `${node.type}${keyOf(node.attrs ?? {})}`, pieces: [{ node, by: by?.[0] }] })
    }
  }
  addWords()
  return tokens
}

const markChanged = (tokens: Token[], type: 'insertion' | 'deletion'): JSONContent[] =>
  tokens.flatMap(({ pieces }) =>
    pieces.map(({ node, by }) => {
      const attrs = { id: null, author: by?.author ?? null, at: by?.at ?? null }
      return { ...node, marks: [...formatsOf(node), { type, attrs }] }
    }),
  )

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
  return setSuggestion(part, { kind })
}

function findFirstAuthor(part: Marked): ChangeAuthor {
  if (part.by) return part.by.find(Boolean)
  for (const inner of part.content ?? []) {
    const by = findFirstAuthor(inner)
    if (by) return by
  }
  return undefined
}
