/**
 * Binds a shared text to an editor. `@tiptap/y-tiptap` does the binding; some of its methods are replaced, because each can delete what
 * other people wrote (docs/decisions/0019-editor-binding.md):
 * - Rendering deletes from the document what the schema does not allow. Here rendering only reads (`read-document.ts`).
 * - Every update of the view is written, even after an exception left the view stale. Here only changes since the last rendering are
 *   written, and only by an editable editor.
 * - Remote changes are shown at once, also while an input method composes text. Here they wait for its end (`composition-hold.ts`).
 * - Selections of an older text are restored by positions outside the present one, which throws. Here positions are checked.
 */
import type { Editor } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
import { type Node, Slice } from '@tiptap/pm/model'
import { Plugin, PluginKey, Selection, type Transaction } from '@tiptap/pm/state'
import { ReplaceStep } from '@tiptap/pm/transform'
import type { EditorView } from '@tiptap/pm/view'
import { type ProsemirrorBinding, updateYFragment, ySyncPluginKey, yUndoPluginKey } from '@tiptap/y-tiptap'
import { type Transaction as YTransaction, UndoManager, type YEvent } from 'yjs'
import { hasNewerSchema, recordSchemaVersion } from '../../../../domain/documents/richtext/schema-version.ts'
import { toYjsNodes } from '../../../../domain/documents/richtext/yjs-content.ts'
import { createHold, holdPlugin } from './composition.ts'
import { joinOwnTexts } from './own-texts.ts'
import { readDocument } from './read-document.ts'
import { type Binding, getSelection, keepSelection, restoreSelection } from './selection.ts'
import { hasUnevenTable, isTableRepair } from './uneven-tables.ts'

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

/** Writes an edit of the view into the document. */
function writeEdit(binding: Binding, edited: Node) {
  binding.doc.transact((transaction) => {
    updateYFragment(binding.doc, binding.type, toYjsNodes(edited)[0], binding as unknown as ProsemirrorBinding)
    if (transaction.changed.size > 0) recordSchemaVersion(binding.doc)
    binding.beforeTransactionSelection = getSelection(binding)
  }, ySyncPluginKey)
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

  const hold = createHold(binding, editor, { getWrittenDoc: () => lastSyncedDoc, render: () => renderSafely(false) })

  binding._forceRerender = () => binding.mux(() => renderSafely(false))

  binding._observeFunction = (events: YEvent<never>[], { origin }: YTransaction) => {
    if (!binding.prosemirrorView) return
    if (hold.isHolding) return hold.addEvents(events)
    binding.mux(() => {
      const targets = events.map(({ target }) => target as unknown)
      if (editor.isEditable) joinOwnTexts(binding.doc, targets, [binding.doc.clientID])
      renderSafely(origin instanceof UndoManager)
    })
  }

  binding._prosemirrorChanged = (doc: Node) => {
    if (doc === lastSyncedDoc || !editor.isEditable) return
    // Writing an edit of a stale view would delete words of others.
    if (!lastSyncedDoc) return renderSafely(false)
    if (hold.keepsUnwritten()) return
    lastSyncedDoc = undefined
    writeEdit(binding, doc)
    lastSyncedDoc = doc
  }

  return hold
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
    keepSelection(binding)
    const hold = patchBinding(binding, editor, (now) => {
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
      // While the document is rendered nothing else may change the text, and in a read-only or outdated
      // editor nothing may. Only the editor whose own
      // step made a table uneven repairs it, because repairs of several editors would add up.
      filterTransaction(tr, state) {
        if (!tr.docChanged || (tr.getMeta(ySyncPluginKey) as { isChangeOrigin?: boolean } | undefined)?.isChangeOrigin) return true
        return (
          !isRendering &&
          editor.isEditable &&
          !hasNewerSchema(binding.doc) &&
          !(isTableRepair(tr) && hasUnevenTable(key.getState(state) as Node))
        )
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
    return [...plugins, guard, holdPlugin(hold, binding.doc)]
  },
})
