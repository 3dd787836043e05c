/** Suggestion mode in the editor: everything that its person does goes through it, and nothing that comes from others or is undone. */
import { Extension, type Editor, type Extensions } from '@tiptap/core'
import type { Transaction } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { proseExtensions } from '../domain/documents/prose.ts'
import { colourOf } from './person.ts'
import { blockSuggestionOf } from './suggestion.ts'
import { asEdit, asSuggestion } from './suggesting.ts'

/** An id as the server makes them (UUIDv7): they sort by time. */
export function newSuggestionId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const time = Date.now().toString(16).padStart(12, '0')
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const rest = Array.from(bytes.subarray(6), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${time.slice(0, 8)}-${time.slice(8)}-${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8)}`
}

const changed = 'suggestionModeChanged'

interface Mode {
  on: boolean
}

const modeOf = (editor: Editor) => (editor.storage as unknown as { suggestionMode?: Mode }).suggestionMode

/** Whether what one writes is suggested. */
export const isSuggesting = (editor: Editor): boolean => modeOf(editor)?.on ?? false

/** Turns suggestion mode on or off. */
export function setSuggesting(editor: Editor, on: boolean): void {
  const mode = modeOf(editor)
  if (!mode) return
  mode.on = on
  // Nothing changes in the text, but those who look at the editor look again.
  editor.view.dispatch(editor.state.tr.setMeta(changed, on))
}

/** What was typed, where a transaction is what an input rule made of it. */
function typedFor(transaction: Transaction): { text: string; from: number; to: number } | undefined {
  const metas = Object.values((transaction as unknown as { meta: Record<string, unknown> }).meta) as Record<string, unknown>[]
  const rule = metas.find((meta) => meta !== null && typeof meta === 'object' && 'transform' in meta && typeof meta['text'] === 'string')
  return rule && { text: String(rule['text']), from: Number(rule['from']), to: Number(rule['to']) }
}

/** @param onRefused hears of a change that cannot be suggested, and so was not made */
export const suggestionMode = (author: string, onRefused: () => void) =>
  Extension.create<object, Mode>({
    name: 'suggestionMode',
    addStorage: () => ({ on: false }),
    dispatchTransaction({ transaction, next }) {
      const theirs = transaction.getMeta(ySyncPluginKey) !== undefined
      if (!transaction.docChanged || theirs) return next(transaction)
      // What was built on another state than the present one is not ours to judge; the editor refuses it itself.
      if (!transaction.before.eq(this.editor.state.doc)) return next(transaction)
      if (!this.storage.on) return next(asEdit(this.editor.state, transaction))
      const now = () => new Date().toISOString()
      const suggested = asSuggestion(this.editor.state, transaction, { author, newId: newSuggestionId, now })
      if (suggested) return next(suggested)
      // What one types to make a list, say: there is no list, so the letters stay.
      const typed = typedFor(transaction)
      if (typed) return this.editor.view.dispatch(this.editor.state.tr.insertText(typed.text, typed.from, typed.to))
      onRefused()
      // The browser may have changed the page already.
      this.editor.view.updateState(this.editor.state)
    },
  })

const who = (author: unknown) => `--who: ${colourOf(String(author))}`

/** What can be written, with suggestions shown in the colours of their authors. */
export const colouredProse: Extensions = proseExtensions.map((extension) => {
  if (extension.name === 'insertion' || extension.name === 'deletion') {
    const tag = extension.name === 'insertion' ? 'ins' : 'del'
    return extension.extend({
      renderHTML: ({ mark }: { mark: { attrs: Record<string, unknown> } }) => [
        tag,
        { 'data-suggestion': String(mark.attrs['id']), 'data-author': String(mark.attrs['author']), style: who(mark.attrs['author']) },
        0,
      ],
    })
  }
  if (extension.name !== 'blockSuggestion') return extension
  return extension.extend({
    addGlobalAttributes() {
      const given = (this as unknown as { parent: () => { types: string[]; attributes: Record<string, object> }[] }).parent()
      return given.map(({ types, attributes }) => ({
        types,
        attributes: {
          suggestion: {
            ...attributes['suggestion'],
            renderHTML: (attrs: Record<string, unknown>) => {
              const lies = blockSuggestionOf({ attrs })
              return lies ? { 'data-block-suggestion': lies.kind, 'data-suggestion': lies.id, style: who(lies.author) } : {}
            },
          },
        },
      }))
    },
  } as never)
})
