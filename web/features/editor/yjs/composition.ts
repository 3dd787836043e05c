/** Writes and shows what was held back during a composition (`composition-hold.ts`). */
import type { Editor } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { Plugin } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { absolutePositionToRelativePosition, type ProsemirrorBinding, updateYFragment, ySyncPluginKey } from '@tiptap/y-tiptap'
import { applyUpdate, type Doc, encodeStateAsUpdate, encodeStateVector } from 'yjs'
import { toYjsNodes } from '../../../../domain/documents/richtext/yjs-content.ts'
import { findReplacement, insertReplacement } from './composed-text.ts'
import { CompositionHold, compositionKey, type HeldDocument } from './composition-hold.ts'
import { joinOwnTexts } from './own-texts.ts'
import { type Binding, getSelection, resolvePosition } from './selection.ts'

/** Writes an edit of the view into the held document. Yjs merges it with the changes of others. */
function mergeEdit(binding: Binding, { doc }: HeldDocument, edited: Node) {
  const before = encodeStateVector(doc)
  doc.transact(() => updateYFragment(doc, binding.type, toYjsNodes(edited)[0], binding as unknown as ProsemirrorBinding))
  applyUpdate(binding.doc, encodeStateAsUpdate(doc, before), ySyncPluginKey)
}

interface HoldParts {
  /** The view's document when it was last written or shown. */
  getWrittenDoc: () => Node | undefined
  /** Shows the shared document. */
  render: () => void
}

/** Creates what holds back changes during a composition. */
export function createHold(binding: Binding, editor: Editor, { getWrittenDoc, render }: HoldParts): CompositionHold {
  /** Shows the shared document, and then makes the user's edit in it. */
  function editAnew(held: HeldDocument | undefined, written: Node) {
    const view = binding.prosemirrorView as EditorView
    const edited = view.state.doc
    const toRelative = (pos: number) => absolutePositionToRelativePosition(pos, binding.type, binding.mapping as never) as unknown
    const replacement = findReplacement(written, edited, toRelative, held === undefined)
    if (held && !replacement && !edited.eq(written)) mergeEdit(binding, held, edited)
    const selection = getSelection(binding)
    hold.release()
    binding.mux(() => {
      if (held && editor.isEditable) joinOwnTexts(binding.doc, held.changed, [binding.doc.clientID, held.doc.clientID])
      // The selection is of the held document: positions in the document that was shown say nothing about it.
      binding.beforeTransactionSelection = selection && { ...selection, absAnchor: Infinity, absHead: Infinity }
      render()
      binding.beforeTransactionSelection = null
    })
    if (!replacement || !editor.isEditable) return
    const resolve = (relative: unknown, absolute: number) => resolvePosition(binding, relative, absolute, written, view.state.doc)
    insertReplacement(view, replacement, resolve)
  }
  const hold: CompositionHold = new CompositionHold({
    binding,
    getWrittenDoc,
    onEnd(held, isPlain) {
      const written = getWrittenDoc()
      const view = binding.prosemirrorView
      if (!view) return
      if (written && (held || isPlain)) editAnew(held, written)
      else {
        hold.release()
        binding.mux(() => binding._prosemirrorChanged(view.state.doc))
      }
    },
  })
  const { destroy } = binding
  binding.destroy = () => {
    hold.discard()
    destroy.call(binding)
  }
  return hold
}

/** The plugin that tells a hold of compositions and of changes of the document. */
export const holdPlugin = (hold: CompositionHold, document: Doc) =>
  new Plugin<CompositionHold>({
    key: compositionKey,
    state: { init: () => hold, apply: (_, value) => value },
    props: {
      handleDOMEvents: {
        compositionend: () => {
          hold.onCompositionEnd()
          return false
        },
      },
    },
    view: () => {
      document.on('beforeTransaction', hold.beforeTransaction)
      return { destroy: () => document.off('beforeTransaction', hold.beforeTransaction) }
    },
  })
