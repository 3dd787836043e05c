/** Redlines: a diff of two texts, block by block and word by word, with the author of each part. Pure functions. */
import { splitWords } from '../documents/richtext/words.ts'
import { diffLists } from './myers-diff.ts'
import type { TextBlock, TextRun } from './text-blocks.ts'

export type WordChange = 'same' | 'inserted' | 'deleted'

/** Consecutive words with the same change and author; for inserted and deleted ones, the author who wrote them. */
export interface RedlineWords {
  change: WordChange
  text: string
  userId: string | null
}

export interface RedlineBlock {
  change: 'same' | 'inserted' | 'deleted' | 'changed'
  /** Of the later text, except for deleted blocks. */
  type: string
  level: number | null
  words: RedlineWords[]
}

/** Maximum diff steps, which bounds the work; beyond, a text counts as replaced. */
const maxSteps = 3000
/** From this many characters on, lines are aligned before words. */
const longTextCharacters = 2000
/** How many blocks ahead a changed block is searched, and how similar it must be (0 to 1). */
const maxLookahead = 8
const minSimilarity = 0.4

/**
 * Compares two texts. `inserted` and `same` parts give the later text; `deleted` and `same` parts the earlier one. The cost depends on what
 * changed, beside reading both.
 */
export function createRedline(before: TextBlock[], after: TextBlock[]): RedlineBlock[] {
  const redline: RedlineBlock[] = []
  const keyOf = ({ type, level, text }: TextBlock) => `${type} ${level} ${text}`
  const differences = diffLists(before.map(keyOf), after.map(keyOf), maxSteps) ?? [
    { change: 'deleted', count: before.length },
    { change: 'inserted', count: after.length },
  ]
  let [old, present] = [0, 0]
  let [removed, added]: [TextBlock[], TextBlock[]] = [[], []]
  const flush = () => {
    redline.push(...pairBlocks(removed, added))
    removed = []
    added = []
  }
  for (const { change, count } of differences) {
    if (change === 'deleted') removed.push(...before.slice(old, (old += count)))
    else if (change === 'inserted') added.push(...after.slice(present, (present += count)))
    else {
      flush()
      for (const block of after.slice(present, present + count)) redline.push(toRedlineBlock(block, 'same'))
      old += count
      present += count
    }
  }
  flush()
  return redline
}

const toRedlineBlock = ({ type, level, text, runs }: TextBlock, change: WordChange): RedlineBlock => {
  const words: RedlineWords[] = []
  let place = 0
  for (const { length, userId } of runs) words.push({ change, text: text.slice(place, (place += length)), userId })
  return { change, type, level, words }
}

/** Pairs deleted and inserted blocks of one place: a changed block stands with its earlier version. */
function pairBlocks(removed: TextBlock[], added: TextBlock[]): RedlineBlock[] {
  const redline: RedlineBlock[] = []
  let next = 0
  const alone = removed.length === 1 && added.length === 1
  const words = added.map(() => undefined as Set<string> | undefined)
  for (const block of removed) {
    const mine = alone ? undefined : sampleWords(block)
    const last = Math.min(added.length, next + maxLookahead)
    let match = -1
    for (let place = next; place < last && match < 0; place++) {
      if (!mine || areSimilar(mine, (words[place] ??= sampleWords(added[place] as TextBlock)))) match = place
    }
    if (match < 0) redline.push(toRedlineBlock(block, 'deleted'))
    else {
      for (; next < match; next++) redline.push(toRedlineBlock(added[next] as TextBlock, 'inserted'))
      const became = added[next++] as TextBlock
      redline.push({ change: 'changed', type: became.type, level: became.level, words: diffWords(block, became) })
    }
  }
  for (; next < added.length; next++) redline.push(toRedlineBlock(added[next] as TextBlock, 'inserted'))
  return redline
}

/** Words by which a block is compared: those of its first characters. */
const sampleWords = ({ text }: TextBlock) => new Set(splitWords(text.slice(0, longTextCharacters)))

function areSimilar(one: Set<string>, other: Set<string>): boolean {
  if (one.size === 0 || other.size === 0) return one.size === other.size
  let shared = 0
  for (const word of one) if (other.has(word)) shared++
  return (2 * shared) / (one.size + other.size) >= minSimilarity
}

const splitLines = (text: string): string[] => text.match(/[^\n.;]*[\n.;]+|[^\n.;]+/g) ?? []

function diffWords(before: TextBlock, after: TextBlock): RedlineWords[] {
  const words: RedlineWords[] = []
  const [old, present] = [createRunReader(before), createRunReader(after)]
  for (const [change, length] of diffText(before.text, after.text)) {
    if (change !== 'inserted') old(length, (text, userId) => change === 'deleted' && words.push({ change, text, userId }))
    if (change !== 'deleted') present(length, (text, userId) => words.push({ change, text, userId }))
  }
  return words
}

