/** The text of a document as the editor's JSON: what redlines, exports and pages are made of. */
import type { JSONContent } from '@tiptap/core'
import type * as Y from 'yjs'

/** Reads a document's text, cleaned: whatever a client wrote, it is a text of the schema, and holds no link that a browser would run. */
export async function contentOf(document: Y.Doc): Promise<JSONContent> {
  const [{ cleaned }, { rawOf }] = await Promise.all([import('./cleaning.ts'), import('./raw-text.ts')])
  return cleaned(rawOf(document))
}

/** A document whose text is the given one, as an update that an empty document takes. */
export async function updateOf(content: JSONContent): Promise<Uint8Array> {
  const [{ prosemirrorJSONToYDoc }, { proseSchema, textName }, { encodeStateAsUpdate }] = await Promise.all([
    import('@tiptap/y-tiptap'),
    import('./prose.ts'),
    import('yjs'),
  ])
  return encodeStateAsUpdate(prosemirrorJSONToYDoc(proseSchema, content, textName))
}
