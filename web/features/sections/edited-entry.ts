/** The entries that the dialog of a section edits: one that is in the document, or a new one. */
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import type { EditedEntry } from './entry-dialog.tsx'
import { addEntry, changeEntry, type EntryFields, removeEntry } from './section-entries.ts'
import type { Section } from './section-types.ts'

/** The title of a dialog and its fields. */
export type EntryForm = Pick<EditedEntry, 'title' | 'fields'>

/** Edits an entry of a section, or removes it. */
export function toEditedEntry<T extends { id: string }>(
  liveDocument: LiveDocument,
  section: Section<T>,
  form: EntryForm,
  entry: T,
): EditedEntry {
  return {
    ...form,
    entry: { ...entry },
    save: (changed) => changeEntry(liveDocument, section, entry.id, changed),
    remove: () => removeEntry(liveDocument, section, entry, form.title),
  }
}

/** Adds an entry to a section. It has the values of `initial` where its form has no field for them. */
export function toNewEntry<T extends { id: string }>(
  liveDocument: LiveDocument,
  section: Section<T>,
  form: EntryForm,
  initial: Partial<T> = {},
): EditedEntry {
  return {
    ...form,
    entry: { ...section.defaults, ...initial } as EntryFields,
    save: (fields) => addEntry(liveDocument, section, { ...initial, ...fields } as Partial<T>),
  }
}
