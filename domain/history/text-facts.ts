/** What a text still lacks before it can be sent: words, values of its fields, decisions on its suggestions. */
import type { JSONContent } from '@tiptap/core'
import type { Doc } from 'yjs'
import { readContent } from '../documents/richtext/to-json.ts'
import { readFields } from '../documents/richtext/variables.ts'

/** What a text still lacks. */
export interface TextFacts {
  /** Whether it has no words, and nothing that stands for words. */
  isEmpty: boolean
  /** Names of fields that are used in it and have no value. */
  emptyFields: string[]
  /** How many suggestions are in it. */
  openSuggestions: number
}

const suggestionMarks = new Set(['insertion', 'deletion', 'formatChange'])

/** Reads what a text lacks. */
export async function readTextFacts(document: Doc): Promise<TextFacts> {
  const suggestions = new Set<string>()
  let isEmpty = true
  const walk = ({ type, text, attrs, marks, content }: JSONContent) => {
    if (text?.trim() || type === 'variable' || type === 'crossReference') isEmpty = false
    for (const mark of marks ?? []) if (suggestionMarks.has(mark.type)) suggestions.add(String(mark.attrs?.id))
    if (typeof attrs?.suggestion === 'string') suggestions.add((JSON.parse(attrs.suggestion) as { id: string }).id)
    for (const child of content ?? []) walk(child)
  }
  walk(await readContent(document))
  const emptyFields = readFields(document).flatMap(({ name, value, used }) => (used > 0 && value === null ? [name] : []))
  return { isEmpty, emptyFields, openSuggestions: suggestions.size }
}
