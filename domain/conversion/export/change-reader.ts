/** Reads the changes of a document between two revisions: rows, and edit sessions where they are compacted. */
import { readRows } from '../../documents/journal/row-reader.ts'
import { unpackDeletions, decodeWritten } from '../../documents/journal/edit-session.ts'
import { sessionsBetween } from '../../documents/journal/session-reader.ts'
import type { QueryContext } from '../../kernel/operation.ts'
import type { Changes, ChangeSpan } from '../../history/redline/change-attribution.ts'

/** @param from the earlier row, exclusive @param to the later row, inclusive */
export async function readChanges(view: QueryContext, id: string, from: number, to: number): Promise<Changes> {
  const spans: ChangeSpan[] = []
  for (const { endedAt, people, wrote, edits } of await sessionsBetween(view, id, from + 1, to, { ending: true })) {
    const at = endedAt.getTime()
    decodeWritten(
      { wrote, people },
      (client, clock, end, actor) => void spans.push({ what: 'written', client, clock, length: end - clock, actor, at }),
    )
    for (const { client, clock, end, actor } of await unpackDeletions({ edits, people })) {
      spans.push({ what: 'deleted', client, clock, length: end - clock, actor, at })
    }
  }
  return { rows: await readRows(view, id, from, to), spans }
}
