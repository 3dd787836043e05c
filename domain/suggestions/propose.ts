/** Suggestions that the server writes into the text for commenters, who cannot write there. */
import { sql } from 'kysely'
import * as Y from 'yjs'
import { z } from 'zod'
import { requireCommenter } from '../access/permission.ts'
import { requireUserId } from '../kernel/permission.ts'
import { newId } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import { command } from '../kernel/operation.ts'
import { changeBlockType } from './apply.ts'
import { DocumentName } from '../documents/document.ts'
import { SuggestionChanged } from './events.ts'
import { PositionIndex, readQuote, type TextRange, type TextSlice } from '../documents/richtext/positions.ts'
import { type BlockSuggestion, headingLevel, maxHeadingLevel } from '../documents/richtext/schema.ts'
import { type SuggestionKind, suggestionKinds } from '../documents/richtext/suggestion-marks.ts'
import { readAllText, getBlockSuggestion } from '../documents/richtext/suggestion-blocks.ts'
import { readNames } from '../users/display-name.ts'
import { canChangeTypeTo, canInsertAfter } from '../documents/richtext/block-repair.ts'
import type { SuggestionDetails } from './suggestion.ts'
import { AnchorInput, documentIdOf, documentSubject } from '../comments/thread.ts'

/** A suggestion spans at most so many characters, and brings at most as many. */
const maxCharacters = 5000
/** OneLineText as they stand in a line: breaks and other control characters are none. */
const OneLineText = z
  .string()
  .min(1)
  .max(maxCharacters)
  .regex(/^\P{Cc}*$/u, 'must be text on one line')

const invalidField = (path: string, message: string) => new DomainError('invalid-input', message, { fields: [{ path, message }] })

/** The attributes that all marks of a suggestion share. */
interface MarkAttributes {
  id: string
  author: string
  at: string
}

/** The keys of the two suggestion marks in a Yjs text; the editor's own packages determine them. */
async function findMarkKeys(mark: MarkAttributes): Promise<{ insertion: string; deletion: string }> {
  const [{ prosemirrorJSONToYDoc }, { proseSchema, textName }] = await Promise.all([
    import('@tiptap/y-tiptap'),
    import('../documents/richtext/schema.ts'),
  ])
  const marks = [
    { type: 'insertion', attrs: mark },
    { type: 'deletion', attrs: mark },
  ]
  const content = [{ type: 'paragraph', content: [{ type: 'text', text: 'x', marks }] }]
  const written = prosemirrorJSONToYDoc(proseSchema, { type: 'doc', content }, textName).getXmlFragment(textName)
  const [{ attributes }] = ((written.get(0) as Y.XmlElement).get(0) as Y.XmlText).toDelta() as [{ attributes: object }]
  const keyOf = (name: string) => Object.keys(attributes).find((key) => key.startsWith(name)) as string
  return { insertion: keyOf('insertion'), deletion: keyOf('deletion') }
}

const input = {
  documentName: DocumentName,
  kind: z.enum(suggestionKinds).exclude(['format']),
  anchor: AnchorInput.describe('the text concerned; for a block, anywhere in it'),
  text: OneLineText.optional().describe('the inserted text'),
  type: z.enum(['paragraph', 'heading']).optional().describe('type of the new or changed block; a paragraph when absent'),
  level: z.number().int().min(1).max(maxHeadingLevel).optional().describe('of a heading; 1 when absent'),
}

/** Suggests a change, as anyone who can comment. It is an edit in the actor's name that only adds the suggestion. */
export const suggest = command('documents.suggest', {
  input,
  authorize: requireCommenter(documentSubject),
  writesBeforeCommit: true,
  async prepare(view, input) {
    const { kind, anchor, text, type, level } = input
    if (['insert', 'replace'].includes(kind) && text === undefined)
      throw invalidField('text', 'Text is required for this kind of suggestion.')
    const mark: MarkAttributes = { id: newId(), author: requireUserId(view), at: view.now.toISOString() }
    const keys = await findMarkKeys(mark)
    const { result } = await view.ports.editDocument(input.documentName, mark.author, (document) => {
      const layout = new PositionIndex(document)
      const range = layout.resolveAnchor(anchor)
      if (!range) throw invalidField('anchor', 'The anchor is not in this document.')
      if (range.to - range.from > maxCharacters) throw invalidField('anchor', `The anchor covers more than ${maxCharacters} characters.`)
      const writer = new SuggestionWriter(layout, range, mark, keys)
      if (kind === 'insert' || kind === 'delete' || kind === 'replace') return writer.suggestText(kind, text ?? '')
      return writer.block(kind, { type: type ?? 'paragraph', level: level ?? 1, text: text ?? '' })
    })
    return { ...result, lead: mark }
  },
  async execute(work, { documentName, kind }, { inserted, deleted, lead }): Promise<SuggestionDetails> {
    const { id, author, at } = lead
    // it is in the text already, where `recordTypedSuggestions` may have found it; then it has a row already
    const words = { kind, inserted, deleted }
    const row = await work.db
      .insertInto('suggestion')
      .values({ document: documentIdOf(documentName), id, mark: id, user_id: author, ...words, at, state: 'open' })
      .onConflict((known) =>
        known
          .columns(['document', 'id'])
          .doUpdateSet({ typed: false, ...words })
          .where('suggestion.state', '=', 'open'),
      )
      .returning(sql<boolean>`xmax = 0`.as('fresh'))
      .executeTakeFirst()
    if (row?.fresh)
      work.emit(SuggestionChanged, {
        subject: documentName,
        audience: [documentName],
        data: { documentName, suggestionId: id, change: 'created' },
      })
    const name = (await readNames(work, [author]))(author)
    const open = { state: 'open' as const, decidedBy: null, decidedAt: null }
    return { id, mark: id, userId: author, name, kind, inserted, deleted, formatted: '', formats: { added: [], removed: [] }, at, ...open }
  },
})

