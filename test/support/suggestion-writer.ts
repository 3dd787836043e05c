/** Editing in suggestion mode without a browser. */
import { joinBackward } from '@tiptap/pm/commands'
import { type Node, Slice } from '@tiptap/pm/model'
import { type Command, EditorState, TextSelection, type Transaction } from '@tiptap/pm/state'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'
import { toSuggestion } from '../../web/features/suggestions/suggestion-transaction.ts'
import { readSuggestionOfBlock } from '../../web/features/suggestions/suggestion.ts'

/** A person options types in suggestion mode. The ids of suggestions are consecutive numbers. */
export function createWriter(doc: Node, author = 'me') {
  let state = EditorState.create({ doc, schema: proseSchema })
  let ids = 0
  let refusals = 0
  const options = { author, newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`, now: () => 'now' }
  const dispatch = (tr: Transaction) => {
    const next = tr.docChanged ? toSuggestion(state, tr, options) : tr
    if (next) state = state.apply(next)
    else refusals++
    state.doc.check()
  }
  const writer = {
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
    dispatch,
    select: (from: number, to = from) => (dispatch(state.tr.setSelection(TextSelection.create(state.doc, from, to))), writer),
    type(text: string) {
      for (const character of text) dispatch(state.tr.insertText(character))
      return writer
    },
    put: (text: string) => (dispatch(state.tr.insertText(text)), writer),
    do: (command: Command) => (command(state, dispatch), writer),
    back(times = 1) {
      for (; times > 0; times--) {
        const { from, to, empty, $from } = state.selection
        if (empty && $from.parentOffset === 0) joinBackward(state, dispatch)
        else dispatch(state.tr.delete(empty ? from - 1 : from, to).scrollIntoView())
      }
      return writer
    },
    forward: () => (dispatch(state.tr.delete(state.selection.from, state.selection.from + 1)), writer),
    paste: (...blocks: Node[]) => (
      dispatch(state.tr.replaceSelection(Slice.maxOpen(proseSchema.node('doc', null, blocks).content))), writer
    ),
    describe: () => describeText(state.doc),
  }
  return writer
}

/** A paragraph with a text. */
export const createParagraph = (text: string) => proseSchema.node('paragraph', null, text ? [proseSchema.text(text)] : [])
/** A document with paragraphs. */
export const createDocument = (...texts: string[]) => proseSchema.node('doc', null, texts.map(createParagraph))

/** The number of a suggestion, from its id. */
const toNumber = (id: string) => Number(id.slice(-12))

/** Text with suggestions: `+number[inserted]`, `-number[deleted]`. Each block is a line and begins with its suggestion, if it has one. */
export function describeText(doc: Node): string {
  const lines: string[] = []
  doc.descendants((node) => {
    if (!node.isTextblock) return
    const suggestion = readSuggestionOfBlock(node)
    let words = ''
    node.forEach(({ text = '', marks }) => {
      const labels = marks.map(({ type, attrs }) =>
        type.name === 'insertion'
          ? `+${toNumber(attrs['id'])}`
          : type.name === 'deletion'
            ? `-${toNumber(attrs['id'])}`
            : type.name === 'formatChange'
              ? `~${toNumber(attrs['id'])}`
              : type.name[0],
      )
      words += labels.length > 0 ? `${labels.join('')}[${text}]` : text
    })
    lines.push(`${suggestion ? `${suggestion.kind} ${toNumber(suggestion.id)}: ` : ''}${words}`)
  })
  return lines.join('\n')
}
