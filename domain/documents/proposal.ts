/** Suggestions that the server writes into the text, for who may not write there. */
import { sql } from 'kysely'
import * as Y from 'yjs'
import { z } from 'zod'
import { comment, userOf } from '../access/permission.ts'
import { newId } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import { command } from '../kernel/operation.ts'
import { become } from './decided.ts'
import { DocumentName } from './document.ts'
import { SuggestionChanged } from './events.ts'
import { Layout, quoteOf, type Range, type Slice } from './place.ts'
import type { BlockSuggestion } from './prose.ts'
import { allWordsOf, blockLeadOf, type SuggestionKind, suggestionKinds } from './suggested.ts'
import { namesOf } from './moment.ts'
import type { SuggestionSeen } from './suggestion.ts'
import { AnchorInput, idOf, subjectOf } from './thread.ts'

/** A suggestion spans at most so many signs, and brings at most as many. */
const mostSigns = 5000
/** Words as they stand in a line: breaks and other control characters are none. */
const Words = z
  .string()
  .min(1)
  .max(mostSigns)
  .regex(/^\P{Cc}*$/u, 'takes words of one line')
const mayComment = comment(subjectOf)

const refuse = (path: string, message: string) => new DomainError('invalid-input', message, { fields: [{ path, message }] })

/** What the marks of a suggestion have in common. */
interface Lead {
  id: string
  author: string
  at: string
}

/** What the two marks of a suggestion are called among the attributes of a text. The editor's own packages name them. */
async function keysOf(lead: Lead): Promise<{ insertion: string; deletion: string }> {
  const [{ prosemirrorJSONToYDoc }, { proseSchema, textName }] = await Promise.all([import('@tiptap/y-tiptap'), import('./prose.ts')])
  const marks = [
    { type: 'insertion', attrs: lead },
    { type: 'deletion', attrs: lead },
  ]
  const content = [{ type: 'paragraph', content: [{ type: 'text', text: 'x', marks }] }]
  const written = prosemirrorJSONToYDoc(proseSchema, { type: 'doc', content }, textName).getXmlFragment(textName)
  const [{ attributes }] = ((written.get(0) as Y.XmlElement).get(0) as Y.XmlText).toDelta() as [{ attributes: object }]
  const keyOf = (name: string) => Object.keys(attributes).find((key) => key.startsWith(name)) as string
  return { insertion: keyOf('insertion'), deletion: keyOf('deletion') }
}

const input = {
  documentName: DocumentName,
  kind: z.enum(suggestionKinds),
  anchor: AnchorInput.describe('words; of a block, anywhere in it'),
  text: Words.optional().describe('what is inserted'),
  type: z.enum(['paragraph', 'heading']).optional().describe('what a block comes as, or becomes; a paragraph when absent'),
  level: z.number().int().min(1).max(3).optional().describe('of a heading; 1 when absent'),
}

/** Suggests a change, as anybody who may comment. It is an edit in their name that changes nothing but what is suggested. */
export const suggest = command('documents.suggest', {
  input,
  may: mayComment,
  writesAhead: true,
  async prepares(view, input) {
    await mayComment(view, input)
    const { kind, anchor, text, type, level } = input
    if (['insert', 'replace'].includes(kind) && text === undefined) throw refuse('text', 'This takes a text.')
    const lead: Lead = { id: newId(), author: userOf(view), at: view.now.toISOString() }
    const keys = await keysOf(lead)
    const { answer } = await view.ports.write(input.documentName, lead.author, (document) => {
      const layout = new Layout(document)
      const range = layout.rangeOf(anchor)
      if (!range) throw refuse('anchor', 'The anchor is not in this document.')
      if (range.to - range.from > mostSigns) throw refuse('anchor', `The anchor spans more than ${mostSigns} signs.`)
      const pen = new Pen(layout, range, lead, keys)
      if (kind === 'insert' || kind === 'delete' || kind === 'replace') return pen.words(kind, text ?? '')
      return pen.block(kind, { type: type ?? 'paragraph', level: level ?? 1, text: text ?? '' })
    })
    return { ...answer, lead }
  },
  async does(work, { documentName, kind }, { inserted, deleted, lead }): Promise<SuggestionSeen> {
    const { id, author, at } = lead
    await sql`
      insert into suggestion (document, id, mark, user_id, kind, inserted, deleted, at, state)
      values (${idOf(documentName)}, ${id}, ${id}, ${author}, ${kind}, ${inserted}, ${deleted}, ${at}::timestamptz, 'open')`.execute(
      work.em.getKysely() as never,
    )
    work.emit(SuggestionChanged, {
      subject: documentName,
      audience: [documentName],
      data: { documentName, suggestionId: id, change: 'made' },
    })
    const name = (await namesOf(work, [author]))(author)
    return { id, mark: id, userId: author, name, kind, inserted, deleted, at, state: 'open', decidedBy: null, decidedAt: null }
  },
})

