/**
 * Binds a shared text to an editor. `@tiptap/y-tiptap` does the binding; three of its methods are replaced, because each can delete what
 * other people wrote (docs/decisions/0019-editor-binding.md):
 * - Rendering deletes from the document what the schema does not allow. Here rendering only reads (`read-document.ts`).
 * - Every update of the view is written, even after an exception left the view stale. Here only changes since the last rendering are
 *   written, and only by an editable editor.
 * - Selections of an older text are restored by positions outside the present one, which throws. Here positions are checked.
 */
import type { Editor } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
import { type Node, Slice } from '@tiptap/pm/model'
import { AllSelection, NodeSelection, Plugin, PluginKey, Selection, TextSelection, type Transaction } from '@tiptap/pm/state'
import { ReplaceStep } from '@tiptap/pm/transform'
import type { EditorView } from '@tiptap/pm/view'
import {
  findAbsolutePositionAfterStructuralChange,
  getRelativeSelection,
  isMisresolvedAfterStructuralChange,
  type ProsemirrorBinding,
  relativePositionToAbsolutePosition,
  updateYFragment,
  ySyncPluginKey,
  yUndoPluginKey,
} from '@tiptap/y-tiptap'
import { type Transaction as YTransaction, UndoManager, XmlElement, XmlText, type YEvent } from 'yjs'
import { type Mapping, readDocument } from './read-document.ts'
import { hasUnevenTable, isTableRepair } from './uneven-tables.ts'
import { toYjsNodes } from '../../../../domain/documents/richtext/yjs-content.ts'

type RelativeSelection = ReturnType<typeof getRelativeSelection>

/** The binding as it is at run time: its types omit that selection and view may be null. */
interface Binding extends Omit<ProsemirrorBinding, 'mapping' | 'beforeTransactionSelection' | 'prosemirrorView'> {
  mapping: Mapping
  beforeTransactionSelection: RelativeSelection | null
  prosemirrorView: EditorView | null
}

/** Resolves a position of the selection in the new text; null if it is gone. */
function resolvePosition(binding: Binding, relative: unknown, absolute: number, docBefore: Node, now: Node): number | null {
  const { doc, type, mapping } = binding
  const resolved = relativePositionToAbsolutePosition(doc, type, relative, mapping as unknown as ProsemirrorBinding['mapping'])
  // The position is from an older text: an undo restores the selection of its time.
  if (absolute > docBefore.content.size) return resolved
  const isMisresolved =
    resolved === null || (absolute > 1 && resolved <= 1) || isMisresolvedAfterStructuralChange(docBefore, now, absolute, resolved)
  return isMisresolved ? (findAbsolutePositionAfterStructuralChange(docBefore, now, absolute) ?? resolved) : resolved
}

