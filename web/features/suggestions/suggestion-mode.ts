/** Suggestion mode of the editor: turns every local change into a suggestion, except remote changes, undo and redo. */
import { Extension, type Editor, type Extensions } from '@tiptap/core'
import type { EditorState, Transaction } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { proseExtensions } from '../../../domain/documents/richtext/schema.ts'
import { toUserColor } from '../../lib/user-display.ts'
import { readSuggestionOfBlock } from './suggestion.ts'
import { toPlainEdit, toSuggestion } from './suggestion-transaction.ts'

/** Creates a UUIDv7, as the server does. They sort by time. */
export function newSuggestionId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const time = Date.now().toString(16).padStart(12, '0')
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const randomHex = Array.from(bytes.subarray(6), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${time.slice(0, 8)}-${time.slice(8)}-${randomHex.slice(0, 4)}-${randomHex.slice(4, 8)}-${randomHex.slice(8)}`
}

const modeChangedMeta = 'suggestionModeChanged'

interface Mode {
  isOn: boolean
}

const getMode = (editor: Editor) => (editor.storage as unknown as { suggestionMode?: Mode }).suggestionMode

/** Whether suggestion mode is on. */
export const isSuggesting = (editor: Editor): boolean => getMode(editor)?.isOn ?? false

/** Turns suggestion mode on or off. */
export function setSuggesting(editor: Editor, isOn: boolean): void {
  const mode = getMode(editor)
  if (!mode) return
  mode.isOn = isOn
  // An empty transaction, so that components that watch the editor render again.
  editor.view.dispatch(editor.state.tr.setMeta(modeChangedMeta, isOn))
}

const modeKey = (documentName: string) => `suggesting:${documentName}`

/** Remembers the mode of a document in this tab, so that it survives a reload. */
export function rememberSuggesting(documentName: string, isOn: boolean): void {
  if (isOn) sessionStorage.setItem(modeKey(documentName), 'on')
  else sessionStorage.removeItem(modeKey(documentName))
}

/** Whether suggestion mode was on when the document was last open in this tab. */
export const wasSuggesting = (documentName: string): boolean => sessionStorage.getItem(modeKey(documentName)) !== null

/** The typed text, if an input rule created the transaction. */
function findTypedText(transaction: Transaction): { text: string; from: number; to: number } | undefined {
  const metas = Object.values((transaction as unknown as { meta: Record<string, unknown> }).meta) as Record<string, unknown>[]
  const rule = metas.find((meta) => meta !== null && typeof meta === 'object' && 'transform' in meta && typeof meta['text'] === 'string')
  return rule && { text: String(rule['text']), from: Number(rule['from']), to: Number(rule['to']) }
}

/**
 * @param onRefused called when a change was rejected because it cannot be suggested
 * @param isComposing whether an input method composes text, which is suggested when it ends
 */
export const suggestionMode = (author: string, onRefused: () => void, isComposing: (state: EditorState) => boolean) =>
  Extension.create<object, Mode>({
    name: 'suggestionMode',
    addStorage: () => ({ isOn: false }),
    dispatchTransaction({ transaction, next }) {
      const isRemote = transaction.getMeta(ySyncPluginKey) !== undefined
      if (!transaction.docChanged || isRemote) return next(transaction)
      // A transaction of another state is not checked here; the editor rejects it.
      if (!transaction.before.eq(this.editor.state.doc)) return next(transaction)
      if (!this.storage.isOn) return next(toPlainEdit(this.editor.state, transaction))
      if (isComposing(this.editor.state)) return next(transaction)
      const now = () => new Date().toISOString()
      const suggested = toSuggestion(this.editor.state, transaction, { author, newId: newSuggestionId, now })
      if (suggested) return next(suggested)
      // An input rule that cannot be suggested (for example a list): insert the typed text instead.
      const typed = findTypedText(transaction)
      if (typed) return this.editor.view.dispatch(this.editor.state.tr.insertText(typed.text, typed.from, typed.to))
      onRefused()
      // The browser may have changed the DOM already.
      this.editor.view.updateState(this.editor.state)
    },
  })

const toColorStyle = (author: unknown) => `--user-color: ${toUserColor(String(author))}`

const suggestionTags: Record<string, string> = { insertion: 'ins', deletion: 'del', formatChange: 'span' }

/** The rich text extensions, with suggestions in the colors of their authors. */
export const richTextWithSuggestions: Extensions = proseExtensions.map((extension) => {
  const tag = suggestionTags[extension.name]
  if (tag) {
    return extension.extend({
      renderHTML: ({ mark }: { mark: { attrs: Record<string, unknown> } }) => [
        tag,
        {
          'data-suggestion': String(mark.attrs['id']),
          'data-author': String(mark.attrs['author']),
          ...(tag === 'span' && { class: 'format-change' }),
          style: toColorStyle(mark.attrs['author']),
        },
        0,
      ],
    })
  }
  if (extension.name !== 'blockSuggestion') return extension
  return extension.extend({
    addGlobalAttributes() {
      const parentAttributes = (this as unknown as { parent: () => { types: string[]; attributes: Record<string, object> }[] }).parent()
      return parentAttributes.map(({ types, attributes }) => ({
        types,
        attributes: {
          suggestion: {
            ...attributes['suggestion'],
            renderHTML: (attrs: Record<string, unknown>) => {
              const suggestion = readSuggestionOfBlock({ attrs })
              return suggestion
                ? { 'data-block-suggestion': suggestion.kind, 'data-suggestion': suggestion.id, style: toColorStyle(suggestion.author) }
                : {}
            },
          },
        },
      }))
    },
  } as never)
})
