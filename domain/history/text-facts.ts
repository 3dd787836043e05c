/** What a text still lacks before it can be sent: words, values of its fields, decisions on its suggestions. */
import type { JSONContent } from '@tiptap/core'
import type { Doc } from 'yjs'
import { parseBlockSuggestion, parseSuggestionMark, suggestionMarkName } from '../documents/richtext/suggestion-attributes.ts'
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

/** Reads what a text lacks. */
export async function readTextFacts(document: Doc): Promise<TextFacts> {
  const suggestions = new Set<string>()
  let isEmpty = true
  const walk = ({ type, text, attrs, marks, content }: JSONContent) => {
    if (text?.trim() || type === 'variable' || type === 'crossReference') isEmpty = false
    const onText = (marks ?? []).map((mark) => suggestionMarkName(mark.type) && parseSuggestionMark(mark.attrs))
    for (const suggestion of [...onText, parseBlockSuggestion(attrs?.suggestion)]) if (suggestion) suggestions.add(suggestion.id)
    for (const child of content ?? []) walk(child)
  }
  walk(await readContent(document))
  const emptyFields = readFields(document).flatMap(({ name, value, used }) => (used > 0 && value === null ? [name] : []))
  return { isEmpty, emptyFields, openSuggestions: suggestions.size }
}
