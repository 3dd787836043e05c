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

/**
 * Brings a document to how it was after a row, from the nearest whole state at or below another row: what was deleted before that one
 * is gone from it, what was deleted after it is there for a document that keeps it (`gc: false`).
 * @param above the highest row whose whole state may be its ground
 */
export async function pastOf(view: View, id: string, above: number, at: number, document: Y.Doc): Promise<{ document: Y.Doc; at: number }> {
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
      where document = ${id} and seq > (select seq from ground) and seq <= ${at} group by seq / ${sql.lit(rowsTogether)})
    select 'state' as kind, seq as to, state as bytes, 0 as first, null::bytea as updates, null::bytea as lengths, null::bytea as actors,
      null::bytea as times from base
    union all
    select 'session', to_seq, edits, 0, null, null, null, null from document_session
    where document = ${id} and to_seq > (select seq from ground) and to_seq <= ${at}
    union all
    select 'rows', last, null, first, updates, lengths, actors, times from tail
    order by 2`.execute(view.em.getKysely() as never)
  const pieces = await Promise.all(
    rows.map(async ({ kind, bytes, ...many }): Promise<(() => void)[]> => {
      if (kind === 'rows')
        return inBatches(joined(apart(many).map(({ update }) => update))).map((batch) => () => {
          for (const update of batch) Y.applyUpdate(document, update)
        })
      if (kind === 'session') {
        const update = await updateIn({ edits: bytes as Buffer })
        return [() => Y.applyUpdateV2(document, update)]
      }
      const state = await unpack(bytes as Buffer)
      return [() => Y.applyUpdate(document, state)]
    }),
  )
  for (const apply of pieces.flat()) {
    document.transact(apply)
    await new Promise(setImmediate)
  }
  return { document, at: Number(rows.at(-1)?.to ?? 0) }
}

/** One by one, updates cost five times as much; all at once, up to three times. */
const atOnce = 200

function inBatches<T>(all: T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / atOnce) }, (_, n) => all.slice(n * atOnce, (n + 1) * atOnce))
}
