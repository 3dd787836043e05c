/** Redlines: what became of a text, block by block and word by word, with who wrote what. Pure. */
import { differencesOf } from './difference.ts'
import type { Block, Run } from './passage.ts'

export type WordChange = 'same' | 'inserted' | 'deleted'

/** Words that stand together, became the same, and are of one author: of inserted and deleted ones who had written them. */
export interface Words {
  change: WordChange
  text: string
  userId: string | null
}

export interface RedlineBlock {
  change: 'same' | 'inserted' | 'deleted' | 'changed'
  /** Of the later text, but of deleted blocks. */
  type: string
  level: number | null
  words: Words[]
}

/** Differences are looked for up to so many steps, which bounds the work; beyond, a text counts as another. */
const mostSteps = 3000
/** From so many signs on, lines are aligned before words. */
const longText = 2000
/** How far ahead the block is looked for that another became, and how much they must share (0 to 1). */
const nearby = 8
const likeness = 0.4

/**
 * Compares two texts. Applied to the earlier one, what is inserted and left out gives the later one; deleted and same are the earlier.
 * Only what changed costs more than reading it.
 */
export function redlineOf(before: Block[], after: Block[]): RedlineBlock[] {
  const redline: RedlineBlock[] = []
  const keyOf = ({ type, level, text }: Block) => `${type} ${level} ${text}`
  const differences = differencesOf(before.map(keyOf), after.map(keyOf), mostSteps) ?? [
    { change: 'deleted', count: before.length },
    { change: 'inserted', count: after.length },
  ]
  let [old, present] = [0, 0]
  let [removed, added]: [Block[], Block[]] = [[], []]
  const settle = () => {
    redline.push(...paired(removed, added))
    removed = []
    added = []
  }
  for (const { change, count } of differences) {
    if (change === 'deleted') removed.push(...before.slice(old, (old += count)))
    else if (change === 'inserted') added.push(...after.slice(present, (present += count)))
    else {
      settle()
      for (const block of after.slice(present, present + count)) redline.push(whole(block, 'same'))
      old += count
      present += count
    }
  }
  settle()
  return redline
}

const whole = ({ type, level, text, runs }: Block, change: WordChange): RedlineBlock => {
  const words: Words[] = []
  let place = 0
  for (const { length, userId } of runs) words.push({ change, text: text.slice(place, (place += length)), userId })
  return { change, type, level, words }
}

/** Blocks that went and came in one place: each that became another stands with it. */
function paired(removed: Block[], added: Block[]): RedlineBlock[] {
  const redline: RedlineBlock[] = []
  let next = 0
  const alone = removed.length === 1 && added.length === 1
  const words = added.map(() => undefined as Set<string> | undefined)
  for (const block of removed) {
    const mine = alone ? undefined : someWords(block)
    const last = Math.min(added.length, next + nearby)
    let match = -1
    for (let place = next; place < last && match < 0; place++) {
      if (!mine || resemble(mine, (words[place] ??= someWords(added[place] as Block)))) match = place
    }
    if (match < 0) redline.push(whole(block, 'deleted'))
    else {
      for (; next < match; next++) redline.push(whole(added[next] as Block, 'inserted'))
      const became = added[next++] as Block
      redline.push({ change: 'changed', type: became.type, level: became.level, words: wordsOf(block, became) })
    }
  }
  for (; next < added.length; next++) redline.push(whole(added[next] as Block, 'inserted'))
  return redline
}

/** What a block is known by: the words of its first signs. */
const someWords = ({ text }: Block) => new Set(wordsIn(text.slice(0, longText)))

function resemble(one: Set<string>, other: Set<string>): boolean {
  if (one.size === 0 || other.size === 0) return one.size === other.size
  let shared = 0
  for (const word of one) if (other.has(word)) shared++
  return (2 * shared) / (one.size + other.size) >= likeness
}

const wordsIn = (text: string): string[] => text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []
const linesIn = (text: string): string[] => text.match(/[^\n.;]*[\n.;]+|[^\n.;]+/g) ?? []

