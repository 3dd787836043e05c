import type { DocumentKind, EditSession } from '../../lib/api-types.ts'
import { formatTime } from '../../lib/time-format.ts'
import { sectionsNoun } from './changes/change-words.ts'
import { toAuthorName } from './history-queries.ts'

/** A part of a document that is restored on its own. */
export type RestoredPart = 'text' | 'fields' | 'sections'

/** What a restore may cover, as the user chooses it. */
export interface RestoreScope {
  label: string
  parts: readonly RestoredPart[]
  /** What stays as it is now; empty where everything is restored. */
  untouched: string
}

/** The scopes of a restore; the first one is the default. */
export function listRestoreScopes(kind: DocumentKind | null, view: 'text' | 'sections'): RestoreScope[] {
  const noun = sectionsNoun(kind)
  const textOnly = { label: 'Text only', parts: ['text'] as const }
  if (kind === 'legal')
    return [
      { label: 'Text and fields', parts: ['text', 'fields', 'sections'], untouched: '' },
      { ...textOnly, untouched: 'The values of fields stay as they are now.' },
    ]
  const label = noun.charAt(0).toUpperCase() + noun.slice(1)
  const all: RestoreScope = { label: `Text, ${noun} and fields`, parts: ['text', 'fields', 'sections'], untouched: '' }
  return view === 'sections'
    ? [{ label: `${label} only`, parts: ['sections'], untouched: 'The text and the values of fields stay as they are now.' }, all]
    : [{ ...textOnly, untouched: `The ${noun} and the values of fields stay as they are now.` }, all]
}

/** An undo of one author's edits, to be confirmed. */
export interface UndoRequest {
  title: string
  description: string
  body: Record<string, unknown>
}

/** The request that undoes the edits of one author in an edit session. */
export const toUndoRequest = (
  { from, to, startedAt, endedAt }: EditSession,
  { userId, name }: EditSession['authors'][number],
): UndoRequest => ({
  title: `Take back what ${toAuthorName(userId, name)} wrote?`,
  description: `What ${toAuthorName(userId, name)} wrote and took out between ${formatTime(startedAt)} and ${formatTime(endedAt)} is undone, for everybody and at once. What others wrote stays. Nothing is erased: it remains in the history.`,
  body: { userId, from, to },
})
