/** Links addresses that are typed or pasted: web addresses with a scheme or `www.`, and mail addresses. */
import { combineTransactionSteps, Extension, getChangedRanges, markPasteRule } from '@tiptap/core'
import type { MarkType, ResolvedPos } from '@tiptap/pm/model'
import { type EditorState, Plugin, TextSelection, type Transaction } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { find } from 'linkifyjs'
import { isSafeLink } from '../../../../domain/documents/richtext/schema.ts'
import { isSuggesting } from '../../suggestions/suggestion-mode.ts'

/** An address in a text, without the punctuation around it. */
export interface Address {
  text: string
  href: string
  start: number
}

/** Domains without `www.` are not linked: `lamps.The` may be a missing space. */
const isAddress = ({ value, type, isLink }: { value: string; type: string; isLink: boolean }) =>
  isLink && (type === 'email' || /^(https?:\/\/|mailto:|www\.)/i.test(value))

/** Finds the addresses in a text. */
export function findAddresses(text: string): Address[] {
  return find(text, { defaultProtocol: 'https' })
    .filter((link) => isAddress(link) && isSafeLink(link.href))
    .map(({ value, href, start }) => ({ text: value, href, start }))
}

/** The address that a word is, apart from punctuation around it; undefined where it is none. */
function findOnlyAddress(word: string): Address | undefined {
  const [address, ...others] = findAddresses(word)
  if (!address || others.length > 0) return undefined
  const around = word.slice(0, address.start) + word.slice(address.start + address.text.length)
  return /^[\p{P}\p{S}]*$/u.test(around) ? address : undefined
}

/** The end of the word that was just finished: before the typed space, or at the end of the block that Enter split. */
function findWordEnd({ selection, doc }: EditorState): ResolvedPos | undefined {
  const { $from, empty } = selection
  if (!empty || !(selection instanceof TextSelection)) return undefined
  if ($from.parentOffset > 0) {
    const typed = $from.parent.textBetween($from.parentOffset - 1, $from.parentOffset, undefined, '\n')
    return /^\s$/u.test(typed) ? doc.resolve($from.pos - 1) : undefined
  }
  const before = $from.depth > 0 ? doc.resolve($from.before()).nodeBefore : null
  return before?.isTextblock ? doc.resolve($from.before() - 1) : undefined
}

/** Links the address that the user has just finished typing. */
function linkTypedAddress(state: EditorState, type: MarkType, isSuggested: boolean): Transaction | null {
  const $end = findWordEnd(state)
  if (!$end?.parent.isTextblock || !$end.parent.type.allowsMarkType(type)) return null
  const word =
    /\S*$/u
      .exec($end.parent.textBetween(0, $end.parentOffset, undefined, '\ufffc'))?.[0]
      .split('\ufffc')
      .at(-1) ?? ''
  const address = word ? findOnlyAddress(word) : undefined
  if (!address) return null
  const from = $end.pos - word.length + address.start
  const to = from + address.text.length
  let canLink = true
  state.doc.nodesBetween(from, to, (node) => {
    if (!node.isText) return
    const has = (name: string) => node.marks.some((mark) => mark.type.name === name)
    // In suggestion mode only the user's own new text may change.
    canLink &&= !has('link') && !has('code') && (!isSuggested || has('insertion'))
  })
  return canLink ? state.tr.addMark(from, to, type.create({ href: address.href })) : null
}

/** Whether a local transaction changed the text directly before the caret. */
function hasTypedAtCaret(transactions: readonly Transaction[], before: EditorState, { selection }: EditorState): boolean {
  if (transactions.some((tr) => tr.getMeta(ySyncPluginKey) || tr.getMeta('paste') || tr.getMeta('preventAutolink'))) return false
  if (!transactions.some(({ docChanged }) => docChanged)) return false
  const ranges = getChangedRanges(combineTransactionSteps(before.doc, [...transactions]))
  return ranges.some(({ newRange }) => newRange.to === selection.from && newRange.from < newRange.to)
}

/** Links typed and pasted addresses. An address that is pasted over words becomes their link. */
export const autoLink = Extension.create({
  name: 'autoLink',
  addPasteRules() {
    const type = this.editor.schema.marks['link']
    if (!type) return []
    const findWithoutScheme = (text: string) =>
      findAddresses(text)
        .filter((address) => !/^https?:/i.test(address.text))
        .map(({ text: value, start, href }) => ({ text: value, index: start, data: { href } }))
    return [markPasteRule({ find: findWithoutScheme, type, getAttributes: ({ data }) => ({ href: data?.['href'] as string }) })]
  },
  addProseMirrorPlugins() {
    const { editor } = this
    const type = editor.schema.marks['link']
    if (!type) return []
    return [
      new Plugin({
        appendTransaction: (transactions, before, state) =>
          hasTypedAtCaret(transactions, before, state) ? linkTypedAddress(state, type, isSuggesting(editor)) : null,
        props: {
          handlePaste(view, _, slice) {
            const { from, to, empty } = view.state.selection
            const text = slice.content.textBetween(0, slice.content.size, '\n').trim()
            const [address] = findAddresses(text)
            if (empty || address?.text !== text || view.state.doc.textBetween(from, to).trim() === '') return false
            // The caret goes behind the words, so that the next typed text does not replace them.
            return editor.chain().setMark('link', { href: address.href }).setTextSelection(to).run()
          },
        },
      }),
    ]
  },
})
