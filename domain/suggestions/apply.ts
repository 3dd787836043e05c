/** Applies decisions to the text and to its blocks. */
import * as Y from 'yjs'
import { rootName } from '../documents/richtext/positions.ts'
import { type BlockSuggestion, headingLevel } from '../documents/richtext/schema.ts'
import { canChangeTypeTo, copyPart } from '../documents/richtext/block-repair.ts'
import { containerNames } from '../documents/richtext/suggestion-attributes.ts'
import { getBlockSuggestion, isAtomicBlock } from '../documents/richtext/suggestion-blocks.ts'
import { type BlockPlace, moveToContainers } from './containers.ts'
import { inlineAtoms } from '../documents/richtext/yjs-content.ts'
import {
  type AppliedDecision,
  applyToAtoms,
  applyToRuns,
  type DecidedAtom,
  type DecidedRun,
  findDecidedAtom,
  findDecidedRuns,
} from './apply-text.ts'

/** Applies decisions to the text. Idempotent. */
export function applyDecisions(document: Y.Doc, decisions: AppliedDecision[]): void {
  const byMark = new Map<string, AppliedDecision[]>()
  for (const decision of decisions) byMark.set(decision.mark, [...(byMark.get(decision.mark) ?? []), decision])
  const runs: DecidedRun[] = []
  const blocks: DecidedBlock[] = []
  const atoms: DecidedAtom[] = []
  const walk = (parent: Y.XmlFragment | Y.XmlElement) => {
    for (const child of parent.toArray()) {
      if (child instanceof Y.XmlText) runs.push(...findDecidedRuns(child, byMark))
      else if (child instanceof Y.XmlElement && inlineAtoms.includes(child.nodeName)) atoms.push(...findDecidedAtom(child, byMark))
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
    blocks.filter(({ element, decision }) =>
      [...runs, ...atoms].some(({ decisions, of }) => decisions.includes(decision) && isWithin(of, element)),
    ),
  )
  applyToRuns(runs)
  applyToAtoms(atoms)
  applyToBlocks(blocks, emptied)
}

/** A block with a decision on its suggestion. */
interface DecidedBlock {
  element: Y.XmlElement
  decision: AppliedDecision
}

/** @param emptied blocks that had words of the same suggestion */
function applyToBlocks(blocks: DecidedBlock[], emptied: ReadonlySet<DecidedBlock>): void {
  // a suggestion in a deleted block is gone with it
  const isThere = ({ element }: { element: Y.XmlElement }) => !element._item?.deleted
  const moved: { element: Y.XmlElement; place: BlockPlace }[] = []
  const leaving: DecidedBlock[] = []
  for (const block of blocks) {
    const { element, decision } = block
    const { kind, was } = getBlockSuggestion(element) as BlockSuggestion
    const isAccepted = decision.state === 'accepted'
    if (kind !== 'change' && (kind === 'insert') !== isAccepted) leaving.push(block)
    else element.removeAttribute('suggestion')
    if (kind !== 'change' || isAccepted || !was) continue
    const restored = changeBlockType(element, was.type, was.attrs)
    if (was.within) moved.push({ element: restored, place: { within: was.within, shared: was.shared ?? [0, 0] } })
  }
  // whole blocks first: the text around them is joined
  for (const block of leaving.toReversed())
    if (isThere(block) && isRemovedWhole(block.element, emptied.has(block))) removeBlock(block.element)
  for (const { element } of leaving.filter(isThere).toReversed())
    if (!mergeWithPrevious(element, getBlockSuggestion(element)?.kind === 'insert')) element.removeAttribute('suggestion')
  // from the end: moving a block copies the blocks after it in the same list
  for (const block of moved.toReversed()) if (isThere(block)) moveToContainers(block.element, block.place)
}

/** @param isEmptied whether words of the same suggestion were in it */
const isRemovedWhole = (element: Y.XmlElement, isEmptied: boolean) =>
  isAtomicBlock(element) || (!hasOwnContent(element) && (isEmptied || !isLine(element) || element.toArray().every(isText)))

function isWithin(part: Y.XmlText | Y.XmlElement, element: Y.XmlElement): boolean {
  let parent: unknown = part.parent
  while (parent instanceof Y.XmlElement && parent !== element) parent = parent.parent
  return parent === element
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

/**
 * Appends the rest of a block to the previous one.
 * @param isInserted whether the suggestion inserted it: then it leaves a new list or quote, too
 */
function mergeWithPrevious(element: Y.XmlElement, isInserted = false): boolean {
  if (isSplitContainer(element)) return mergeContainers(element, isInserted)
  const before = isInserted ? findLineBefore(element) : element.prevSibling
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

/** The paragraph before a block, also where either of them is in a list or quote. */
function findLineBefore(element: Y.XmlElement): unknown {
  const isIn = (parent: unknown): parent is Y.XmlElement => parent instanceof Y.XmlElement && containerNames.includes(parent.nodeName)
  let outer = element
  while (!outer.prevSibling && isIn(outer.parent)) outer = outer.parent
  let last: unknown = outer.prevSibling
  while (isIn(last) && last.length > 0) last = last.get(last.length - 1)
  return last
}

/** Whether a block is a list item or quote: where it is split, the part after the split is one again. */
const isSplitContainer = ({ nodeName }: Y.XmlElement) => /^(listItem|taskItem|blockquote)$/.test(nodeName)

/** Appends the content of a list item or quote to the one before it: the first paragraph to its last one, the rest after that. */
function mergeContainers(element: Y.XmlElement, isInserted: boolean): boolean {
  let item = element
  const list = element.parent
  // a list that is split: its parts are joined first
  if (!item.prevSibling && list instanceof Y.XmlElement && isSameContainer(list, list.prevSibling)) {
    const { length } = list.prevSibling
    item = appendContent(list, list.prevSibling).get(length) as Y.XmlElement
  }
  const before = item.prevSibling
  let first: unknown
  if (isSameContainer(item, before)) {
    const { length } = before
    first = appendContent(item, before).get(length)
  } else if (isInserted) first = unwrap(item)
  if (isLine(first)) mergeWithPrevious(first)
  return first !== undefined
}

/** Replaces a quote, or the only item of a list together with the list, by its content. @returns the first block of it */
function unwrap(element: Y.XmlElement): Y.XmlElement | undefined {
  const isQuote = element.nodeName === 'blockquote'
  const outer = isQuote ? element : element.parent
  if (!(outer instanceof Y.XmlElement) || (!isQuote && outer.length > 1)) return undefined
  const parent = outer.parent as Y.XmlFragment
  const index = childIndex(outer)
  parent.insert(
    index,
    element.toArray().map((child) => copyPart(child as Y.XmlElement)),
  )
  removeBlock(outer)
  return parent.get(index) as Y.XmlElement
}

const isSameContainer = ({ nodeName }: Y.XmlElement, before: unknown): before is Y.XmlElement =>
  before instanceof Y.XmlElement && before.nodeName === nodeName

/** Moves the content of a block to the end of another, and removes the block. */
function appendContent(from: Y.XmlElement, to: Y.XmlElement): Y.XmlElement {
  to.insert(
    to.length,
    from.toArray().map((child) => copyPart(child as Y.XmlElement)),
  )
  removeBlock(from)
  return to
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
