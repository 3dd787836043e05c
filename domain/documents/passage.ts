/** A text as blocks of words: what redlines compare and what authorship is told of. */
import * as Y from 'yjs'
import { type Stretch, stretchAt, type Stretches } from './stretch.ts'
import { idOfValue, valuesOf } from './variable.ts'

/** Signs that stand together and are of one author (null: SmartStart itself, or unknown). */
export interface Run {
  length: number
  userId: string | null
}

/** A block of text. */
export interface Block {
  /** Its node in the text's schema; within a list, table or quotation the node it stands in (`listItem`, `tableCell`, `blockquote` …). */
  type: string
  /** Of a heading. */
  level: number | null
  /** Line breaks are `\n`; a live field is its value as it is in that document, or its name in braces where it has none. */
  text: string
  /** Together as long as the text. */
  runs: Run[]
}

/** Nodes that say more of a text in them than that it is a paragraph. */
const telling = new Set(['listItem', 'tableCell', 'tableHeader', 'blockquote'])
const textBlocks = new Set(['paragraph', 'heading', 'codeBlock', 'horizontalRule'])
const inline = new Set(['hardBreak', 'variable'])
const embedded = '\ufffc'

const nameOf = (name: string, inside: string | undefined) => (name === 'paragraph' && inside ? inside : name)
const levelOf = (name: string, level: unknown) => (name === 'heading' && Number.isInteger(Number(level)) ? Number(level) : null)

/**
 * The blocks of a living text, in order. What the schema does not know is told too. The value of a live field is of who filled it.
 * @param stretches whose each clock is; absent: nobody's
 */
export function blocksOf(fragment: Y.XmlFragment, stretches?: Stretches): Block[] {
  const { doc: document } = fragment
  const values = document ? valuesOf(document) : new Map<string, string>()
  const blocks: Block[] = []
  const begin = (type: string, level: number | null): Block => {
    const block = { type, level, text: '', runs: [] }
    blocks.push(block)
    return block
  }
  function walk(parent: Y.XmlFragment, inside: string | undefined) {
    let block: Block | undefined
    if (parent instanceof Y.XmlElement && textBlocks.has(parent.nodeName))
      block = begin(nameOf(parent.nodeName, inside), levelOf(parent.nodeName, parent.getAttribute('level')))
    for (const child of parent.toArray()) {
      if (child instanceof Y.XmlText) {
        block ??= begin(parent instanceof Y.XmlElement ? parent.nodeName : 'text', null)
        addText(block, child, stretches)
      } else if (child instanceof Y.XmlElement && inline.has(child.nodeName)) {
        block ??= begin(parent instanceof Y.XmlElement ? parent.nodeName : 'text', null)
        const name = child.nodeName === 'variable' ? String(child.getAttribute('name') ?? '') : undefined
        const value = name === undefined ? '\n' : values.get(name)
        const id = (document && name !== undefined && value !== undefined && idOfValue(document, name)) || child._item?.id
        add(block, value ?? `{{${name}}}`, (id && stretchAt(stretches?.get(id.client), id.clock)?.actor) ?? null)
      } else if (child instanceof Y.XmlElement) {
        block = undefined
        walk(child, telling.has(child.nodeName) ? child.nodeName : inside)
      }
    }
  }
  walk(fragment, undefined)
  return blocks
}

function addText(block: Block, text: Y.XmlText, stretches: Stretches | undefined) {
  const parts: string[] = []
  let client: number | undefined
  let known: Stretch[] | undefined
  let stretch: Stretch | undefined
  for (let item = text._start; item; item = item.right) {
    if (item.deleted || !item.countable) continue
    const { id, content } = item
    if (id.client !== client) {
      client = id.client
      known = stretches?.get(client)
      stretch = undefined
    }
    const end = id.clock + item.length
    parts.push(content instanceof Y.ContentString ? content.str : embedded.repeat(item.length))
    for (let clock = id.clock; clock < end; ) {
      // who wrote a word mostly wrote the one before
      if (!stretch || clock < stretch.clock || clock >= stretch.end) stretch = stretchAt(known, clock)
      const upTo = stretch ? Math.min(end, stretch.end) : known ? clock + 1 : end
      note(block, upTo - clock, stretch?.actor ?? null)
      clock = upTo
    }
  }
  // joined once: a text of ten thousand pieces takes as long to read as to make
  block.text += parts.join('')
}

function add(block: Block, text: string, userId: string | null) {
  block.text += text
  note(block, text.length, userId)
}

function note({ runs }: Block, length: number, userId: string | null) {
  const last = runs.at(-1)
  if (last?.userId === userId) last.length += length
  else runs.push({ length, userId })
}
