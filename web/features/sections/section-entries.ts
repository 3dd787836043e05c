import { useMemo, useSyncExternalStore } from 'react'
import { v7 } from 'uuid'
import { Map as YMap } from 'yjs'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import type { Section } from './section-types.ts'
import { editSections, removeWithUndo } from './section-undo.ts'

export type EntryFields = Record<string, unknown>

/** Reads an entry. Clients may write any values: a value of another type than the default is replaced by the default. */
function readEntry<T extends { id: string }>({ defaults }: Section<T>, id: string, value: unknown): T | null {
  if (!(value instanceof YMap)) return null
  const entry: EntryFields = { id }
  for (const [field, defaultValue] of Object.entries(defaults)) {
    const stored: unknown = value.get(field)
    const hasExpectedType =
      stored === null || defaultValue === null
        ? !(stored instanceof Object)
        : typeof stored === typeof defaultValue && Array.isArray(stored) === Array.isArray(defaultValue)
    entry[field] = stored !== undefined && hasExpectedType ? stored : defaultValue
  }
  return entry as T
}

/** The entries of a section, kept up to date. */
export function useEntries<T extends { id: string }>(liveDocument: LiveDocument, section: Section<T>): T[] {
  const store = useMemo(() => {
    const entries = liveDocument.doc.getMap(section.name)
    const readAll = () =>
      [...entries.entries()]
        .flatMap(([id, value]) => readEntry(section, id, value) ?? [])
        .sort((one, other) => (one.id < other.id ? -1 : 1))
    let now = readAll()
    return {
      subscribe: (onChange: () => void) => {
        const changed = () => {
          now = readAll()
          onChange()
        }
        changed()
        entries.observeDeep(changed)
        return () => entries.unobserveDeep(changed)
      },
      get: () => now,
    }
  }, [liveDocument, section])
  return useSyncExternalStore(store.subscribe, store.get)
}

/** Adds an entry with all its fields in one transaction. Returns its id. */
export function addEntry<T extends { id: string }>(liveDocument: LiveDocument, { name, defaults }: Section<T>, fields: Partial<T>): string {
  const id = v7()
  editSections(liveDocument, () => void liveDocument.doc.getMap(name).set(id, new YMap(Object.entries({ ...defaults, ...fields }))))
  return id
}

/** Writes some fields of an entry. Concurrent changes of other fields are kept. */
export function changeEntry(liveDocument: LiveDocument, { name }: { name: string }, id: string, fields: EntryFields): void {
  const entry = liveDocument.doc.getMap(name).get(id)
  if (!(entry instanceof YMap)) return
  editSections(liveDocument, () => {
    for (const [field, value] of Object.entries(fields)) if (entry.get(field) !== value) entry.set(field, value)
  })
}

/** Fields that name an entry, for messages about it. */
const nameFields = ['title', 'name', 'activity', 'question']

/**
 * Removes an entry, and offers to undo that.
 * @param noun what it is: "Task"
 */
export function removeEntry(liveDocument: LiveDocument, { name }: { name: string }, entry: { id: string }, noun: string): void {
  const title = nameFields.map((field) => (entry as EntryFields)[field]).find((value) => typeof value === 'string' && value !== '')
  const message = title ? `${noun} “${String(title)}” removed.` : `${noun} removed.`
  removeWithUndo(liveDocument, message, () => liveDocument.doc.getMap(name).delete(entry.id))
}
