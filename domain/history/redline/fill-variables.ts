/** Fills in the variables of an export: values at that revision, and their authors. */
import type { JSONContent } from '@tiptap/core'
import type { Doc } from 'yjs'
import { findValueId, readValues } from '../../documents/richtext/variables.ts'
import type { ChangeAuthor } from './redline-content.ts'
import { findAuthorAt, type ChangeRanges } from './change-attribution.ts'

/**
 * Adds the values of variables (`attrs.value`; null where there is none), by which a redline tells them apart.
 * @param ranges authors of changes between two revisions; values then get their author
 */
export function fillVariables(content: JSONContent, document: Doc, ranges?: ChangeRanges): JSONContent {
  const values = readValues(document)
  const walk = (part: JSONContent): JSONContent & { by?: ChangeAuthor[] } => {
    if (part.type !== 'variable') return part.content ? { ...part, content: part.content.map(walk) } : part
    const name = String(part.attrs?.name ?? '')
    const id = findValueId(document, name)
    const known = id && ranges?.get(id.client)
    return { ...part, attrs: { ...part.attrs, value: values.get(name) ?? null }, ...(known && { by: [findAuthorAt(known, id.clock)] }) }
  }
  return walk(content)
}