interface Written {
  inserted: string
  deleted: string
}

/** Writes one suggestion into a text. What it refuses, it refuses before it writes. */
class Pen {
  readonly #layout: Layout
  readonly #range: Range
  readonly #lead: Lead
  readonly #keys: { insertion: string; deletion: string }

  constructor(layout: Layout, range: Range, lead: Lead, keys: { insertion: string; deletion: string }) {
    this.#layout = layout
    this.#range = range
    this.#lead = lead
    this.#keys = keys
  }

  words(kind: 'insert' | 'delete' | 'replace', text: string): Written {
    const at = this.#at()
    if (kind === 'insert') {
      this.#insert(at, text)
      return { inserted: text, deleted: '' }
    }
    const slices = this.#layout.slicesOf(this.#range)
    if (slices.length === 0) throw refuse('anchor', 'There are no words at the anchor, or they are gone.')
    if (slices.some(({ block }) => block.nodeName === 'codeBlock')) throw refuse('anchor', 'Words in code take no suggestions.')
    const deleted = quoteOf(slices)
    // behind what is struck; written first, since what is struck keeps its place
    if (kind === 'replace') {
      const last = slices.at(-1) as Slice
      this.#insert({ block: last.block, text: last.text, index: last.index + last.length }, text)
    }
    this.#strike(slices)
    return { inserted: kind === 'replace' ? text : '', deleted }
  }

  block(
    kind: Exclude<SuggestionKind, 'insert' | 'delete' | 'replace'>,
    to: { type: 'paragraph' | 'heading'; level: number; text: string },
  ) {
    const { block } = this.#at()
    if (kind === 'insert-block') {
      const next = new Y.XmlElement(to.type)
      if (to.type === 'heading') next.setAttribute('level', to.level as unknown as string)
      if (to.text) {
        const text = new Y.XmlText()
        text.applyDelta([{ insert: to.text, attributes: { [this.#keys.insertion]: this.#lead } }])
        next.insert(0, [text])
      }
      this.#lay(next, 'insert')
      const parent = block.parent as Y.XmlFragment
      parent.insert(parent.toArray().indexOf(block) + 1, [next])
      return { inserted: to.text, deleted: '' }
    }
    if (blockLeadOf(block)) throw new DomainError('conflict', 'A suggestion lies on this block already.')
    if (kind === 'delete-block') {
      const deleted = allWordsOf(block)
      const texts = block.toArray().filter((child) => child instanceof Y.XmlText)
      this.#strike(texts.map((text) => ({ text, block, index: 0, length: text.length })))
      this.#lay(block, 'delete')
      return { inserted: '', deleted }
    }
    const level = Number(block.getAttribute('level'))
    if (block.nodeName === to.type && (to.type === 'paragraph' || level === to.level)) throw refuse('type', 'The block is that already.')
    const was = { type: block.nodeName, attrs: block.nodeName === 'heading' ? { level } : {} }
    this.#lay(become(block, to.type, { level: to.level }), 'change', was)
    return { inserted: '', deleted: '' }
  }

  /** Where the anchor ends. */
  #at() {
    const at = this.#layout.blockAt(this.#range.to)
    if (!at) throw refuse('anchor', 'There is no line at the anchor, or it is gone.')
    if (!['paragraph', 'heading'].includes(at.block.nodeName)) throw refuse('anchor', 'Words in code take no suggestions.')
    return at
  }

  #insert({ block, text, index }: { block: Y.XmlElement; text: Y.XmlText | undefined; index: number }, words: string) {
    let line = text
    if (!line) {
      line = new Y.XmlText()
      block.insert(0, [line])
    }
    line.insert(index, words, { ...looksAt(line, index), [this.#keys.insertion]: this.#lead })
  }

  #strike(slices: Slice[]) {
    for (const { text, index, length } of slices) if (length > 0) text.format(index, length, { [this.#keys.deletion]: this.#lead })
  }

  #lay(block: Y.XmlElement, kind: BlockSuggestion['kind'], was?: BlockSuggestion['was']) {
    block.setAttribute('suggestion', JSON.stringify({ ...this.#lead, kind, ...(was && { was }) } satisfies BlockSuggestion))
  }
}

/** How the words before a place look: what is inserted there looks the same. */
function looksAt(text: Y.XmlText, index: number): Record<string, unknown> {
  let end = 0
  for (const { insert, attributes } of text.toDelta() as { insert: unknown; attributes?: Record<string, unknown> }[]) {
    end += typeof insert === 'string' ? insert.length : 1
    if (end >= index && index > 0)
      return Object.fromEntries(Object.entries(attributes ?? {}).filter(([key]) => ['bold', 'italic', 'underline', 'strike'].includes(key)))
  }
  return {}
}
