/** A document as it was: made anew from its sessions and the rows of its journal. */
import { sql } from 'kysely'
import * as Y from 'yjs'
import type { View } from '../kernel/operation.ts'
import { joined } from './keystroke.ts'
import { apart, manyRows, rowsTogether } from './rows.ts'
import { unpack, updateIn } from './session.ts'

/**
 * A document as it was right after a row of its journal. Of a row that is folded, as it was after the last whole session up to it.
 * @param at the row's number; 0 is the empty document; past the newest it is the newest
 * @returns `at`: the row after which it was so
 */
export async function documentAt(view: View, id: string, at: number): Promise<{ document: Y.Doc; at: number }> {
  return pastOf(view, id, at, at, new Y.Doc())
}

interface Piece {
  kind: 'state' | 'session' | 'rows'
  to: string | number
  bytes: Buffer | null
  first: string | number
  updates: Buffer
  lengths: Buffer
  actors: Buffer
  times: Buffer
}

/** Between moments further apart than this, rows, the later one is made on its own: a newer whole state may be nearer to it. */
const stride = 3000

/**
 * A document as it was at two moments, one after the other: the later one is made of the earlier, where that is near.
 * @param tell is given the document at each moment, the earlier first; it is no longer what it was once `tell` is done
 * @returns the rows after which it was so
 */
export async function documentsAt(
  view: View,
  id: string,
  [from, to]: [from: number, to: number],
  tell: (document: Y.Doc) => void,
): Promise<[from: number, to: number]> {
  if (to - from > stride) {
    const earlier = await documentAt(view, id, from)
    tell(earlier.document)
    const later = await documentAt(view, id, to)
    tell(later.document)
    return [earlier.at, later.at]
  }
  const steps = await stepsTo(view, id, from, to)
  const document = new Y.Doc()
  const near = steps.filter((step) => step.to <= from)
  await take(document, near)
  tell(document)
  await take(document, steps.slice(near.length))
  tell(document)
  return [near.at(-1)?.to ?? 0, steps.at(-1)?.to ?? 0]
}

/**
 * Brings a document to how it was after a row, from the nearest whole state at or below another row: what was deleted before that one
 * is gone from it, what was deleted after it is there for a document that keeps it (`gc: false`).
 * @param above the highest row whose whole state may be its ground
 */
export async function pastOf(view: View, id: string, above: number, at: number, document: Y.Doc): Promise<{ document: Y.Doc; at: number }> {
  const steps = await stepsTo(view, id, above, at)
  await take(document, steps)
  return { document, at: steps.at(-1)?.to ?? 0 }
}

/** What brings a document to how it was after row `to`. */
interface Step {
  to: number
  apply: (document: Y.Doc) => void
}

async function take(document: Y.Doc, steps: Step[]): Promise<void> {
  for (const { apply } of steps) {
    document.transact(() => apply(document))
    await new Promise(setImmediate)
  }
}

/** The steps to a moment, from the nearest whole state at or below the row `above`; none passes that row on its way. */
async function stepsTo(view: View, id: string, above: number, at: number): Promise<Step[]> {
  // one statement, since a session may be folded between two
  const { rows } = await sql<Piece>`
    with known as (
      select seq, state from document_snapshot where document = ${id} and seq <= ${above}
      union all (
        select to_seq, state from document_session where document = ${id} and to_seq <= ${above} and state is not null
        order by to_seq desc limit 1)
    ), base as (select seq, state from known order by seq desc limit 1), ground as (select coalesce((select seq from base), 0) as seq),
    tail as (
      select max(seq) as last, ${manyRows} from document_update
      where document = ${id} and seq > (select seq from ground) and seq <= ${at} group by seq / ${sql.lit(rowsTogether)}, seq <= ${above})
    select 'state' as kind, seq as to, state as bytes, 0 as first, null::bytea as updates, null::bytea as lengths, null::bytea as actors,
      null::bytea as times from base
    union all
    select 'session', to_seq, edits, 0, null, null, null, null from document_session
    where document = ${id} and to_seq > (select seq from ground) and to_seq <= ${at}
    union all
    select 'rows', last, null, first, updates, lengths, actors, times from tail
    order by 2`.execute(view.em.getKysely() as never)
  const steps = await Promise.all(
    rows.map(async ({ kind, to: last, bytes, ...many }): Promise<Step[]> => {
      const to = Number(last)
      if (kind === 'rows')
        return inBatches(joined(apart(many).map(({ update }) => update))).map((batch) => ({
          to,
          apply: (document) => {
            for (const update of batch) Y.applyUpdate(document, update)
          },
        }))
      if (kind === 'session') {
        const update = await updateIn({ edits: bytes as Buffer })
        return [{ to, apply: (document) => Y.applyUpdateV2(document, update) }]
      }
      const state = await unpack(bytes as Buffer)
      return [{ to, apply: (document) => Y.applyUpdate(document, state) }]
    }),
  )
  return steps.flat()
}

/** One by one, updates cost five times as much; all at once, up to three times. */
const atOnce = 200

function inBatches<T>(all: T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / atOnce) }, (_, n) => all.slice(n * atOnce, (n + 1) * atOnce))
}