function wordsOf(before: Block, after: Block): Words[] {
  const words: Words[] = []
  const [old, present] = [reader(before), reader(after)]
  for (const [change, length] of stepsOf(before.text, after.text)) {
    if (change !== 'inserted') old(length, (text, userId) => change === 'deleted' && words.push({ change, text, userId }))
    if (change !== 'deleted') present(length, (text, userId) => words.push({ change, text, userId }))
  }
  return words
}

/** Reads on in a block, run by run. */
function reader({ text, runs }: Block) {
  let [place, run, used] = [0, 0, 0]
  return (length: number, tell: (text: string, userId: string | null) => void) => {
    while (length > 0) {
      const { length: all, userId } = runs[run] as Run
      const taken = Math.min(length, all - used)
      tell(text.slice(place, (place += taken)), userId)
      length -= taken
      used += taken
      if (used === all) [run, used] = [run + 1, 0]
    }
  }
}

type Step = [change: WordChange, length: number]

/** What became of a text, in signs. */
function stepsOf(before: string, after: string): Step[] {
  const shorter = Math.min(before.length, after.length)
  let start = common(shorter, (from, to) => before.slice(from, to) === after.slice(from, to))
  const end = common(shorter - start, (from, to) => endOf(before, from, to) === endOf(after, from, to))
  let [endBefore, endAfter] = [before.length - end, after.length - end]
  // whole words
  while (start > 0 && inWord(before, start - 1) && (inWord(before, start) || inWord(after, start))) start--
  while (endBefore < before.length && inWord(before, endBefore) && (inWord(before, endBefore - 1) || inWord(after, endAfter - 1))) {
    endBefore++
    endAfter++
  }
  const [old, present] = [before.slice(start, endBefore), after.slice(start, endAfter)]
  const long = old.length + present.length > longText
  return joined([['same', start], ...aligned(old, present, long ? linesIn : wordsIn), ['same', before.length - endBefore]])
}

const endOf = (text: string, from: number, to: number) => text.slice(text.length - to, text.length - from)

/** How much is the same from the beginning on: by halves, since a long piece is compared faster than its signs. */
function common(most: number, same: (from: number, to: number) => boolean): number {
  let known = 0
  for (let size = most; size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0)
    while (known + size <= most && same(known, known + size)) known += size
  return known
}

const inWord = (text: string, place: number) =>
  place >= 0 && place < text.length && /[\p{L}\p{N}_\ud800-\udfff]/u.test(text[place] as string)

/** Lines that stay, and within those that went and came, words. */
function aligned(before: string, after: string, partsOf: (text: string) => string[]): Step[] {
  const [old, present] = [partsOf(before), partsOf(after)]
  const differences = before && after ? differencesOf(old, present, mostSteps) : undefined
  if (!differences)
    return [
      ['deleted', before.length],
      ['inserted', after.length],
    ]
  const found: Step[] = []
  let [was, is] = [0, 0]
  let [removed, added] = ['', '']
  const settle = () => {
    if (removed && added && partsOf !== wordsIn) found.push(...aligned(removed, added, wordsIn))
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

function joined(steps: Step[]): Step[] {
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
const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => escapes[sign] as string)
const tags: Record<string, string> = { codeBlock: 'pre', blockquote: 'blockquote' }

/**
 * A redline as HTML: `ins` and `del` with the id and the name of who wrote the words. Everything in it is escaped.
 * @param calledBy what people are called
 */
export function htmlOf(redline: RedlineBlock[], calledBy: (userId: string) => string | null): string {
  return redline
    .map(({ change, type, level, words }) => {
      const tag = type === 'heading' ? `h${Math.min(6, Math.max(1, level ?? 1))}` : (tags[type] ?? 'p')
      const inner = words.map(({ change: word, text, userId }) => {
        const shown = escaped(text).replaceAll('\n', '<br>')
        if (word === 'same') return shown
        const name = word === 'inserted' ? 'ins' : 'del'
        const author = userId ? ` data-author="${escaped(userId)}" data-author-name="${escaped(calledBy(userId) ?? '')}"` : ''
        return `<${name}${author}>${shown}</${name}>`
      })
      return `<${tag} data-change="${change}" data-type="${escaped(type)}">${inner.join('')}</${tag}>`
    })
    .join('\n')
}
