/** Who wrote which words: by the rows of the journal, whatever Yjs client they came from. */
import { sql } from 'kysely'
import { createDecoder, readVarString, readVarUint } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding'
import type { View } from '../kernel/operation.ts'
import { restOf } from '../kernel/turn.ts'
import { apart, manyRows, type Row, rowsBetween, rowsTogether } from './rows.ts'
import { pack, readWrote, type Share, unpack } from './session.ts'
import { claim, readStretches, stretchAt, type Stretches, touchedBy, writeStretches } from './stretch.ts'

/** Who wrote the piece of a client that begins at a clock: a user, `null` for SmartStart itself, `undefined` where nobody did. */
export type WhoWrote = (client: number, clock: number) => string | null | undefined

interface Piece {
  kind: 'known' | 'session' | 'rows'
  wrote: Buffer | null
  people: Share[] | string | null
  first: string | number
  last: string | number | null
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

/** Rows that are read at a time where others go first: half a millisecond of the database, and of the node. */
const fewRows = 200

/**
 * Reads whose each clock is: what the snapshot says of all rows below it, and the rows after it. Where the snapshot says nothing, what
 * the sessions say, and all rows that are not folded.
 * @param upTo the last row that is told of; all when absent
 */
export async function stretchesOf(view: View, id: string, upTo = Number.MAX_SAFE_INTEGER): Promise<Stretches> {
  const stretches: Stretches = new Map()
  await begin(view, id, stretches, upTo, upTo)
  return stretches
}

/** As `stretchesOf`, a few rows at a time, with rests where somebody writes: for what nobody waits for. @param rest between two readings */
export async function stretchesWithoutHaste(view: View, id: string, upTo: number, rest = restOf): Promise<Stretches> {
  const stretches: Stretches = new Map()
  for (let reached = await begin(view, id, stretches, upTo, fewRows); reached < upTo; ) {
    await rest()
    const rows = await rowsBetween(view, id, reached, Math.min(upTo, reached + fewRows))
    // what comes next was folded meanwhile: it is read of one moment
    if (rows[0]?.seq !== reached + 1) return stretchesOf(view, id, upTo)
    take(stretches, rows)
    reached = rows.at(-1)?.seq as number
  }
  return stretches
}

/**
 * Reads what the snapshot or the sessions say, and of the rows behind that so many at most, of one moment.
 * @returns the last row of which all is told
 */
async function begin(view: View, id: string, stretches: Stretches, upTo: number, most: number): Promise<number> {
  const { rows } = await sql<Piece>`
    with known as (select seq, wrote from document_snapshot where document = ${id} and wrote is not null and seq <= ${upTo}),
    ground as (select coalesce((select seq from known), 0) as seq),
    sessions as (
      select from_seq, to_seq, wrote, people from document_session
      where document = ${id} and from_seq > (select seq from ground) and to_seq <= ${upTo}),
    floor as (select greatest((select seq from ground), (select max(to_seq) from sessions)) as seq),
    tail as (
      select ${manyRows} from document_update
      where document = ${id} and seq > (select seq from ground) and seq <= least(${upTo}, (select seq from floor) + ${most}::bigint)
      group by seq / ${sql.lit(rowsTogether)})
    select 'known' as kind, seq as first, seq as last, wrote, null::jsonb as people, null::bytea as updates, null::bytea as lengths,
      null::bytea as actors, null::bytea as times from known
    union all
    select 'session', from_seq, to_seq, wrote, people, null, null, null, null from sessions
    union all
    select 'rows', first, null, null, null, updates, lengths, actors, times from tail
    order by 2`.execute(view.em.getKysely() as never)
  let reached = 0
  const claimed = (client: number, clock: number, end: number, actor: string | null) => claim(stretches, client, clock, end, actor)
  for (const { kind, last, wrote, people, ...many } of rows) {
    if (kind === 'known') await readKept(wrote as Buffer, claimed)
    else if (kind === 'session') {
      readWrote({ wrote: wrote as Buffer, people: (typeof people === 'string' ? JSON.parse(people) : people) as Share[] }, claimed)
    } else {
      const some = apart(many)
      take(stretches, some)
      reached = some.at(-1)?.seq ?? reached
      await new Promise(setImmediate)
    }
    if (last !== null) reached = Number(last)
  }
  return reached
}

function take(stretches: Stretches, rows: readonly Row[]) {
  for (const { actor, update } of rows)
    for (const { client, clock, length } of touchedBy(update).wrote) claim(stretches, client, clock, clock + length, actor)
}

/** Stretches as a snapshot keeps them: who there is, and of each stretch which of them; packed. */
export function keptOf(stretches: Stretches): Promise<Buffer> {
  const actors = [...new Set([...stretches.values()].flatMap((known) => known.map(({ actor }) => actor)))]
  const encoder = createEncoder()
  writeVarUint(encoder, actors.length)
  for (const actor of actors) writeVarString(encoder, actor ?? '')
  writeStretches(encoder, stretches, actors)
  return pack(toUint8Array(encoder))
}

async function readKept(kept: Uint8Array, tell: Parameters<typeof readStretches>[2]): Promise<void> {
  const decoder = createDecoder(await unpack(kept))
  const actors = Array.from({ length: readVarUint(decoder) }, () => readVarString(decoder) || null)
  readStretches(decoder, actors, tell)
}
