/** Template definitions: kind, variables and text. */
import type { DraftKind } from './draft-kind.ts'

export const variableKinds = ['text', 'date', 'number', 'person', 'venture'] as const
export const variableSources = ['person.name', 'person.email', 'venture.name', 'venture.purpose', 'today'] as const

/** A variable of a template, and the source of its value when a draft is created; without `from` people enter it. */
export interface TemplateVariable {
  name: string
  kind: (typeof variableKinds)[number]
  from?: (typeof variableSources)[number]
}

/** A text for new drafts. */
export interface Template {
  title: string
  kind: DraftKind
  /** When to use it, in a sentence. */
  summary: string
  variables: readonly TemplateVariable[]
  /** Its text in the markup of `template-markup.ts`, without the title. */
  text: string
}
