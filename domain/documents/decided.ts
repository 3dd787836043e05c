/** How the text follows a decision: words that stay lose their mark, words that go are deleted, blocks alike. */
import * as Y from 'yjs'
import { piecesOf, rootName, type Signs } from './place.ts'
import type { BlockSuggestion } from './prose.ts'
import { allWordsOf, blockLeadOf, isWhole, Lead, markKey, type Parts } from './suggested.ts'

export type Decision = 'accepted' | 'rejected'

/** A decision on what was seen: words and blocks that came under the mark later are no part of it. */
export interface Verdict {
  mark: string
  state: Decision
  parts: Parts
}

/** Words of one text on which was decided. */
interface Run {
  text: Y.XmlText
  index: number
  length: number
  verdicts: Verdict[]
  keys: string[]
  goes: boolean
}

/** Brings the text to what was decided. Done twice it changes nothing more. */
export function follow(document: Y.Doc, verdicts: Verdict[]): void {
  const byMark = new Map<string, Verdict[]>()
  for (const verdict of verdicts) byMark.set(verdict.mark, [...(byMark.get(verdict.mark) ?? []), verdict])
  const runs: Run[] = []
  const blocks: { element: Y.XmlElement; verdict: Verdict }[] = []
  const walk = (parent: Y.XmlFragment | Y.XmlElement) => {
    for (const child of parent.toArray()) {
      if (child instanceof Y.XmlText) runs.push(...runsOf(child, byMark))
      else if (child instanceof Y.XmlElement) {
        const { client, clock } = (child._item as Y.Item).id
        const verdict = byMark
          .get(blockLeadOf(child)?.id ?? '')
          ?.find(({ parts }) => parts.blocks.some((block) => block[0] === client && block[1] === clock))
        if (verdict) blocks.push({ element: child, verdict })
        walk(child)
      }
    }
  }
  walk(document.getXmlFragment(rootName))
  const emptied = new Set(
    blocks.filter(({ element, verdict }) => runs.some((run) => run.verdicts.includes(verdict) && within(run.text, element))),
  )
  // from the end, so that what comes before stays where it was read
  for (const { text, index, length, goes, keys } of runs.toReversed()) {
    if (goes) text.delete(index, length)
    else text.format(index, length, Object.fromEntries(keys.map((key) => [key, null])))
  }
  for (const block of blocks.toReversed()) followBlock(block.element, block.verdict.state, emptied.has(block))
}

/** The words of a text that were decided, in its order. */
function runsOf(text: Y.XmlText, byMark: ReadonlyMap<string, Verdict[]>): Run[] {
  const runs: Run[] = []
  const marks = new Map<string, Verdict[]>()
  for (const { item, index } of piecesOf(text)) {
    const { content } = item
    if (content instanceof Y.ContentFormat && markKey.test(content.key)) {
      const found = byMark.get(Lead.safeParse(content.value).data?.id ?? '')
      if (found) marks.set(content.key, found)
      else marks.delete(content.key)
    }
    if (!item.countable || marks.size === 0) continue
    for (let at = 0; at < item.length; at++) {
      const run: Run = { text, index: index + at, length: 1, verdicts: [], keys: [], goes: false }
      for (const [key, found] of marks) {
        const insertion = key.startsWith('insertion')
        const verdict = found.find(({ parts }) => holds(insertion ? parts.inserted : parts.struck, item.id.client, item.id.clock + at))
        if (!verdict) continue
        run.verdicts.push(verdict)
        run.keys.push(key)
        if (insertion === (verdict.state === 'rejected')) run.goes = true
      }
      if (run.keys.length === 0) continue
      const last = runs.at(-1)
      if (last && last.index + last.length === run.index && last.goes === run.goes && last.keys.join() === run.keys.join()) last.length++
      else runs.push(run)
    }
  }
  return runs
}

const holds = (signs: Signs[], client: number, clock: number) =>
  signs.some(([of, from, length]) => of === client && clock >= from && clock < from + length)

function within(text: Y.XmlText, element: Y.XmlElement): boolean {
  let parent: unknown = text.parent
  while (parent instanceof Y.XmlElement && parent !== element) parent = parent.parent
  return parent === element
}

/** @param emptied whether words of the same suggestion stood in it */
function followBlock(element: Y.XmlElement, decision: Decision, emptied: boolean) {
  const { kind, was } = blockLeadOf(element) as BlockSuggestion
  if (kind === 'change') {
    element.removeAttribute('suggestion')
    if (decision === 'rejected' && was) become(element, was.type, was.attrs)
  } else if ((kind === 'insert') === (decision === 'accepted')) element.removeAttribute('suggestion')
  else if (isWhole(element) || (allWordsOf(element) === '' && (emptied || element.toArray().every(isText)))) remove(element)
  else if (!join(element)) element.removeAttribute('suggestion')
}

const isText = (child: unknown) => child instanceof Y.XmlText
const isLine = (element: unknown): element is Y.XmlElement =>
  element instanceof Y.XmlElement && (element.nodeName === 'paragraph' || element.nodeName === 'heading')

const placeOf = (element: Y.XmlElement) => (element.parent as Y.XmlFragment).toArray().indexOf(element)

/** Takes a block away, and what is empty without it; a cell of a table keeps a paragraph. */
function remove(element: Y.XmlElement) {
  const parent = element.parent as Y.XmlFragment | Y.XmlElement
  parent.delete(placeOf(element), 1)
  if (!(parent instanceof Y.XmlElement) || parent.length > 0) return
  if (/^table(Cell|Header)$/.test(parent.nodeName)) parent.insert(0, [new Y.XmlElement('paragraph')])
  else remove(parent)
}

/** Puts what is left of a block behind the one before it, since it was the break between them that goes. */
function join(element: Y.XmlElement): boolean {
  const before = element.prevSibling
  if (!isLine(element) || !isLine(before)) return false
  for (const child of element.toArray()) {
    const last = before.length > 0 ? before.get(before.length - 1) : undefined
    if (child instanceof Y.XmlText && last instanceof Y.XmlText)
      last.applyDelta([{ retain: last.length }, ...deltaOf(child)], { sanitize: false })
    else before.insert(before.length, [copyOf(child as Y.XmlText)])
  }
  remove(element)
  return true
}

type Delta = { insert: string; attributes?: Record<string, unknown> }[]
const deltaOf = (text: Y.XmlText): Delta => text.toDelta() as Delta

function copyOf(child: Y.XmlText | Y.XmlElement): Y.XmlText | Y.XmlElement {
  if (!(child instanceof Y.XmlText)) return child.clone() as Y.XmlElement
  const copy = new Y.XmlText()
  copy.applyDelta(deltaOf(child), { sanitize: false })
  return copy
}

/** Makes a paragraph a heading, or the reverse. In Yjs that is another block with the same words. Answers the block that it is now. */
export function become(element: Y.XmlElement, type: string, attrs: Record<string, unknown>): Y.XmlElement {
  if (!isLine(element) || (type !== 'paragraph' && type !== 'heading')) return element
  const level = [1, 2, 3].find((one) => one === attrs.level) ?? 1
  let block: Y.XmlElement = element
  if (element.nodeName !== type) {
    const parent = element.parent as Y.XmlFragment
    const place = placeOf(element)
    block = new Y.XmlElement(type)
    block.insert(
      0,
      element.toArray().map((child) => copyOf(child as Y.XmlText)),
    )
    parent.insert(place + 1, [block])
    parent.delete(place, 1)
  }
  // the types of Yjs take texts only; the editor writes numbers
  if (type === 'heading') block.setAttribute('level', level as unknown as string)
  return block
}
