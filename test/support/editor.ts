/** Editors of the workspace without browser and server: its extensions over Yjs documents. Needs `installDom`. */
import { Editor } from '@tiptap/core'
import { TextSelection } from '@tiptap/pm/state'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { extensionsFor } from '../../web/features/editor/extensions/extensions.ts'
import type { LiveDocument } from '../../web/lib/collab/live-document.ts'

export interface TestEditor {
  doc: Y.Doc
  editor: Editor
  /** Updates that this editor made itself. */
  ownUpdates: number
  /** Changes that could not be suggested. */
  refusals: number
  /** Failures to show the document. */
  contentErrors: number
}

/** Opens an editor over a document. */
export function openEditor(name: string, { doc = new Y.Doc(), editable = true } = {}): TestEditor {
  const testEditor = { doc, ownUpdates: 0, refusals: 0, contentErrors: 0 } as TestEditor
  const live = { doc, provider: { awareness: new Awareness(doc) } } as unknown as LiveDocument
  doc.on('update', (_, origin) => {
    if (origin !== remote) testEditor.ownUpdates++
  })
  const user = { id: name, name } as Parameters<typeof extensionsFor>[1]
  testEditor.editor = new Editor({
    element: document.createElement('div'),
    editable,
    extensions: extensionsFor(live, user, 'Write', {
      onThread() {},
      onSuggestion() {},
      onRefused: () => testEditor.refusals++,
      onUnsupported() {},
    }),
    onContentError: () => testEditor.contentErrors++,
  })
  return testEditor
}

const remote = Symbol('remote')

/** Syncs all documents with each other. The edits of `unsent` are sent to nobody, as when the server refuses them. */
export function syncAll(editors: TestEditor[], unsent: TestEditor[] = []): void {
  for (let round = 0; round < 3; round++) {
    for (const source of editors) {
      for (const target of editors) {
        if (source === target || unsent.includes(source)) continue
        Y.applyUpdate(target.doc, Y.encodeStateAsUpdate(source.doc, Y.encodeStateVector(target.doc)), remote)
      }
    }
  }
}

/** Applies every edit to the other documents immediately. */
export function connectEditors(...editors: TestEditor[]): void {
  for (const source of editors) {
    source.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === remote) return
      for (const target of editors) if (target !== source) Y.applyUpdate(target.doc, update, remote)
    })
  }
}

/** Sets the cursor or a selection. */
export function selectText({ editor }: TestEditor, from: number, to = from): void {
  const { state, view } = editor
  view.dispatch(state.tr.setSelection(TextSelection.between(state.doc.resolve(from), state.doc.resolve(to))))
}

/** Inserts text as one edit. */
export function insertText({ editor }: TestEditor, text: string, at = editor.state.selection.from): void {
  editor.view.dispatch(editor.state.tr.insertText(text, at))
}

export const toXml = ({ doc }: TestEditor): string => doc.getXmlFragment('default').toString()
