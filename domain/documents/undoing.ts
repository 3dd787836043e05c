/** One person's stretch of work, undone: in a document that still has what was deleted, by the undo of Yjs. */
import { sql } from 'kysely'
import * as Y from 'yjs'
import { DomainError } from '../kernel/errors.ts'
import type { View } from '../kernel/operation.ts'
import { pastOf } from './past.ts'
import { rowsBetween } from './rows.ts'
import { deletedIn, readWrote, type Share } from './session.ts'
import { claim, type Stretches, touchedBy } from './stretch.ts'

/** Whose work, in which rows (both included). */
export interface Stretch {
  userId: string
  from: number
  to: number
}

/**
 * The newest document with a person's work of some rows undone in it; undefined where that changes nothing.
 * @throws DomainError invalid-input where the rows begin or end inside of what is folded: of that, only the whole is known
 */
export async function undone(view: View, id: string, { userId, from, to }: Stretch): Promise<Y.Doc | undefined> {
  const { wrote, deleted } = await workOf(view, id, { userId, from, to })
  if (wrote.size === 0 && deleted.size === 0) return undefined
  const insertions = setOf(wrote)
  const { document } = await pastOf(view, id, from - 1, Number.MAX_SAFE_INTEGER, new Y.Doc({ gc: false }))
  const manager = new Y.UndoManager(document, { deleteFilter: (item) => !holdsOthers(item, insertions) })
  let changed = false
  document.on('update', () => (changed = true))
  manager.undoStack.push({ insertions, deletions: setOf(deleted), meta: new Map() })
  manager.undo()
  return changed ? document : undefined
}

/** What they wrote and what they deleted. */
async function workOf(view: View, id: string, { userId, from, to }: Stretch): Promise<{ wrote: Stretches; deleted: Stretches }> {
  const { rows: sessions } = await sql<{ from: string; to: string; people: Share[] | string; wrote: Buffer; edits: Buffer }>`
    select from_seq as "from", to_seq as "to", people, wrote, edits from document_session
    where document = ${id} and to_seq >= ${from}::bigint and from_seq <= ${to}::bigint order by to_seq`.execute(
    view.em.getKysely() as never,
  )
  for (const { from: first, to: last } of sessions) {
    if (Number(first) >= from && Number(last) <= to) continue
    const message = `rows ${first} to ${last} are one session by now`
    throw new DomainError('invalid-input', `It must hold sessions whole: ${message}.`, { fields: [{ path: 'from', message }] })
  }
  const wrote: Stretches = new Map()
  const deleted: Stretches = new Map()
  for (const { people, ...session } of sessions) {
    const told = { ...session, people: (typeof people === 'string' ? JSON.parse(people) : people) as Share[] }
    readWrote(told, (client, clock, end, actor) => actor === userId && claim(wrote, client, clock, end, actor))
    for (const { client, clock, end, actor } of await deletedIn(told)) if (actor === userId) claim(deleted, client, clock, end, actor)
  }
  for (const { actor, update } of await rowsBetween(view, id, from - 1, to)) {
    if (actor !== userId) continue
    const touched = touchedBy(update)
    for (const { client, clock, length } of touched.wrote) claim(wrote, client, clock, clock + length, actor)
    for (const { client, clock, length } of touched.deleted) claim(deleted, client, clock, clock + length, actor)
  }
  return { wrote, deleted }
}

function setOf(stretches: Stretches): ReturnType<typeof Y.createDeleteSet> {
  const set = Y.createDeleteSet()
  for (const [client, known] of stretches)
    set.clients.set(
      client,
      known.map(({ clock, end }) => ({ clock, len: end - clock })),
    )
  return set
}

/** Whether something is in it that is there and not of the stretch: it would go too. */
function holdsOthers(item: Y.Item, insertions: ReturnType<typeof Y.createDeleteSet>): boolean {
  if (!(item.content instanceof Y.ContentType)) return false
  const { type } = item.content
  const others = (one: Y.Item) => !one.deleted && (!Y.isDeleted(insertions, one.id) || holdsOthers(one, insertions))
  for (let one = type._start; one; one = one.right) if (others(one)) return true
  return [...type._map.values()].some(others)
}
