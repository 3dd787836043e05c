/** Finds the edits that an editor makes by itself when it opens a document, without a browser. */
import { EditorState } from '@tiptap/pm/state'
import { fixTables } from '@tiptap/pm/tables'
import { initProseMirrorDoc, updateYFragment } from '@tiptap/y-tiptap'
import * as Y from 'yjs'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'

/**
 * Returns descriptions of the edits that an editor would make on opening and on the first click: it deletes blocks that the schema does
 * not allow, repairs tables and writes attributes. It opens a copy. Empty for a text that an editor leaves unchanged.
 * @throws if the text as the editor reads it does not pass the schema's check
 */
export function findEditsOnOpen(document: Y.Doc): string[] {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(document))
  const text = copy.getXmlFragment('default')
  const before = text.toString()
  const edits: string[] = []
  let step = 'opening'
  copy.on('update', () => edits.push(`${step}: ${before} became ${text.toString()}`))
  const { doc, meta } = initProseMirrorDoc(text, proseSchema)
  doc.check()
  step = 'clicking'
  updateYFragment(copy, text, doc, meta)
  const tables = fixTables(EditorState.create({ doc, schema: proseSchema }))
  if (tables) edits.push(`repairing tables: ${before}`)
  return edits
}
