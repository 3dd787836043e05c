/**
 * What is suggested in a text: its marks of insertion and deletion, and the attributes of its blocks, gathered to suggestions.
 *
 * Clients write marks, so nothing that a mark says of its author is believed: whoever wrote the words is who suggests them, and whoever
 * marked words as deleted is who suggests that. What is found under a mark of somebody else's is a suggestion of its own.
 */
import { v5 } from 'uuid'
import * as Y from 'yjs'
import { z } from 'zod'
import type { WhoWrote } from './authorship.ts'
import { Layout, piecesOf, type Signs, wordsOf } from './place.ts'
import type { BlockSuggestion } from './prose.ts'

export const suggestionKinds = ['insert', 'delete', 'replace', 'insert-block', 'delete-block', 'change-block'] as const
export type SuggestionKind = (typeof suggestionKinds)[number]

/** A suggestion as it stands in the text. `mark` is the id that its marks bear, `userId` who made it; null is SmartStart itself. */
export interface Suggested {
  id: string
  mark: string
  userId: string | null
  kind: SuggestionKind
  inserted: string
  deleted: string
  /** When, as the mark says. */
  at: string | null
}

/** What a suggestion is made of, by what it is to Yjs: words that came, words that are struck, and blocks. */
export interface Parts {
  inserted: Signs[]
  struck: Signs[]
  blocks: [client: number, clock: number][]
}

export interface Reading {
  /** By id, in the order of the text. */
  suggested: Map<string, Suggested>
  parts: Map<string, Parts>
}

/** Marks that may lie on each other have a hash behind their name, in y-tiptap. */
export const markKey = /^(insertion|deletion)(?:--[a-zA-Z0-9+/=]{8})?$/
const Uuid = z.uuid()
export const Lead = z.object({ id: Uuid, author: z.unknown(), at: z.unknown() })
const BlockLead = z.object({
  id: Uuid,
  kind: z.enum(['insert', 'delete', 'change']),
  author: z.string(),
  at: z.string(),
  was: z.object({ type: z.string(), attrs: z.record(z.string(), z.unknown()) }).optional(),
})
/** So much of what a suggestion brings or takes is told, in signs. */
const longest = 5000

/**
 * The id of a suggestion: the mark's where its author is who they say; else one that follows from both.
 * @param settled suggestions that were decided, and from whose decision the text followed: what came later is another one
 */
function idOf(mark: string, author: string | null, claimed: unknown, settled: ReadonlySet<string>): string {
  let id = author !== null && author === claimed ? mark : v5(author ?? 'SmartStart', mark)
  while (settled.has(id)) id = v5('again', id)
  return id
}

/** A mark in force at a place of a text: who opened it and did not close it, who opened it last, and what follows of it. */
interface Opened {
  value: unknown
  last: string | null | undefined
  open: Set<string | null | undefined>
  /** Who opens or closes it behind this place. */
  ahead: { author: string | null | undefined; closes: boolean }[]
}

/**
 * Gathers what is suggested.
 * @param whoWrote of the committed text; what it does not know is left aside
 * @param settled ids of suggestions whose decision the text followed
 */
