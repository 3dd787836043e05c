/** Rows of the journal, many at a time: a thousand travel as one, since each row on its own costs more than what it holds. */
import { sql } from 'kysely'
import type { View } from '../kernel/operation.ts'

/** A row as it is read back. */
export interface Row {
  seq: number
  /** Who (null: SmartStart itself). */
  actor: string | null
  /** When, milliseconds since 1970. */
  at: number
  /** A Yjs update (V1). */
  update: Uint8Array
}

const together = 1000
const nobody = '00000000-0000-0000-0000-000000000000'

interface Many {
  first: string | number
  updates: Buffer
  lengths: Buffer
  actors: Buffer
  times: Buffer
}

/** The parts of many rows as four columns; to be grouped by `seq / together`. */
const many = sql`min(seq) as first, string_agg(update, ''::bytea order by seq) as updates,
  string_agg(int4send(octet_length(update)), ''::bytea order by seq) as lengths,
  string_agg(uuid_send(coalesce(actor, ${sql.lit(nobody)}::uuid)), ''::bytea order by seq) as actors,
  string_agg(int8send((extract(epoch from at) * 1000)::bigint), ''::bytea order by seq) as times`

/** Reads the rows after a number up to another (with it), those that are not folded, oldest first. */
export async function rowsBetween(view: View, id: string, after: number, upTo: number): Promise<Row[]> {
  const { rows } = await sql<Many>`select ${many} from document_update
    where document = ${id} and seq > ${after} and seq <= ${upTo}
    group by seq / ${sql.lit(together)} order by first`.execute(view.em.getKysely() as never)
  return rows.flatMap(apart)
}

/** The rows of a document that are not folded, beside what a statement reads of the same moment: see `pastOf`. */
export const manyRows = many
export const rowsTogether = together

export function apart({ first, updates, lengths, actors, times }: Many): Row[] {
  const rows: Row[] = []
  const names = new Map<string, string | null>([[nobody.replaceAll('-', ''), null]])
  let start = 0
  for (let place = 0; place * 4 < lengths.length; place++) {
    const end = start + lengths.readInt32BE(place * 4)
    const hex = actors.toString('hex', place * 16, place * 16 + 16)
    let actor = names.get(hex)
    if (actor === undefined) names.set(hex, (actor = hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')))
    rows.push({ seq: Number(first) + place, actor, at: Number(times.readBigInt64BE(place * 8)), update: updates.subarray(start, end) })
    start = end
  }
  return rows
}
