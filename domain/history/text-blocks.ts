/** A text as blocks of text runs, which redlines compare and authorship is computed from. */
import * as Y from 'yjs'
import { authorIdOf } from '../kernel/actor.ts'
import { headingLevel } from '../documents/richtext/schema.ts'
import { type AttributedRange, findRange, type AttributedRanges } from '../documents/journal/clock-ranges.ts'
import { inlineAtoms } from '../documents/richtext/yjs-content.ts'
import { findValueId, readValues } from '../documents/richtext/variables.ts'

/** Consecutive characters of one author (null: SmartStart, or unknown). */
export interface TextRun {
  length: number
  userId: string | null
}

/** A block of text. */
export interface TextBlock {
  /** Its node type; within a list, table or quotation the type of that node (`listItem`, `tableCell`, `blockquote` …). */
  type: string
  /** Only of a heading. */
  level: number | null
  /** Line breaks are `\n`. A variable is its value in that document, or its name in braces where it has none. */
  text: string
  /** They cover the text. */
  runs: TextRun[]
}

/** Container nodes that name the type of a paragraph in them. */
const namedContainers = new Set(['listItem', 'taskItem', 'tableCell', 'tableHeader', 'blockquote'])
const textBlocks = new Set(['paragraph', 'heading', 'codeBlock', 'horizontalRule'])
const inlineObject = '\ufffc'

const blockType = (name: string, inside: string | undefined) => (name === 'paragraph' && inside ? inside : name)
const blockLevel = (name: string, level: unknown) => (name === 'heading' ? headingLevel(level) : null)

/**
 * The blocks of a live text, in order, also those that the schema does not know. The value of a variable belongs to the person who entered
 * it.
 * @param attribution the author of each clock; absent: unknown
 */
export function readBlocks(fragment: Y.XmlFragment, attribution?: AttributedRanges): TextBlock[] {
  const { doc: document } = fragment
  const values = document ? readValues(document) : new Map<string, string>()
  const blocks: TextBlock[] = []
  const startBlock = (type: string, level: number | null): TextBlock => {
    const block = { type, level, text: '', runs: [] }
    blocks.push(block)
    return block
  }
  function walk(parent: Y.XmlFragment, inside: string | undefined) {
    let block: TextBlock | undefined
    if (parent instanceof Y.XmlElement && textBlocks.has(parent.nodeName))
      block = startBlock(blockType(parent.nodeName, inside), blockLevel(parent.nodeName, parent.getAttribute('level')))
    for (const child of parent.toArray()) {
      if (child instanceof Y.XmlText) {
        block ??= startBlock(parent instanceof Y.XmlElement ? parent.nodeName : 'text', null)
        addText(block, child, attribution)
      } else if (child instanceof Y.XmlElement && inlineAtoms.includes(child.nodeName)) {
        block ??= startBlock(parent instanceof Y.XmlElement ? parent.nodeName : 'text', null)
        const name = child.nodeName === 'variable' ? String(child.getAttribute('name') ?? '') : undefined
        const plain = child.nodeName === 'hardBreak' ? '\n' : String(child.getAttribute('text') ?? '')
        const value = name === undefined ? plain : values.get(name)
        const id = (document && name !== undefined && value !== undefined && findValueId(document, name)) || child._item?.id
        appendText(block, value ?? `{{${name}}}`, authorIdOf((id && findRange(attribution?.get(id.client), id.clock)?.actor) ?? null))
      } else if (child instanceof Y.XmlElement) {
        block = undefined
        walk(child, namedContainers.has(child.nodeName) ? child.nodeName : inside)
      }
    }
  }
  walk(fragment, undefined)
  return blocks
}

function addText(block: TextBlock, text: Y.XmlText, attribution: AttributedRanges | undefined) {
  const parts: string[] = []
  let client: number | undefined
  let ranges: AttributedRange[] | undefined
  let range: AttributedRange | undefined
  for (let item = text._start; item; item = item.right) {
    if (item.deleted || !item.countable) continue
    const { id, content } = item
    if (id.client !== client) {
      client = id.client
      ranges = attribution?.get(client)
      range = undefined
    }
    const end = id.clock + item.length
    parts.push(content instanceof Y.ContentString ? content.str : inlineObject.repeat(item.length))
    for (let clock = id.clock; clock < end; ) {
      // consecutive words usually have the same author
      if (!range || clock < range.clock || clock >= range.end) range = findRange(ranges, clock)
      const upTo = range ? Math.min(end, range.end) : ranges ? clock + 1 : end
      appendRun(block, upTo - clock, authorIdOf(range?.actor ?? null))
      clock = upTo
    }
  }
  // joined once: appending ten thousand pieces would take as long as building them
  block.text += parts.join('')
}

function appendText(block: TextBlock, text: string, userId: string | null) {
  block.text += text
  appendRun(block, text.length, userId)
}

function appendRun({ runs }: TextBlock, length: number, userId: string | null) {
  const last = runs.at(-1)
  if (last?.userId === userId) last.length += length
  else runs.push({ length, userId })
}
