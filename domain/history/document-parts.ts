/** The parts of a document that can be restored one by one. */
import { listStylesName } from '../documents/richtext/list-styles.ts'
import { metadataName } from '../documents/richtext/schema-version.ts'
import { textName, variablesName } from '../documents/richtext/schema.ts'

/** The text with its list styles, the values of its fields, and the sections with all other root types. */
export const documentParts = ['text', 'fields', 'sections'] as const
export type DocumentPart = (typeof documentParts)[number]

/** The part that a root type belongs to; undefined: it is never restored, since the highest schema version that edited must stay. */
export function partOf(name: string): DocumentPart | undefined {
  if (name === metadataName) return undefined
  if (name === textName || name === listStylesName) return 'text'
  return name === variablesName ? 'fields' : 'sections'
}
