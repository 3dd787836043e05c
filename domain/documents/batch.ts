/** A batch of edits as the journal writes it: one statement for all of its documents. */
import { CompiledQuery } from 'kysely'
import type { Database } from '../kernel/database.ts'
import type { Prepared, Value } from '../kernel/statement.ts'

/** An edit on its way: one Yjs update (V1), by whom (null: SmartStart itself). */
export interface Edit {
  documentId: string
  actor: string | null
  update: Uint8Array
}

/** The edits of one document in a batch, in the order in which they came. */
export interface Part<E extends Edit = Edit> {
  documentId: string
  edits: E[]
}

/** What became of one document's edits in a batch. */
export interface Commit {
  /** Where the head stood before: anything between this and what the node knew was written by another node. */
  from: number
  /** Where it stands now; `from` plus the number of edits. */
  to: number
}

/** A batch by document, in one order on every node, or two batches could wait for each other. */
export function partsOf<E extends Edit>(batch: E[]): Part<E>[] {
  const parts = new Map<string, Part<E>>()
  for (const edit of batch) {
    const part = parts.get(edit.documentId)
    if (part) part.edits.push(edit)
    else parts.set(edit.documentId, { documentId: edit.documentId, edits: [edit] })
  }
  return [...parts.values()].sort((one, other) => (one.documentId < other.documentId ? -1 : 1))
}

/**
 * Moves each document's head under its row's lock, leaves a frozen one where it is, and writes the rows. The updates travel as one
 * value that the server cuts apart: an array of bytea costs twice its size in text.
 */
const writing = {
  name: 'journal write',
  text: `
    with moved as (
      update document set head = head + n, updated_at = now()
      from unnest($1::uuid[], $2::int[], $3::int[]) as part(document, first, n)
      where id = document and frozen_at is null
      returning id, head, first, n
    ), written as (
      insert into document_update (document, seq, actor, at, update)
      select id, head - n + place, actor, now(), substring($7::bytea from start for length)
      from moved, unnest(
        ($4::uuid[])[first:first + n - 1], ($5::int[])[first:first + n - 1], ($6::int[])[first:first + n - 1]
      ) with ordinality as edit(actor, start, length, place)
    )
    select id, head from moved`,
}

/** The same for a single edit, as most batches of a quiet node are: half as many bytes, and a third less work. */
const writingOne = {
  name: 'w',
  text: `
    with moved as (
      update document set head = head + 1, updated_at = now() where id = $1::uuid and frozen_at is null returning id, head
    ), written as (
      insert into document_update (document, seq, actor, at, update) select id, head, $2::uuid, now(), $3::bytea from moved
    )
    select id, head from moved`,
}

const reading = {
  name: 'journal read',
  text: 'select seq, actor, update from document_update where document = $1 and seq > $2 order by seq',
}

export interface Writer {
  /**
   * Writes a batch in one statement. Answers the documents that took their edits; a frozen or absent one is not among them.
   * @throws OutcomeUnknown when it may have been written all the same
   */
  write(parts: Part[]): Promise<Map<string, Commit>>
  /**
   * Looks whether a part was written, after an outcome that is unknown.
   * @param after where the document's head stood at the latest that is known
   */
  find(part: Part, after: number): Promise<Commit | undefined>
}

/** On PostgreSQL over a connection of its own; embedded over the only one that there is. */
export function openWriter(database: Database): Writer {
  const connection = database.connect()
  const run = async (statement: Prepared, values: Value[]): Promise<unknown[][]> => {
    if (connection) return connection.run(statement, values)
    const { rows } = await database.sql.executeQuery(CompiledQuery.raw(statement.text, values))
    return rows.map((row) => Object.values(row as object))
  }
  /** An id as it is sent: by the connection in bytes. */
  const idOf = (id: string) => (connection ? Buffer.from(id.replaceAll('-', ''), 'hex') : id)
  function writeOne({ documentId, actor, update }: Edit) {
    return run(writingOne, [idOf(documentId), actor && idOf(actor), Buffer.from(update.buffer, update.byteOffset, update.length)])
  }
  return {
    async write(parts) {
      const [part] = parts
      const only = part && parts.length === 1 && part.edits.length === 1 ? part.edits[0] : undefined
      const rows = await (only ? writeOne(only) : run(writing, valuesOf(parts)))
      const heads = new Map(rows.map(([id, head]) => [id, Number(head)]))
      const commits = new Map<string, Commit>()
      for (const { documentId, edits } of parts) {
        const to = heads.get(documentId)
        if (to !== undefined) commits.set(documentId, { from: to - edits.length, to })
      }
      return commits
    },
    async find({ documentId, edits }, after) {
      const rows = await run(reading, [documentId, String(after)])
      const same = (row: unknown[] | undefined, { actor, update }: Edit) => row?.[1] === actor && bytesOf(row[2]).equals(update)
      const start = rows.findIndex((_, place) => edits.every((edit, n) => same(rows[place + n], edit)))
      if (start === -1) return undefined
      const from = Number(rows[start]?.[0]) - 1
      return { from, to: from + edits.length }
    },
  }
}

/** Bytes as a statement answers them: as they are, or as the text `\x…`. */
const bytesOf = (value: unknown): Buffer => (typeof value === 'string' ? Buffer.from(value.slice(2), 'hex') : (value as Buffer))

function valuesOf(parts: Part[]): Value[] {
  let documents = ''
  let firsts = ''
  let counts = ''
  let actors = ''
  let starts = ''
  let lengths = ''
  const updates: Uint8Array[] = []
  let end = 0
  for (const { documentId, edits } of parts) {
    documents += `,${documentId}`
    firsts += `,${updates.length + 1}`
    counts += `,${edits.length}`
    for (const { actor, update } of edits) {
      actors += `,${actor ?? 'null'}`
      starts += `,${end + 1}`
      lengths += `,${update.length}`
      updates.push(update)
      end += update.length
    }
  }
  return [...[documents, firsts, counts, actors, starts, lengths].map((list) => `{${list.slice(1)}}`), Buffer.concat(updates, end)]
}
