import { useMemo, useSyncExternalStore } from 'react'
import { v7 } from 'uuid'
import { Map as YMap } from 'yjs'
import type { LiveDocument } from './live.ts'

export type Fields = Record<string, unknown>

/** What is known of a section here: its root type, and what its fields are where an entry does not say. */
export interface Section<T extends { id: string }> {
  name: string
  blank: Omit<T, 'id'>
}

/** An entry as it stands, whatever a client may have written: what is of another kind than the blank is as in the blank. */
function read<T extends { id: string }>({ blank }: Section<T>, id: string, value: unknown): T | null {
  if (!(value instanceof YMap)) return null
  const entry: Fields = { id }
  for (const [field, empty] of Object.entries(blank)) {
    const held: unknown = value.get(field)
    const fits =
      held === null || empty === null
        ? !(held instanceof Object)
        : typeof held === typeof empty && Array.isArray(held) === Array.isArray(empty)
    entry[field] = held !== undefined && fits ? held : empty
  }
  return entry as T
}

/** The entries of a section, as they are now and as they become. */
export function useEntries<T extends { id: string }>(live: LiveDocument, section: Section<T>): T[] {
  const store = useMemo(() => {
    const entries = live.doc.getMap(section.name)
    const look = () =>
      [...entries.entries()].flatMap(([id, value]) => read(section, id, value) ?? []).sort((one, other) => (one.id < other.id ? -1 : 1))
    let now = look()
    return {
      subscribe: (tell: () => void) => {
        const changed = () => {
          now = look()
          tell()
        }
        changed()
        entries.observeDeep(changed)
        return () => entries.unobserveDeep(changed)
      },
      get: () => now,
    }
  }, [live, section])
  return useSyncExternalStore(store.subscribe, store.get)
}

/** Adds an entry, whole, so that it is right from its first moment. Answers its id. */
export function addEntry<T extends { id: string }>(live: LiveDocument, { name, blank }: Section<T>, fields: Partial<T>): string {
  const id = v7()
  live.doc.transact(() => live.doc.getMap(name).set(id, new YMap(Object.entries({ ...blank, ...fields }))))
  return id
}

/** Writes some fields of an entry; what somebody else writes in others meanwhile stays theirs. */
export function changeEntry(live: LiveDocument, { name }: { name: string }, id: string, fields: Fields): void {
  const entry = live.doc.getMap(name).get(id)
  if (!(entry instanceof YMap)) return
  live.doc.transact(() => {
    for (const [field, value] of Object.entries(fields)) if (entry.get(field) !== value) entry.set(field, value)
  })
}

export function removeEntry(live: LiveDocument, { name }: { name: string }, id: string): void {
  live.doc.getMap(name).delete(id)
}
