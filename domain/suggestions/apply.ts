/** Applies decisions to the text: kept words lose their mark, the others are deleted; blocks alike. */
import * as Y from 'yjs'
import { visibleItems, rootName, type CharacterRange } from '../documents/richtext/positions.ts'
import { type BlockSuggestion, headingLevel } from '../documents/richtext/schema.ts'
import { canChangeTypeTo, copyPart } from '../documents/richtext/block-repair.ts'
import { parseSuggestionMark, suggestionMarkKey } from '../documents/richtext/suggestion-attributes.ts'
import { getBlockSuggestion, isAtomicBlock, type SuggestionParts } from '../documents/richtext/suggestion-marks.ts'

export type Decision = 'accepted' | 'rejected'

/** A decision on the content at that time: text and blocks that got the mark later are not part of it. */
export interface AppliedDecision {
  mark: string
  state: Decision
  parts: SuggestionParts
}

/** Words of one text with the same decisions. */
interface DecidedRun {
  text: Y.XmlText
  index: number
  length: number
  decisions: AppliedDecision[]
  keys: string[]
  isDeleted: boolean
}

/** Applies decisions to the text. Idempotent. */
export function applyDecisions(document: Y.Doc, decisions: AppliedDecision[]): void {
  const byMark = new Map<string, AppliedDecision[]>()
  for (const decision of decisions) byMark.set(decision.mark, [...(byMark.get(decision.mark) ?? []), decision])
  const runs: DecidedRun[] = []
  const blocks: { element: Y.XmlElement; decision: AppliedDecision }[] = []
  const walk = (parent: Y.XmlFragment | Y.XmlElement) => {
    for (const child of parent.toArray()) {
      if (child instanceof Y.XmlText) runs.push(...findDecidedRuns(child, byMark))
      else if (child instanceof Y.XmlElement) {
        const { client, clock } = (child._item as Y.Item).id
        const decision = byMark
          .get(getBlockSuggestion(child)?.id ?? '')
          ?.find(({ parts }) => parts.blocks.some((block) => block[0] === client && block[1] === clock))
        if (decision) blocks.push({ element: child, decision })
        walk(child)
      }
    }
  }
  walk(document.getXmlFragment(rootName))
  const emptied = new Set(
    blocks.filter(({ element, decision }) => runs.some((run) => run.decisions.includes(decision) && isWithin(run.text, element))),
  )
  // from the end, so that earlier indexes stay valid
  for (const { text, index, length, isDeleted, keys } of runs.toReversed()) {
    if (isDeleted) text.delete(index, length)
    else text.format(index, length, Object.fromEntries(keys.map((key) => [key, null])))
  }
  for (const block of blocks.toReversed()) applyBlockDecision(block.element, block.decision.state, emptied.has(block))
}

/** The decided words of a text, in order. */
function findDecidedRuns(text: Y.XmlText, byMark: ReadonlyMap<string, AppliedDecision[]>): DecidedRun[] {
  const runs: DecidedRun[] = []
  const marks = new Map<string, AppliedDecision[]>()
  for (const { item, index } of visibleItems(text)) {
    const { content } = item
    if (content instanceof Y.ContentFormat && suggestionMarkKey.test(content.key)) {
      const found = byMark.get(parseSuggestionMark(content.value)?.id ?? '')
      if (found) marks.set(content.key, found)
      else marks.delete(content.key)
    }
    if (!item.countable || marks.size === 0) continue
    for (let at = 0; at < item.length; at++) {
      const run: DecidedRun = { text, index: index + at, length: 1, decisions: [], keys: [], isDeleted: false }
      for (const [key, found] of marks) {
        const insertion = key.startsWith('insertion')
        const decision = found.find(({ parts }) =>
          containsCharacter(insertion ? parts.inserted : parts.struck, item.id.client, item.id.clock + at),
        )
        if (!decision) continue
        run.decisions.push(decision)
        run.keys.push(key)
        if (insertion === (decision.state === 'rejected')) run.isDeleted = true
      }
      if (run.keys.length === 0) continue
      const last = runs.at(-1)
      if (last && last.index + last.length === run.index && last.isDeleted === run.isDeleted && last.keys.join() === run.keys.join())
        last.length++
      else runs.push(run)
    }
  }
  return runs
}

const containsCharacter = (signs: CharacterRange[], client: number, clock: number) =>
  signs.some(([of, from, length]) => of === client && clock >= from && clock < from + length)

function isWithin(text: Y.XmlText, element: Y.XmlElement): boolean {
  let parent: unknown = text.parent
  while (parent instanceof Y.XmlElement && parent !== element) parent = parent.parent
  return parent === element
}

