/** The selection of an editor, as Yjs positions that stay valid while others change the document. */
import type { Node } from '@tiptap/pm/model'
import { AllSelection, NodeSelection, TextSelection, type Transaction } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import {
  findAbsolutePositionAfterStructuralChange,
  getRelativeSelection,
  isMisresolvedAfterStructuralChange,
  type ProsemirrorBinding,
  relativePositionToAbsolutePosition,
} from '@tiptap/y-tiptap'
import type { Mapping } from './read-document.ts'

export type RelativeSelection = ReturnType<typeof getRelativeSelection>

/** The binding as it is at run time: its types omit that selection and view may be null. */
export interface Binding extends Omit<ProsemirrorBinding, 'mapping' | 'beforeTransactionSelection' | 'prosemirrorView'> {
  mapping: Mapping
  beforeTransactionSelection: RelativeSelection | null
  prosemirrorView: EditorView | null
}

/** Resolves a position of the selection in the new text; null if it is gone. */
export function resolvePosition(binding: Binding, relative: unknown, absolute: number, docBefore: Node, now: Node): number | null {
  const { doc, type, mapping } = binding
  const resolved = relativePositionToAbsolutePosition(doc, type, relative, mapping as unknown as ProsemirrorBinding['mapping'])
  // The position is from an older text: an undo restores the selection of its time.
  if (absolute > docBefore.content.size) return resolved
  const isMisresolved =
    resolved === null || (absolute > 1 && resolved <= 1) || isMisresolvedAfterStructuralChange(docBefore, now, absolute, resolved)
  return isMisresolved ? (findAbsolutePositionAfterStructuralChange(docBefore, now, absolute) ?? resolved) : resolved
}

/** Restores the selection after the text was replaced. */
export function restoreSelection(binding: Binding, tr: Transaction, docBefore: Node) {
  const selection = binding.beforeTransactionSelection
  if (selection?.type === 'all') return tr.setSelection(new AllSelection(tr.doc))
  const resolve = (relative: unknown, absolute: number) =>
    selection && relative ? resolvePosition(binding, relative, absolute, docBefore, tr.doc) : Math.min(absolute, tr.doc.content.size)
  const { anchor, head } = binding.prosemirrorView?.state.selection ?? { anchor: 0, head: 0 }
  const start = resolve(selection?.anchor, selection?.absAnchor ?? anchor)
  const end = resolve(selection?.head, selection?.absHead ?? head)
  if (start === null && end === null) return
  const [from, to] = [start ?? end, end ?? start].map((one) => tr.doc.resolve(Math.max(0, Math.min(one ?? 0, tr.doc.content.size))))
  if (!from || !to) return
  const node = selection?.type === 'node' ? from.nodeAfter : null
  if (node && NodeSelection.isSelectable(node)) tr.setSelection(new NodeSelection(from))
  else tr.setSelection(TextSelection.between(from, to))
}

/** The selection of the view; null where it has none in the document. */
export function getSelection(binding: Binding): RelativeSelection | null {
  try {
    return binding.prosemirrorView && getRelativeSelection(binding as unknown as ProsemirrorBinding, binding.prosemirrorView.state)
  } catch {
    return null
  }
}

/** Remembers the selection before the first of several transactions, to restore it after them. */
export function keepSelection(binding: Binding) {
  binding.beforeAllTransactions = () => {
    binding.beforeTransactionSelection ??= getSelection(binding)
  }
}
