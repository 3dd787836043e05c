import type { Section } from '../sections/section-entries.ts'

/** What the sections of a plan do with entries: `open` and `add` open the dialog, `change` writes at once. */
export interface EntryActions {
  canWrite: boolean
  open: <T extends { id: string }>(section: Section<T>, entry: T) => void
  add: <T extends { id: string }>(section: Section<T>, initial?: Partial<T>) => void
  change: <T extends { id: string }>(section: Section<T>, id: string, fields: Partial<T>) => void
}
