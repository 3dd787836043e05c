/** The edits that an editor makes by itself when it opens a text, found without a browser. */
import { EditorState } from '@tiptap/pm/state'
import { fixTables } from '@tiptap/pm/tables'
import { initProseMirrorDoc, updateYFragment } from '@tiptap/y-tiptap'
import * as Y from 'yjs'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'

/**
 * What an editor would write into a text by opening it and by the first click: blocks that the schema refuses are deleted, tables mended,
 * attributes written. A copy is opened, the document stays. Answers descriptions, none where the text is as an editor writes it.
 * @throws where the text, read as an editor reads it, does not pass the schema's own check
 */
export function findEditsOnOpen(document: Y.Doc): string[] {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(document))
  const text = copy.getXmlFragment('default')
  const before = text.toString()
  const edits: string[] = []
  let step = 'reading'
  copy.on('update', () => edits.push(`${step}: ${before} became ${text.toString()}`))
  const { doc, meta } = initProseMirrorDoc(text, proseSchema)
  doc.check()
  step = 'clicking'
  updateYFragment(copy, text, doc, meta)
  const tables = fixTables(EditorState.create({ doc, schema: proseSchema }))
  if (tables) edits.push(`mending tables: ${before}`)
  return edits
}
