/** Reads rows of the journal, a thousand packed into one, since each row on its own costs more than its content. */
import { sql } from 'kysely'
import type { QueryContext } from '../../kernel/operation.ts'

/** A row with its time. */
export interface TimedRow {
  seq: number
  /** The author, as `formatAuthor` returns it (null: SmartStart). */
  actor: string | null
  /** Milliseconds since 1970. */
  at: number
  /** A Yjs update (V1). */
  update: Uint8Array
}

const groupSize = 1000
const nilUuid = '00000000-0000-0000-0000-000000000000'

interface PackedRows {
  first: string | number
  updates: Buffer
  lengths: Buffer
  actors: Buffer
  times: Buffer
  others: string | null
}

/** The author of a row, as `formatAuthor` returns it. */
export const authorColumn = `coalesce(actor_kind || ':' || actor::text || coalesce('/' || on_behalf_of::text, ''), actor::text)`

/** Many rows as five columns, grouped by `seq / groupSize`. Authors that are not persons are also in `others`. */
const packedColumns = sql`min(seq) as first, string_agg(update, ''::bytea order by seq) as updates,
  string_agg(int4send(octet_length(update)), ''::bytea order by seq) as lengths,
  string_agg(uuid_send(coalesce(actor, ${sql.lit(nilUuid)}::uuid)), ''::bytea order by seq) as actors,
  string_agg(int8send((extract(epoch from at) * 1000)::bigint), ''::bytea order by seq) as times,
  string_agg(case when actor_kind is not null then seq || ' ' || ${sql.raw(authorColumn)} end, ',') as others`

/** Reads the rows after a sequence number up to another (inclusive) that are not compacted, oldest first. */
export async function readRows(view: QueryContext, id: string, after: number, upTo: number): Promise<TimedRow[]> {
  const { rows } = await sql<PackedRows>`select ${packedColumns} from document_update
    where document = ${id} and seq > ${after} and seq <= ${upTo}
    group by seq / ${sql.lit(groupSize)} order by first`.execute(view.db)
  return rows.flatMap(decodeRows)
}

/** Columns and group size for statements that read rows together with something else, from the same moment. */
export const packedRowColumns = packedColumns
export const rowsPerGroup = groupSize

export function decodeRows({ first, updates, lengths, actors, times, others }: PackedRows): TimedRow[] {
  const rows: TimedRow[] = []
  const names = new Map<string, string | null>([[nilUuid.replaceAll('-', ''), null]])
  let start = 0
  for (let index = 0; index * 4 < lengths.length; index++) {
    const end = start + lengths.readInt32BE(index * 4)
    const hex = actors.toString('hex', index * 16, index * 16 + 16)
    let actor = names.get(hex)
    if (actor === undefined) names.set(hex, (actor = hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')))
    rows.push({ seq: Number(first) + index, actor, at: Number(times.readBigInt64BE(index * 8)), update: updates.subarray(start, end) })
    start = end
  }
  for (const other of others?.split(',') ?? []) {
    const [seq, author] = other.split(' ')
    const row = rows[Number(seq) - Number(first)]
    if (row) row.actor = author as string
  }
  return rows
}
