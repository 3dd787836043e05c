/**
 * Holds living documents to the rules of their sections. A client's change that breaks one is applied, as any; in the same turn SmartStart
 * writes what ought to stand there, and tells the author. So nobody waits for a check, and what others wrote in the same frame stays.
 *
 * Only the node of the author's connection mends: what comes from the journal was judged where it was written.
 */
import * as Y from 'yjs'
import { type EntryProblem, type Fields, fieldsOf, judged, putEntry, type Section } from '../domain/documents/section.ts'
import type { LiveDocument, Origin } from './live-document.ts'

/** Problems that are told of one change, at most. */
const mostTold = 20

/** What each entry was when it was last right. */
type Known = Map<string, Fields>

/** A section of one document, and what of it a client has just changed. */
interface Held {
  section: Section
  entries: Y.Map<unknown>
  known: Known
  changed: Set<string> | undefined
}

/** @param count told how many entries of a change were mended; for metrics */
export function holdToSections(live: LiveDocument, sections: readonly Section[], count: (mended: number) => void): void {
  if (sections.length === 0) return
  let author: Partial<Origin> | undefined
  const all = sections.map((section): Held => {
    const entries = live.document.getMap(section.name)
    const held: Held = { section, entries, known: new Map(), changed: undefined }
    for (const id of entries.keys()) remember(held, id)
    entries.observeDeep((events, { origin }) => {
      const changed = changedEntries(events, entries)
      const by = origin as Partial<Origin> | null
      if (by?.source !== 'connection') return changed.forEach((id) => remember(held, id))
      author = by
      held.changed = changed
    })
    return held
  })
  // not before the author's own edit is told and in the journal: written from an observer, the mend would be part of it
  live.document.on('afterAllTransactions', () => {
    const by = author
    if (!by) return
    author = undefined
    const mends: (() => void)[] = []
    const problems: EntryProblem[] = []
    for (const held of all) judge(held, mends, problems)
    if (mends.length === 0) return
    live.write(null, () => {
      for (const go of mends) go()
    })
    count(mends.length)
    by.connection?.sendStateless(
      JSON.stringify({
        event: 'documents.change-mended',
        documentName: live.document.name,
        mended: problems.slice(0, mostTold).map(({ path, problem }) => ({ path: path.slice(0, 300), problem: problem.slice(0, 300) })),
      }),
    )
  })
}

/** Looks at what a client changed in a section, and notes what is to be written. */
function judge(held: Held, mends: (() => void)[], problems: EntryProblem[]) {
  const { section, entries, known, changed } = held
  if (!changed) return
  held.changed = undefined
  if (hasList(entries)) {
    mends.push(() => emptyList(entries))
    problems.push({ path: section.name, problem: 'is a Y.Map' })
  }
  for (const id of changed) {
    const { fields, problems: found } = verdict(held, id)
    if (fields) known.set(id, fields)
    else known.delete(id)
    if (found.length === 0) continue
    problems.push(...found.slice(0, mostTold))
    mends.push(() => mend(entries, section, id, fields))
  }
}

/** What is to become of an entry that a client changed. */
function verdict({ section, entries, known }: Held, id: string) {
  const before = known.get(id)
  const path = `${section.name}.${id.slice(0, 100)}`
  if (section.byServer) return { fields: before, problems: [{ path, problem: 'only the server writes this' }] }
  if (!entries.has(id)) return { fields: undefined, problems: [] }
  // asked first: of a flood nothing else is looked at
  if (!before && known.size >= section.most) {
    return { fields: undefined, problems: [{ path, problem: `there are ${section.most} already, as many as there may be` }] }
  }
  const value = entries.get(id)
  const found = judged(section, id, value, before)
  if (found.problems.length === 0 && hasList(value as Y.Map<unknown>))
    found.problems.push({ path, problem: 'takes a Y.Map of plain values' })
  return found
}

function remember({ section, entries, known }: Held, id: string) {
  const { fields, problems } = judged(section, id, entries.get(id), undefined)
  if (fields && problems.length === 0) known.set(id, fields)
  else known.delete(id)
}

/** The entries that a transaction changed, themselves or in something of theirs. */
function changedEntries(events: Y.YEvent<Y.AbstractType<unknown>>[], entries: Y.Map<unknown>): Set<string> {
  const changed = new Set<string>()
  for (const event of events) {
    if ((event.target as unknown) !== entries) changed.add(String(event.path[0]))
    else for (const id of (event as unknown as Y.YMapEvent<unknown>).keysChanged) if (typeof id === 'string') changed.add(id)
  }
  return changed
}

/** Writes what an entry ought to be; none where it is to go. */
function mend(entries: Y.Map<unknown>, section: Section, id: string, fields: Fields | undefined) {
  if (!fields) return entries.delete(id)
  const present = entries.get(id)
  const held = fieldsOf(present)
  if (!held) entries.delete(id)
  else {
    emptyList(present as Y.Map<unknown>)
    for (const field of Object.keys(held)) if (!Object.hasOwn(fields, field)) (present as Y.Map<unknown>).delete(field)
  }
  putEntry(entries.doc as Y.Doc, section, id, fields)
}

/** Whether a map was used as a list or a text too: every type of Yjs is both, and clients may take it for either. */
function hasList(map: Y.Map<unknown>): boolean {
  for (let item = map._start; item; item = item.right) if (!item.deleted) return true
  return false
}

function emptyList(map: Y.Map<unknown>) {
  map.doc?.transact((transaction) => {
    for (let item = map._start; item; item = item.right) if (!item.deleted) item.delete(transaction)
  })
}