export function readSuggested(document: Y.Doc, whoWrote: WhoWrote, settled: ReadonlySet<string>): Reading {
  const reading: Reading = { suggested: new Map(), parts: new Map() }
  const kinds = new Map<string, Set<string>>()

  function note(id: string, found: { mark: string; userId: string | null; at: unknown }) {
    let one = reading.suggested.get(id)
    if (!one) {
      const at = typeof found.at === 'string' && !Number.isNaN(Date.parse(found.at)) ? new Date(found.at).toISOString() : null
      one = { id, mark: found.mark, userId: found.userId, at, kind: 'insert', inserted: '', deleted: '' }
      reading.suggested.set(id, one)
      reading.parts.set(id, { inserted: [], struck: [], blocks: [] })
    }
    return { one, part: reading.parts.get(id) as Parts }
  }

  const lastBlocks = new Map<string, unknown>()
  function add(one: Suggested, what: 'inserted' | 'deleted', words: string, block: unknown) {
    const key = `${one.id} ${what}`
    const gap = lastBlocks.has(key) && lastBlocks.get(key) !== block ? '\n' : ''
    lastBlocks.set(key, block)
    one[what] = (one[what] + gap + words).slice(0, longest)
  }

  function readBlock(element: Y.XmlElement) {
    const lead = blockLeadOf(element)
    const item = (element as unknown as { _map: Map<string, Y.Item> })._map.get('suggestion')
    const author = item && whoWrote(item.id.client, item.id.clock)
    if (!lead || author === undefined) return
    const id = idOf(lead.id, author, lead.author, settled)
    const { one, part } = note(id, { mark: lead.id, userId: author, at: lead.at })
    part.blocks.push([element._item?.id.client as number, element._item?.id.clock as number])
    kinds.set(id, (kinds.get(id) ?? new Set()).add(lead.kind))
    if (lead.kind === 'delete' && isWhole(element)) add(one, 'deleted', allWordsOf(element), element)
  }

  function readText(text: Y.XmlText) {
    const opened = new Map<string, Opened>()
    for (const { item } of piecesOf(text)) {
      const { content } = item
      if (!(content instanceof Y.ContentFormat) || !markKey.test(content.key)) continue
      const mark = opened.get(content.key) ?? { value: null, last: undefined, open: new Set(), ahead: [] }
      opened.set(content.key, mark)
      mark.ahead.push({ author: whoWrote(item.id.client, item.id.clock), closes: content.value === null })
    }
    for (const { item } of piecesOf(text)) {
      const { content } = item
      const mark = content instanceof Y.ContentFormat ? opened.get(content.key) : undefined
      if (mark) step(mark, (content as Y.ContentFormat).value)
      else if (item.countable) readItem(text, item, opened)
    }
  }

  function step(mark: Opened, value: unknown) {
    const { author, closes } = mark.ahead.shift() as Opened['ahead'][number]
    mark.value = value
    if (closes) mark.open.delete(author)
    else {
      mark.last = author
      mark.open.add(author)
    }
  }

  /** Reads signs that came together; those of several people are several runs. */
  function readItem(text: Y.XmlText, item: Y.Item, opened: Map<string, Opened>) {
    const marks = [...opened].filter(([, { value }]) => value !== null)
    if (marks.length === 0) return
    const { client, clock } = item.id
    const words = item.content instanceof Y.ContentString ? item.content.str : '\uFFFC'
    for (let from = 0; from < item.length; ) {
      const writer = whoWrote(client, clock + from)
      let to = from + 1
      while (to < item.length && whoWrote(client, clock + to) === writer) to++
      for (const [key, mark] of marks) readRun([client, clock + from, to - from], words.slice(from, to), text, writer, key, mark)
      from = to
    }
  }

  function readRun(signs: Signs, words: string, text: Y.XmlText, writer: string | null | undefined, key: string, mark: Opened) {
    const lead = Lead.safeParse(mark.value).data
    if (!lead) return
    const insertion = key.startsWith('insertion')
    const author = insertion ? writer : strikerOf(mark, lead.author)
    if (author === undefined) return
    const id = idOf(lead.id, author, lead.author, settled)
    const { one, part } = note(id, { mark: lead.id, userId: author, at: lead.at })
    part[insertion ? 'inserted' : 'struck'].push(signs)
    add(one, insertion ? 'inserted' : 'deleted', words, text.parent)
  }

  function walk(parent: Y.XmlFragment | Y.XmlElement) {
    for (const child of parent.toArray()) {
      if (child instanceof Y.XmlText) readText(child)
      else if (child instanceof Y.XmlElement) {
        readBlock(child)
        walk(child)
      }
    }
  }
  walk(new Layout(document).root)
  for (const [id, one] of reading.suggested) one.kind = kindOf(reading.parts.get(id) as Parts, kinds.get(id) ?? new Set())
  return reading
}

/**
 * Who struck words: who the mark names, if the words lie behind where they opened it or before where they closed it. Who types at the edge
 * of struck words, or between them, closes the mark and opens it again, and did not strike them.
 */
function strikerOf({ open, ahead, last }: Opened, claimed: unknown): string | null | undefined {
  const named = claimed as string
  return open.has(named) || ahead.find(({ author }) => author === named)?.closes ? named : last
}

function kindOf({ inserted, struck }: Parts, blocks: ReadonlySet<string>): SuggestionKind {
  const inserts = inserted.length > 0 || blocks.has('insert')
  const deletes = struck.length > 0 || blocks.has('delete')
  if (blocks.has('change') && !inserts && !deletes) return 'change-block'
  if (inserts && deletes) return 'replace'
  if (inserts) return blocks.size > 0 ? 'insert-block' : 'insert'
  return blocks.size > 0 ? 'delete-block' : 'delete'
}

/** The suggestion that lies on a block; what a client wrote there and is none is left aside. */
export function blockLeadOf(element: Y.XmlElement): BlockSuggestion | undefined {
  const text: unknown = element.getAttribute('suggestion')
  if (typeof text !== 'string') return undefined
  try {
    return BlockLead.safeParse(JSON.parse(text)).data as BlockSuggestion | undefined
  } catch {
    return undefined
  }
}

/** Blocks that come and go as a whole, whatever stands in them. */
export const isWhole = ({ nodeName }: Y.XmlElement): boolean => ['table', 'tableRow', 'codeBlock', 'horizontalRule'].includes(nodeName)

/** All words of a block and of those in it. */
export function allWordsOf(element: Y.XmlElement): string {
  return element
    .toArray()
    .map((child) => {
      if (child instanceof Y.XmlText) return wordsOf({ text: child, block: element, index: 0, length: child.length })
      return child instanceof Y.XmlElement ? allWordsOf(child) : ''
    })
    .join('')
}
