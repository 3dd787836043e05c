import { useState } from 'react'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { toEditedEntry, toNewEntry } from '../sections/edited-entry.ts'
import type { EditedEntry } from '../sections/entry-dialog.tsx'
import { changeEntry } from '../sections/section-entries.ts'
import type { Phase, Section } from '../sections/section-types.ts'
import { getEntryForm } from './plan-forms.ts'

/** What the sections of a plan do with entries: `open` and `add` open the dialog, `change` writes at once. */
export interface EntryActions {
  canWrite: boolean
  open: <T extends { id: string }>(section: Section<T>, entry: T) => void
  add: <T extends { id: string }>(section: Section<T>, initial?: Partial<T>) => void
  change: <T extends { id: string }>(section: Section<T>, id: string, fields: Partial<T>) => void
}

/** The actions on entries, and the entry that the dialog shows. */
export function useEntryActions(liveDocument: LiveDocument, canWrite: boolean, phases: readonly Phase[]) {
  const [editedEntry, setEditedEntry] = useState<EditedEntry | null>(null)
  const actions: EntryActions = {
    canWrite,
    open(section, entry) {
      setEditedEntry(toEditedEntry(liveDocument, section, getEntryForm(section.name, phases), entry))
    },
    add(section, initial) {
      const { title, fields } = getEntryForm(section.name, phases)
      setEditedEntry(toNewEntry(liveDocument, section, { title: `New ${title.toLowerCase()}`, fields }, initial))
    },
    change: (section, id, fields) => changeEntry(liveDocument, section, id, fields),
  }
  return { actions, editedEntry, closeEntry: () => setEditedEntry(null) }
}
