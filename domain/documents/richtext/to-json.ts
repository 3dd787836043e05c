/** Converts between a document's text and the editor's JSON, which redlines, exports and pages are made of. */
import type { JSONContent } from '@tiptap/core'
import type * as Y from 'yjs'
import { DomainError } from '../../kernel/errors.ts'
import { updateLimits } from '../limits/update-limits.ts'

/** Reads a document's text, sanitized: it fits the schema, and has no link that a browser would run. */
export async function readContent(document: Y.Doc): Promise<JSONContent> {
  const [{ sanitize: cleaned }, { readRawText }] = await Promise.all([import('./sanitize.ts'), import('./raw-json.ts')])
  return cleaned(readRawText(document))
}

/**
 * An update for an empty document whose text is the given content.
 * @throws DomainError invalid-input when it is nested too deeply
 */
export async function contentToUpdate(content: JSONContent): Promise<Uint8Array> {
  if (isNestedDeeper(content, updateLimits.depth))
    throw new DomainError('invalid-input', `Content may be nested at most ${updateLimits.depth} levels deep.`)
  const [{ updateYFragment }, { proseSchema, textName }, { toYjsNodes }, { Doc, encodeStateAsUpdate }] = await Promise.all([
    import('@tiptap/y-tiptap'),
    import('./schema.ts'),
    import('./yjs-content.ts'),
    import('yjs'),
  ])
  const document = new Doc()
  const mapping = { mapping: new Map(), isOMark: new Map() }
  updateYFragment(document, document.getXmlFragment(textName), toYjsNodes(proseSchema.nodeFromJSON(content))[0], mapping)
  return encodeStateAsUpdate(document)
}

/** Whether nodes are nested deeper than a number of levels. Level by level, since recursion could overflow the stack. */
function isNestedDeeper(content: JSONContent, maxDepth: number): boolean {
  let level = content.content ?? []
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= maxDepth) return true
    level = level.flatMap((part) => part.content ?? [])
  }
  return false
}