/** @param emptied whether words of the same suggestion were in it */
function applyBlockDecision(element: Y.XmlElement, decision: Decision, emptied: boolean) {
  // a suggestion in a deleted block is gone with it
  if (element._item?.deleted) return
  const { kind, was } = getBlockSuggestion(element) as BlockSuggestion
  if (kind === 'change') {
    element.removeAttribute('suggestion')
    if (decision === 'rejected' && was) changeBlockType(element, was.type, was.attrs)
  } else if ((kind === 'insert') === (decision === 'accepted')) element.removeAttribute('suggestion')
  else if (isAtomicBlock(element) || (!hasOwnContent(element) && (emptied || element.toArray().every(isText)))) removeBlock(element)
  else if (!mergeWithPrevious(element)) element.removeAttribute('suggestion')
}

const isText = (child: unknown) => child instanceof Y.XmlText
const isLine = (element: unknown): element is Y.XmlElement =>
  element instanceof Y.XmlElement && (element.nodeName === 'paragraph' || element.nodeName === 'heading')

const childIndex = (element: Y.XmlElement) => (element.parent as Y.XmlFragment).toArray().indexOf(element)

/** Removes a block. `editWithinSchema` repairs what the schema does not allow without it. */
function removeBlock(element: Y.XmlElement) {
  const parent = element.parent as Y.XmlFragment
  parent.delete(childIndex(element), 1)
}

/** Whether a block has content that only a decision of its own may delete: words, a variable, a rule, a table, or unknown nodes. */
const hasOwnContent = (element: Y.XmlElement): boolean =>
  element
    .toArray()
    .some((child) =>
      child instanceof Y.XmlElement
        ? !(child.nodeName === 'hardBreak' || isContainer(child)) || hasOwnContent(child)
        : (child as Y.XmlText).length > 0,
    )
const containers = new Set([
  'paragraph',
  'heading',
  'blockquote',
  'bulletList',
  'orderedList',
  'listItem',
  'taskList',
  'taskItem',
  'codeBlock',
])
const isContainer = ({ nodeName }: Y.XmlElement) => containers.has(nodeName)

/** Appends the rest of a block to the previous one: the suggestion was to delete the break between them. */
function mergeWithPrevious(element: Y.XmlElement): boolean {
  const before = element.prevSibling
  if (!isLine(element) || !isLine(before)) return false
  for (const child of element.toArray()) {
    const last = before.length > 0 ? before.get(before.length - 1) : undefined
    if (child instanceof Y.XmlText && last instanceof Y.XmlText)
      last.applyDelta([{ retain: last.length }, ...toDelta(child)], { sanitize: false })
    else before.insert(before.length, [copyPart(child as Y.XmlText)])
  }
  removeBlock(element)
  return true
}

type Delta = { insert: string; attributes?: Record<string, unknown> }[]
const toDelta = (text: Y.XmlText): Delta => text.toDelta() as Delta

/** Attributes that paragraphs and headings share. */
const textBlockAttributes = ['dir', 'listStyle', 'listLevel', 'listStart', 'bookmark']

function copyAttribute(block: Y.XmlElement, name: string, value: unknown) {
  if (value === null || value === undefined) block.removeAttribute(name)
  // the Yjs types accept only text
  else block.setAttribute(name, value as string)
}

/**
 * Changes a paragraph to a heading, or the reverse, where the schema allows it. In Yjs that is another block with the same words.
 * @returns the block after the change
 */
export function changeBlockType(element: Y.XmlElement, type: string, attrs: Record<string, unknown>): Y.XmlElement {
  if (!isLine(element) || (type !== 'paragraph' && type !== 'heading') || !canChangeTypeTo(element, type)) return element
  let block: Y.XmlElement = element
  if (element.nodeName !== type) {
    const parent = element.parent as Y.XmlFragment
    const place = childIndex(element)
    block = new Y.XmlElement(type)
    block.insert(
      0,
      element.toArray().map((child) => copyPart(child as Y.XmlText)),
    )
    for (const name of textBlockAttributes) copyAttribute(block, name, element.getAttribute(name))
    parent.insert(place + 1, [block])
    parent.delete(place, 1)
  }
  for (const name of textBlockAttributes) if (name in attrs) copyAttribute(block, name, attrs[name])
  // the Yjs types accept only text; the editor writes numbers
  if (type === 'heading') block.setAttribute('level', headingLevel(attrs.level) as unknown as string)
  return block
}
