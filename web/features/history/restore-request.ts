import type { ReactNode } from 'react'
import type { EditSession } from '../../lib/api-types.ts'
import { formatTime } from '../../lib/time-format.ts'
import { toAuthorName } from './history-queries.ts'

/** A change of the current text from its history, to be confirmed. */
export interface RestoreRequest {
  title: string
  description: ReactNode
  /** The endpoint below the document. */
  path: 'restore' | 'undo'
  body: Record<string, unknown>
  /** The label of the confirm button. */
  buttonLabel: string
  successMessage: string
}

/** The request that makes a revision the current text. */
export const toRestoreRequest = (at: number): RestoreRequest => ({
  title: 'Restore this version?',
  description:
    'The text becomes what it was then, for everybody and at once. Nothing is erased: the text of now stays in the history, and can be restored just so.',
  path: 'restore',
  body: { at },
  buttonLabel: 'Restore',
  successMessage: 'Restored. The text of before is in the history.',
})

/** The request that undoes the edits of one author in an edit session. */
export const toUndoRequest = (
  { from, to, startedAt, endedAt }: EditSession,
  { userId, name }: EditSession['authors'][number],
): RestoreRequest => ({
  title: `Take back what ${toAuthorName(userId, name)} wrote?`,
  description: `What ${toAuthorName(userId, name)} wrote and took out between ${formatTime(startedAt)} and ${formatTime(endedAt)} is undone, for everybody and at once. What others wrote stays. Nothing is erased: it remains in the history.`,
  path: 'undo',
  body: { userId, from, to },
  buttonLabel: 'Take back',
  successMessage: 'Taken back. It is still in the history.',
})
