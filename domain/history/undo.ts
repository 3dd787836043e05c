/** One person's range of work, undone: in a document that still has content was deleted, by the undo of Yjs. */
import * as Y from 'yjs'
import { DomainError } from '../kernel/errors.ts'
import type { QueryContext } from '../kernel/operation.ts'
import { buildState } from './state-at.ts'
import { createReplica } from '../documents/journal/replica.ts'
import { readRows } from '../documents/journal/row-reader.ts'
import { unpackDeletions, decodeWritten } from '../documents/journal/edit-session.ts'
import { sessionsBetween } from '../documents/journal/session-reader.ts'
import { addRange, type AttributedRanges, readUpdateRanges } from '../documents/journal/clock-ranges.ts'

/** A person, and the rows of their edits to undo (both inclusive). */
export interface AuthorRows {
  userId: string
  from: number
  to: number
}

/**
 * The newest document with a person's edits of some rows undone; undefined where nothing changes.
 * @throws DomainError invalid-input where the rows begin or end inside a compacted edit session
 */
export async function undoAuthorRows(view: QueryContext, id: string, { userId, from, to }: AuthorRows): Promise<Y.Doc | undefined> {
  const { wrote, deleted } = await readAuthorChanges(view, id, { userId, from, to })
  if (wrote.size === 0 && deleted.size === 0) return undefined
  const insertions = toDeleteSet(wrote)
  const { document } = await buildState(view, id, from - 1, Number.MAX_SAFE_INTEGER, createReplica({ gc: false }))
  const manager = new Y.UndoManager(document, {
    deleteFilter: (item) => !holdsOthers(item, insertions) && !isCellInOthersRow(item, insertions),
  })
  let changed = false
  document.on('update', () => (changed = true))
  manager.undoStack.push({ insertions, deletions: toDeleteSet(deleted), meta: new Map() })
  manager.undo()
  return changed ? document : undefined
}

/** What they wrote and content they deleted. */
async function readAuthorChanges(
  view: QueryContext,
  id: string,
  { userId, from, to }: AuthorRows,
): Promise<{ wrote: AttributedRanges; deleted: AttributedRanges }> {
  const sessions = await sessionsBetween(view, id, from, to)
  for (const { from: first, to: last } of sessions) {
    if (first >= from && last <= to) continue
    const message = `rows ${first} to ${last} are one session`
    throw new DomainError('invalid-input', `The range must cover whole edit sessions: ${message}.`, { fields: [{ path: 'from', message }] })
  }
  const wrote: AttributedRanges = new Map()
  const deleted: AttributedRanges = new Map()
  for (const session of sessions) {
    decodeWritten(session, (client, clock, end, actor) => actor === userId && addRange(wrote, client, clock, end, actor))
    for (const { client, clock, end, actor } of await unpackDeletions(session))
      if (actor === userId) addRange(deleted, client, clock, end, actor)
  }
  for (const { actor, update } of await readRows(view, id, from - 1, to)) {
    if (actor !== userId) continue
    const touched = readUpdateRanges(update)
    for (const { client, clock, length } of touched.written) addRange(wrote, client, clock, clock + length, actor)
    for (const { client, clock, length } of touched.deleted) addRange(deleted, client, clock, clock + length, actor)
  }
  return { wrote, deleted }
}

function toDeleteSet(attribution: AttributedRanges): ReturnType<typeof Y.createDeleteSet> {
  const set = Y.createDeleteSet()
  for (const [client, known] of attribution)
    set.clients.set(
      client,
      known.map(({ clock, end }) => ({ clock, len: end - clock })),
    )
  return set
}

/**
 * Whether it is a cell of a row that the person inserted and that stays because of others: without the cell, their text would move to other
 * columns.
 */
function isCellInOthersRow({ content, parent }: Y.Item, insertions: ReturnType<typeof Y.createDeleteSet>): boolean {
  if (!(content instanceof Y.ContentType && content.type instanceof Y.XmlElement && /^table(Cell|Header)$/.test(content.type.nodeName)))
    return false
  const row = (parent as Y.AbstractType<unknown>)._item
  return row !== null && Y.isDeleted(insertions, row.id) && holdsOthers(row, insertions)
}

/** Whether an item contains content of others, which would be deleted with it. */
function holdsOthers(item: Y.Item, insertions: ReturnType<typeof Y.createDeleteSet>): boolean {
  if (!(item.content instanceof Y.ContentType)) return false
  const { type } = item.content
  const others = (one: Y.Item) => !one.deleted && (!Y.isDeleted(insertions, one.id) || holdsOthers(one, insertions))
  for (let one = type._start; one; one = one.right) if (others(one)) return true
  return [...type._map.values()].some(others)
}
