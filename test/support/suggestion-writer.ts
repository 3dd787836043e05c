/** Editing in suggestion mode without a browser. */
import { joinBackward } from '@tiptap/pm/commands'
import { type Node, Slice } from '@tiptap/pm/model'
import { type Command, EditorState, TextSelection, type Transaction } from '@tiptap/pm/state'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'
import { toSuggestion } from '../../web/features/suggestions/suggestion-transaction.ts'
import { readSuggestionOfBlock } from '../../web/features/suggestions/suggestion.ts'

/** A person who types in suggestion mode. The ids of suggestions are consecutive numbers. */
export function writer(doc: Node, author = 'me') {
  let state = EditorState.create({ doc, schema: proseSchema })
  let ids = 0
  let refusals = 0
  const who = { author, newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`, now: () => 'now' }
  const take = (tr: Transaction) => {
    const next = tr.docChanged ? toSuggestion(state, tr, who) : tr
    if (next) state = state.apply(next)
    else refusals++
    state.doc.check()
  }
  const me = {
    get doc() {
      return state.doc
    },
    get caret() {
      return state.selection.from
    },
    get refusals() {
      return refusals
    },
    get state() {
      return state
    },
    take,
    select: (from: number, to = from) => (take(state.tr.setSelection(TextSelection.create(state.doc, from, to))), me),
    type(text: string) {
      for (const letter of text) take(state.tr.insertText(letter))
      return me
    },
    put: (text: string) => (take(state.tr.insertText(text)), me),
    do: (command: Command) => (command(state, take), me),
    back(times = 1) {
      for (; times > 0; times--) {
        const { from, to, empty, $from } = state.selection
        if (empty && $from.parentOffset === 0) joinBackward(state, take)
        else take(state.tr.delete(empty ? from - 1 : from, to).scrollIntoView())
      }
      return me
    },
    forward: () => (take(state.tr.delete(state.selection.from, state.selection.from + 1)), me),
    paste: (...blocks: Node[]) => (take(state.tr.replaceSelection(Slice.maxOpen(proseSchema.node('doc', null, blocks).content))), me),
    seen: () => seen(state.doc),
  }
  return me
}

/** A paragraph with a text. */
export const paragraph = (text: string) => proseSchema.node('paragraph', null, text ? [proseSchema.text(text)] : [])
/** A document with paragraphs. */
export const page = (...texts: string[]) => proseSchema.node('doc', null, texts.map(paragraph))

/** The number of a suggestion, from its id. */
const numberOf = (id: string) => Number(id.slice(-12))

/** Text with suggestions: `+number[inserted]`, `-number[deleted]`. Each block is a line and begins with its suggestion, if it has one. */
export function seen(doc: Node): string {
  const lines: string[] = []
  doc.descendants((node) => {
    if (!node.isTextblock) return
    const lies = readSuggestionOfBlock(node)
    let words = ''
    node.forEach(({ text = '', marks }) => {
      const signs = marks.map(({ type, attrs }) =>
        type.name === 'insertion'
          ? `+${numberOf(attrs['id'])}`
          : type.name === 'deletion'
            ? `-${numberOf(attrs['id'])}`
            : type.name === 'formatChange'
              ? `~${numberOf(attrs['id'])}`
              : type.name[0],
      )
      words += signs.length > 0 ? `${signs.join('')}[${text}]` : text
    })
    lines.push(`${lies ? `${lies.kind} ${numberOf(lies.id)}: ` : ''}${words}`)
  })
  return lines.join('\n')
}