/** Reads a block run by run. */
function createRunReader({ text, runs }: TextBlock) {
  let [place, run, used] = [0, 0, 0]
  return (length: number, onRun: (text: string, userId: string | null) => void) => {
    while (length > 0) {
      const { length: all, userId } = runs[run] as TextRun
      const taken = Math.min(length, all - used)
      onRun(text.slice(place, (place += taken)), userId)
      length -= taken
      used += taken
      if (used === all) [run, used] = [run + 1, 0]
    }
  }
}

type Step = [change: WordChange, length: number]

/** Diffs two texts, in characters. */
function diffText(before: string, after: string): Step[] {
  const shorter = Math.min(before.length, after.length)
  let start = commonLength(shorter, (from, to) => before.slice(from, to) === after.slice(from, to))
  const end = commonLength(shorter - start, (from, to) => sliceFromEnd(before, from, to) === sliceFromEnd(after, from, to))
  let [endBefore, endAfter] = [before.length - end, after.length - end]
  // extend to whole words
  while (start > 0 && isWordCharacter(before, start - 1) && (isWordCharacter(before, start) || isWordCharacter(after, start))) start--
  while (
    endBefore < before.length &&
    isWordCharacter(before, endBefore) &&
    (isWordCharacter(before, endBefore - 1) || isWordCharacter(after, endAfter - 1))
  ) {
    endBefore++
    endAfter++
  }
  const [old, present] = [before.slice(start, endBefore), after.slice(start, endAfter)]
  const long = old.length + present.length > longTextCharacters
  return mergeSteps([['same', start], ...diffParts(old, present, long ? splitLines : splitWords), ['same', before.length - endBefore]])
}

const sliceFromEnd = (text: string, from: number, to: number) => text.slice(text.length - to, text.length - from)

/** The length of the common prefix, by halving: a long slice is compared faster than its characters. */
function commonLength(max: number, same: (from: number, to: number) => boolean): number {
  let known = 0
  for (let size = max; size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0)
    while (known + size <= max && same(known, known + size)) known += size
  return known
}

const isWordCharacter = (text: string, place: number) =>
  place >= 0 && place < text.length && /[\p{L}\p{N}\p{M}_]|\u200d|[\ud800-\udfff]/u.test(text[place] as string)

/** Diffs lines, and within changed lines, words. */
function diffParts(before: string, after: string, partsOf: (text: string) => string[]): Step[] {
  const [old, present] = [partsOf(before), partsOf(after)]
  const differences = before && after ? diffLists(old, present, maxSteps) : undefined
  if (!differences)
    return [
      ['deleted', before.length],
      ['inserted', after.length],
    ]
  const found: Step[] = []
  let [was, is] = [0, 0]
  let [removed, added] = ['', '']
  const settle = () => {
    if (removed && added && partsOf !== splitWords) found.push(...diffParts(removed, added, splitWords))
    else found.push(['deleted', removed.length], ['inserted', added.length])
    removed = ''
    added = ''
  }
  for (const { change, count } of differences) {
    if (change === 'deleted') removed = old.slice(was, (was += count)).join('')
    else if (change === 'inserted') added = present.slice(is, (is += count)).join('')
    else {
      settle()
      const stays = present.slice(is, (is += count))
      was += count
      found.push(['same', stays.reduce((sum, part) => sum + part.length, 0)])
    }
  }
  settle()
  return found
}

function mergeSteps(steps: Step[]): Step[] {
  const all: Step[] = []
  for (const [change, length] of steps) {
    const last = all.at(-1)
    if (length === 0) continue
    if (last?.[0] === change) last[1] += length
    else all.push([change, length])
  }
  return all
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (sign) => escapes[sign] as string)
const tags: Record<string, string> = { codeBlock: 'pre', blockquote: 'blockquote' }

/**
 * A redline as HTML: `ins` and `del` with the id and name of the author. Everything in it is escaped.
 * @param nameOf display names of people
 */
export function redlineToHtml(redline: RedlineBlock[], nameOf: (userId: string) => string | null): string {
  return redline
    .map(({ change, type, level, words }) => {
      const tag = type === 'heading' ? `h${Math.min(6, Math.max(1, level ?? 1))}` : (tags[type] ?? 'p')
      const inner = words.map(({ change: word, text, userId }) => {
        const shown = escapeHtml(text).replaceAll('\n', '<br>')
        if (word === 'same') return shown
        const name = word === 'inserted' ? 'ins' : 'del'
        const author = userId ? ` data-author="${escapeHtml(userId)}" data-author-name="${escapeHtml(nameOf(userId) ?? '')}"` : ''
        return `<${name}${author}>${shown}</${name}>`
      })
      return `<${tag} data-change="${change}" data-type="${escapeHtml(type)}">${inner.join('')}</${tag}>`
    })
    .join('\n')
}