interface SuggestedChange {
  inserted: string
  deleted: string
}

/** Writes one suggestion into a text. It refuses before it writes anything. */
class SuggestionWriter {
  readonly #layout: PositionIndex
  readonly #range: TextRange
  readonly #lead: MarkAttributes
  readonly #keys: { insertion: string; deletion: string }

  constructor(layout: PositionIndex, range: TextRange, mark: MarkAttributes, keys: { insertion: string; deletion: string }) {
    this.#layout = layout
    this.#range = range
    this.#lead = mark
    this.#keys = keys
  }

  suggestText(kind: 'insert' | 'delete' | 'replace', text: string): SuggestedChange {
    const at = this.#endBlock()
    if (kind === 'insert') {
      this.#insertText(at, text)
      return { inserted: text, deleted: '' }
    }
    const slices = this.#layout.slicesIn(this.#range)
    if (slices.length === 0) throw invalidField('anchor', 'The anchor contains no text, or the text was deleted.')
    if (slices.some(({ block: suggestBlock }) => suggestBlock.nodeName === 'codeBlock'))
      throw invalidField('anchor', 'Code blocks do not support suggestions.')
    const deleted = readQuote(slices)
    // inserted after the deleted text, and before marking it, so that its position stays valid
    if (kind === 'replace') {
      const last = slices.at(-1) as TextSlice
      this.#insertText({ block: last.block, text: last.text, index: last.index + last.length }, text)
    }
    this.#strikeText(slices)
    return { inserted: kind === 'replace' ? text : '', deleted }
  }

  block(
    kind: Exclude<SuggestionKind, 'insert' | 'delete' | 'replace' | 'format'>,
    to: { type: 'paragraph' | 'heading'; level: number; text: string },
  ) {
    const { block } = this.#endBlock()
    const where = (block.parent as Y.XmlElement).nodeName ?? 'text'
    if (kind === 'insert-block') {
      if (!canInsertAfter(block, to.type)) throw invalidField('type', `A ${to.type} cannot stand at this place of a ${where}.`)
      const next = new Y.XmlElement(to.type)
      if (to.type === 'heading') next.setAttribute('level', to.level as unknown as string)
      if (to.text) {
        const text = new Y.XmlText()
        text.applyDelta([{ insert: to.text, attributes: { [this.#keys.insertion]: this.#lead } }])
        next.insert(0, [text])
      }
      this.#markBlock(next, 'insert')
      const parent = block.parent as Y.XmlFragment
      parent.insert(parent.toArray().indexOf(block) + 1, [next])
      return { inserted: to.text, deleted: '' }
    }
    if (getBlockSuggestion(block)) throw new DomainError('conflict', 'This block already has a suggestion.')
    if (kind === 'delete-block') {
      const deleted = readAllText(block)
      const texts = block.toArray().filter((child) => child instanceof Y.XmlText)
      this.#strikeText(texts.map((text) => ({ text, block, index: 0, length: text.length })))
      this.#markBlock(block, 'delete')
      return { inserted: '', deleted }
    }
    const level = headingLevel(block.getAttribute('level'))
    if (block.nodeName === to.type && (to.type === 'paragraph' || level === to.level))
      throw invalidField('type', 'The block already has this type.')
    if (!canChangeTypeTo(block, to.type))
      throw invalidField('type', `The block cannot become a ${to.type}: a ${where} does not allow it at this place.`)
    const was = { type: block.nodeName, attrs: block.nodeName === 'heading' ? { level } : {} }
    this.#markBlock(changeBlockType(block, to.type, { level: to.level }), 'change', was)
    return { inserted: '', deleted: '' }
  }

  /** The block in which the anchor ends. */
  #endBlock() {
    const at = this.#layout.blockAt(this.#range.to)
    if (!at) throw invalidField('anchor', 'The anchor is not in a paragraph or heading, or it was deleted.')
    if (!['paragraph', 'heading'].includes(at.block.nodeName)) throw invalidField('anchor', 'Code blocks do not support suggestions.')
    return at
  }

  #insertText({ block, text, index }: { block: Y.XmlElement; text: Y.XmlText | undefined; index: number }, words: string) {
    let line = text
    if (!line) {
      line = new Y.XmlText()
      block.insert(0, [line])
    }
    line.insert(index, words, { ...formatBefore(line, index), [this.#keys.insertion]: this.#lead })
  }

  #strikeText(slices: TextSlice[]) {
    for (const { text, index, length } of slices) if (length > 0) text.format(index, length, { [this.#keys.deletion]: this.#lead })
  }

  #markBlock(block: Y.XmlElement, kind: BlockSuggestion['kind'], was?: BlockSuggestion['was']) {
    block.setAttribute('suggestion', JSON.stringify({ ...this.#lead, kind, ...(was && { was }) } satisfies BlockSuggestion))
  }
}

/** The text formatting before an index, for the inserted text. */
function formatBefore(text: Y.XmlText, index: number): Record<string, unknown> {
  let end = 0
  for (const { insert, attributes } of text.toDelta() as { insert: unknown; attributes?: Record<string, unknown> }[]) {
    end += typeof insert === 'string' ? insert.length : 1
    if (end >= index && index > 0)
      return Object.fromEntries(Object.entries(attributes ?? {}).filter(([key]) => ['bold', 'italic', 'underline', 'strike'].includes(key)))
  }
  return {}
}
