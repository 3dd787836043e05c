/** Live fields of a paper: each with its value as it was, and who is behind it. */
import type { JSONContent } from '@tiptap/core'
import type { Doc } from 'yjs'
import { idOfValue, valuesOf } from '../documents/variable.ts'
import type { By } from './changed-paper.ts'
import { byAt, type Stretches } from './signs.ts'

/**
 * A text with the values of its fields in them (`attrs.value`; null where there is none), by which a redline tells them apart.
 * @param stretches who wrote or took away what between two moments; the value of a field is then told with who did
 */
export function filled(content: JSONContent, document: Doc, stretches?: Stretches): JSONContent {
  const values = valuesOf(document)
  const walk = (part: JSONContent): JSONContent & { by?: By[] } => {
    if (part.type !== 'variable') return part.content ? { ...part, content: part.content.map(walk) } : part
    const name = String(part.attrs?.name ?? '')
    const id = idOfValue(document, name)
    const known = id && stretches?.get(id.client)
    return { ...part, attrs: { ...part.attrs, value: values.get(name) ?? null }, ...(known && { by: [byAt(known, id.clock)] }) }
  }
  return walk(content)
}
