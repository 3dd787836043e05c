/** What happened in a document between two moments, as the journal has it: row by row, or session by session where rows are folded. */
import { sql } from 'kysely'
import { rowsBetween } from '../documents/rows.ts'
import { deletedIn, readWrote, type Share } from '../documents/session.ts'
import type { View } from '../kernel/operation.ts'
import type { Changes, ChangeSpan } from './signs.ts'

interface Folded {
  endedAt: Date | string
  people: Share[] | string
  wrote: Uint8Array
  edits: Uint8Array
}

/** @param from the earlier row, whose own change is not told; @param to the later one, whose is */
export async function changesBetween(view: View, id: string, from: number, to: number): Promise<Changes> {
  const { rows: folded } = await sql<Folded>`
    select ended_at as "endedAt", people, wrote, edits from document_session
    where document = ${id} and to_seq > ${from}::bigint and to_seq <= ${to}::bigint order by to_seq`.execute(view.em.getKysely() as never)
  const spans: ChangeSpan[] = []
  for (const { endedAt, people: told, wrote, edits } of folded) {
    const people = (typeof told === 'string' ? JSON.parse(told) : told) as Share[]
    const at = new Date(endedAt).getTime()
    readWrote(
      { wrote, people },
      (client, clock, end, actor) => void spans.push({ what: 'written', client, clock, length: end - clock, actor, at }),
    )
    for (const { client, clock, end, actor } of await deletedIn({ edits, people })) {
      spans.push({ what: 'deleted', client, clock, length: end - clock, actor, at })
    }
  }
  return { rows: await rowsBetween(view, id, from, to), spans }
}
