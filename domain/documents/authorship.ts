/** Who wrote which words: by the rows of the journal, whatever Yjs client they came from. */
import { sql } from 'kysely'
import type { View } from '../kernel/operation.ts'
import { apart, manyRows, rowsTogether } from './rows.ts'
import { readWrote, type Share } from './session.ts'
import { claim, stretchAt, type Stretches, touchedBy } from './stretch.ts'

/** Who wrote the piece of a client that begins at a clock: a user, `null` for SmartStart itself, `undefined` where nobody did. */
export type WhoWrote = (client: number, clock: number) => string | null | undefined

interface Piece {
  wrote: Buffer | null
  people: Share[] | string | null
  first: string | number
  updates: Buffer
  lengths: Buffer
  actors: Buffer
  times: Buffer
}

/** Reads who wrote each piece of a document. */
export async function whoWrote(view: View, id: string): Promise<WhoWrote> {
  const stretches = await stretchesOf(view, id)
  return (client, clock) => stretchAt(stretches.get(client), clock)?.actor
}

/** Reads whose each clock is. Folded rows are not decoded: their sessions say it. */
export async function stretchesOf(view: View, id: string): Promise<Stretches> {
  const { rows } = await sql<Piece>`
    with tail as (
      select ${manyRows} from document_update where document = ${id} group by seq / ${sql.lit(rowsTogether)})
    select from_seq as first, wrote, people, null::bytea as updates, null::bytea as lengths, null::bytea as actors, null::bytea as times
    from document_session where document = ${id}
    union all
    select first, null, null, updates, lengths, actors, times from tail
    order by 1`.execute(view.em.getKysely() as never)
  const stretches: Stretches = new Map()
  for (const { wrote, people, ...many } of rows) {
    if (wrote) {
      const shares = (typeof people === 'string' ? JSON.parse(people) : people) as Share[]
      readWrote({ wrote, people: shares }, (client, clock, end, actor) => claim(stretches, client, clock, end, actor))
    } else {
      for (const { actor, update } of apart(many)) {
        for (const { client, clock, length } of touchedBy(update).wrote) claim(stretches, client, clock, clock + length, actor)
      }
    }
  }
  return stretches
}
