/**
 * Keeps live documents within the rules of their sections. A client's change that breaks a rule is applied like any other. In the same turn
 * SmartStart writes the valid state and notifies the author. So edits do not wait for validation, and valid parts of the same frame stay.
 *
 * Only the node of the author's connection repairs: rows of the journal were checked by the node that wrote them.
 */
import * as Y from 'yjs'
import {
  type EntryProblem,
  type Fields,
  readEntryFields,
  validateEntry,
  writeEntry,
  type Section,
} from '../../domain/documents/sections/section.ts'
import type { LiveDocument } from './live-document.ts'
import type { ClientOrigin } from './update-origin.ts'

/** Problems reported for one change. */
const maxReportedProblems = 20

/** The last valid fields of each entry. */
type ValidEntries = Map<string, Fields>

/** A section of one document, and the entries that a client has just changed. */
interface SectionState {
  section: Section
  entries: Y.Map<unknown>
  validEntries: ValidEntries
  changed: Set<string> | undefined
}

/** @param count called with the number of repaired entries of a change; for metrics */
export function repairSections(live: LiveDocument, sections: readonly Section[], count: (repaired: number) => void): void {
  if (sections.length === 0) return
  let author: Partial<ClientOrigin> | undefined
  const states = sections.map((section): SectionState => {
    const entries = live.document.getMap(section.name)
    const state: SectionState = { section, entries, validEntries: new Map(), changed: undefined }
    for (const id of entries.keys()) rememberIfValid(state, id)
    entries.observeDeep((events, { origin }) => {
      const changed = changedEntries(events, entries)
      const by = origin as Partial<ClientOrigin> | null
      if (by?.source !== 'connection') return changed.forEach((id) => rememberIfValid(state, id))
      author = by
      state.changed = changed
    })
    return state
  })
  // after the author's own edit is broadcast and journaled: written from an observer, the repair would be part of it
  live.document.on('afterAllTransactions', () => {
    const by = author
    if (!by) return
    author = undefined
    const repairs: (() => void)[] = []
    const problems: EntryProblem[] = []
    for (const held of states) checkSection(held, repairs, problems)
    if (repairs.length === 0) return
    live.edit(null, () => {
      for (const repair of repairs) repair()
    })
    count(repairs.length)
    by.connection?.sendStateless(
      JSON.stringify({
        event: 'document.repaired',
        documentName: live.document.name,
        repaired: problems
          .slice(0, maxReportedProblems)
          .map(({ path, problem }) => ({ path: path.slice(0, 300), problem: problem.slice(0, 300) })),
      }),
    )
  })
}

/** Checks what a client changed in a section, and collects repairs. */
function checkSection(state: SectionState, repairs: (() => void)[], problems: EntryProblem[]) {
  const { section, entries, validEntries, changed } = state
  if (!changed) return
  state.changed = undefined
  if (hasListItems(entries)) {
    repairs.push(() => deleteListItems(entries))
    problems.push({ path: section.name, problem: 'is a Y.Map' })
  }
  for (const id of changed) {
    const { fields, problems: entryProblems } = checkEntry(state, id)
    if (fields) validEntries.set(id, fields)
    else validEntries.delete(id)
    if (entryProblems.length === 0) continue
    problems.push(...entryProblems.slice(0, maxReportedProblems))
    repairs.push(() => repairEntry(entries, section, id, fields))
  }
}

/** The valid fields of an entry that a client changed, and its problems. */
function checkEntry({ section, entries, validEntries }: SectionState, id: string) {
  const before = validEntries.get(id)
  const path = `${section.name}.${id.slice(0, 100)}`
  if (section.serverOnly) return { fields: before, problems: [{ path, problem: 'only the server writes this' }] }
  if (!entries.has(id)) return { fields: undefined, problems: [] }
  // first, so that a flood of entries is not validated
  if (!before && validEntries.size >= section.maxEntries) {
    return { fields: undefined, problems: [{ path, problem: `there are ${section.maxEntries} already, as many as there may be` }] }
  }
  const value = entries.get(id)
  const checked = validateEntry(section, id, value, before)
  if (checked.problems.length === 0 && hasListItems(value as Y.Map<unknown>))
    checked.problems.push({ path, problem: 'must be a Y.Map of plain values' })
  return checked
}

function rememberIfValid({ section, entries, validEntries }: SectionState, id: string) {
  const { fields, problems } = validateEntry(section, id, entries.get(id), undefined)
  if (fields && problems.length === 0) validEntries.set(id, fields)
  else validEntries.delete(id)
}

/** Ids of the entries that a transaction changed, directly or inside them. */
function changedEntries(events: Y.YEvent<Y.AbstractType<unknown>>[], entries: Y.Map<unknown>): Set<string> {
  const changed = new Set<string>()
  for (const event of events) {
    if ((event.target as unknown) !== entries) changed.add(String(event.path[0]))
    else for (const id of (event as unknown as Y.YMapEvent<unknown>).keysChanged) if (typeof id === 'string') changed.add(id)
  }
  return changed
}

/** Writes the valid fields of an entry; deletes it where there are none. */
function repairEntry(entries: Y.Map<unknown>, section: Section, id: string, fields: Fields | undefined) {
  if (!fields) return entries.delete(id)
  const entry = entries.get(id)
  const present = readEntryFields(entry)
  if (!present) entries.delete(id)
  else {
    deleteListItems(entry as Y.Map<unknown>)
    for (const field of Object.keys(present)) if (!Object.hasOwn(fields, field)) (entry as Y.Map<unknown>).delete(field)
  }
  writeEntry(entries.doc as Y.Doc, section, id, fields)
}

/** Whether a map also has list items: every Yjs type can be used as a map and as a list, and clients may do both. */
function hasListItems(map: Y.Map<unknown>): boolean {
  for (let item = map._start; item; item = item.right) if (!item.deleted) return true
  return false
}

function deleteListItems(map: Y.Map<unknown>) {
  map.doc?.transact((transaction) => {
    for (let item = map._start; item; item = item.right) if (!item.deleted) item.delete(transaction)
  })
}