/** Restores the selection after the text was replaced. */
function restoreSelection(binding: Binding, tr: Transaction, docBefore: Node) {
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

/**
 * Joins two adjacent texts if this editor created the second. When several people start to type in an empty paragraph, each creates a text,
 * and the next edit of each would copy the words of both into the first.
 */
function joinOwnTexts({ doc }: Binding, events: YEvent<never>[]) {
  doc.transact((transaction) => {
    for (const { target } of events as { target: unknown }[]) {
      if (!(target instanceof XmlElement)) continue
      for (const text of target.toArray()) {
        const next: unknown = text instanceof XmlText ? text.nextSibling : null
        if (!(text instanceof XmlText) || !(next instanceof XmlText) || next._item?.id.client !== doc.clientID) continue
        text.applyDelta([{ retain: text.length }, ...(next.toDelta() as object[])])
        next._item.delete(transaction)
      }
    }
  })
}

/** Creates the transaction that replaces the view's text by the shared one. */
function createRenderTransaction(binding: Binding, { state }: EditorView): Transaction {
  binding.mapping.clear()
  const { doc: docBefore } = state
  const content = readDocument(binding.type, state.schema, binding.mapping)
  const tr = state.tr.setMeta('addToHistory', false).step(new ReplaceStep(0, docBefore.content.size, new Slice(content, 0, 0)))
  try {
    restoreSelection(binding, tr, docBefore)
  } catch {
    tr.setSelection(Selection.near(tr.doc.resolve(0)))
  }
  if (binding.beforeTransactionSelection && binding._isLocalCursorInView()) tr.scrollIntoView()
  return tr
}

/** Replaces methods of the binding. Must run before the view is created. */
function patchBinding(binding: Binding, editor: Editor, setRendering: (isRendering: boolean) => void) {
  /** The view's document when it last equaled the shared one; undefined while they differ. */
  let lastSyncedDoc: Node | undefined

  function render(isUndo: boolean) {
    const view = binding.prosemirrorView as EditorView
    lastSyncedDoc = undefined
    const tr = createRenderTransaction(binding, view)
    setRendering(true)
    try {
      view.dispatch(tr.setMeta(ySyncPluginKey, { isChangeOrigin: true, isUndoRedoOperation: isUndo, binding }))
    } finally {
      setRendering(false)
    }
    // A view that rejected the transaction stays stale, and nothing of it is written.
    if (view.state.doc.eq(tr.doc)) lastSyncedDoc = view.state.doc
  }

  /** Renders the document; if that fails, again without a selection. A document that cannot be rendered becomes read-only. */
  function renderSafely(isUndo: boolean) {
    try {
      render(isUndo)
    } catch (error) {
      console.error('The text could not be shown as it was changed; it is shown anew.', error)
      binding.beforeTransactionSelection = null
      try {
        render(isUndo)
      } catch (cause) {
        editor.setEditable(false, false)
        editor.emit('contentError', { editor, error: cause as Error, disableCollaboration: () => binding.destroy() })
      }
    }
  }

  binding._forceRerender = () => binding.mux(() => renderSafely(false))

  binding._observeFunction = (events: YEvent<never>[], { origin }: YTransaction) => {
    if (!binding.prosemirrorView) return
    binding.mux(() => {
      if (editor.isEditable) joinOwnTexts(binding, events)
      renderSafely(origin instanceof UndoManager)
    })
  }

  binding._prosemirrorChanged = (doc: Node) => {
    if (doc === lastSyncedDoc || !editor.isEditable) return
    // Writing an edit of a stale view would delete words of others.
    if (!lastSyncedDoc) return renderSafely(false)
    lastSyncedDoc = undefined
    binding.doc.transact(() => {
      updateYFragment(binding.doc, binding.type, toYjsNodes(doc)[0], binding as unknown as ProsemirrorBinding)
      binding.beforeTransactionSelection = getSelection(binding)
    }, ySyncPluginKey)
    lastSyncedDoc = doc
  }

  binding.beforeAllTransactions = () => {
    binding.beforeTransactionSelection ??= getSelection(binding)
  }
}

function getSelection(binding: Binding): RelativeSelection | null {
  try {
    return binding.prosemirrorView && getRelativeSelection(binding as unknown as ProsemirrorBinding, binding.prosemirrorView.state)
  } catch {
    return null
  }
}

/** TipTap's `Collaboration` extension with the replaced methods. */
export const SharedText = Collaboration.extend({
  addProseMirrorPlugins() {
    const { editor } = this
    const plugins = (this.parent?.() ?? []) as Plugin[]
    const state = plugins.find(({ spec }) => spec.key === ySyncPluginKey)?.spec.state
    if (!state) throw new Error('Collaboration has no sync plugin.')
    const { binding } = state.init({}, editor.state) as { binding: Binding }
    let isRendering = false
    patchBinding(binding, editor, (now) => {
      isRendering = now
    })
    /** The plugin's state is the document before the last transaction that changed it. */
    const key = new PluginKey<Node>('textBefore')
    const guard = new Plugin<Node>({
      key,
      state: {
        init: (_, { doc }) => doc,
        apply: (tr, previous, { doc }) => (tr.docChanged ? doc : previous),
      },
      // While the document is rendered nothing else may change the text, and in a read-only editor nothing may. Only the editor whose own
      // step made a table uneven repairs it, because repairs of several editors would add up.
      filterTransaction(tr, state) {
        if (!tr.docChanged || (tr.getMeta(ySyncPluginKey) as { isChangeOrigin?: boolean } | undefined)?.isChangeOrigin) return true
        return !isRendering && editor.isEditable && !(isTableRepair(tr) && hasUnevenTable(key.getState(state) as Node))
      },
      view: (view) => {
        const { undoManager } = yUndoPluginKey.getState(view.state) as { undoManager: UndoManager }
        // y-tiptap ignores changes until it has seen a non-empty text: without this, deleting everything first would delete nothing.
        view.dispatch(view.state.tr)
        // Forget the selection of the undo: it would be restored with the next remote change.
        const forgetSelection = () => {
          binding.beforeTransactionSelection = null
        }
        undoManager.on('stack-item-popped', forgetSelection)
        // Yjs removes redundant format marks in every client. A reader must not: if an edit that it has not received yet needs the mark
        // again, the server rejects the removal.
        const skipFormatCleanup = (transaction: YTransaction) => {
          if (!editor.isEditable) transaction._needFormattingCleanup = false
        }
        binding.doc.on('afterTransaction', skipFormatCleanup)
        return {
          destroy: () => {
            undoManager.off('stack-item-popped', forgetSelection)
            binding.doc.off('afterTransaction', skipFormatCleanup)
          },
        }
      },
    })
    return [...plugins, guard]
  },
})
