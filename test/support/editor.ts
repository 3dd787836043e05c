/** Editors of the workspace without a browser or a server: the product's own extensions over Yjs documents. Needs `installDom`. */
import { Editor } from '@tiptap/core'
import { TextSelection } from '@tiptap/pm/state'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { extensionsFor } from '../../web/features/editor/extensions/extensions.ts'
import type { LiveDocument } from '../../web/lib/collab/live-document.ts'

export interface TestEditor {
  doc: Y.Doc
  editor: Editor
  /** Updates of its own: what was not brought by `exchange`. */
  writes: number
  /** Changes that could not be suggested. */
  refusals: number
  /** Failures to show the document. */
  contentErrors: number
}

/** Opens an editor over a document. */
export function openEditor(name: string, { doc = new Y.Doc(), editable = true } = {}): TestEditor {
  const desk = { doc, writes: 0, refusals: 0, contentErrors: 0 } as TestEditor
  const live = { doc, provider: { awareness: new Awareness(doc) } } as unknown as LiveDocument
  doc.on('update', (_, origin) => {
    if (origin !== remote) desk.writes++
  })
  const user = { id: name, name } as Parameters<typeof extensionsFor>[1]
  desk.editor = new Editor({
    element: document.createElement('div'),
    editable,
    extensions: extensionsFor(live, user, 'Write', { onThread() {}, onSuggestion() {}, onRefused: () => desk.refusals++ }),
    onContentError: () => desk.contentErrors++,
  })
  return desk
}

const remote = Symbol('remote')

/** Brings each document what the others have, until nobody lacks anything. The edits of `silent` are refused: nobody gets them. */
export function exchange(desks: TestEditor[], silent: TestEditor[] = []): void {
  for (let round = 0; round < 3; round++) {
    for (const one of desks) {
      for (const other of desks) {
        if (one === other || silent.includes(one)) continue
        Y.applyUpdate(other.doc, Y.encodeStateAsUpdate(one.doc, Y.encodeStateVector(other.doc)), remote)
      }
    }
  }
}

/** Brings every edit to the others at once. */
export function join(...desks: TestEditor[]): void {
  for (const one of desks) {
    one.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === remote) return
      for (const other of desks) if (other !== one) Y.applyUpdate(other.doc, update, remote)
    })
  }
}

/** Sets the caret, or a selection. */
export function select({ editor }: TestEditor, from: number, to = from): void {
  const { state, view } = editor
  view.dispatch(state.tr.setSelection(TextSelection.between(state.doc.resolve(from), state.doc.resolve(to))))
}

/** Puts words in, as one edit. */
export function put({ editor }: TestEditor, words: string, at = editor.state.selection.from): void {
  editor.view.dispatch(editor.state.tr.insertText(words, at))
}

export const xmlOf = ({ doc }: TestEditor): string => doc.getXmlFragment('default').toString()
