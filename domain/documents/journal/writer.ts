/** Writes batches of the journal: one statement for all documents of a batch. */
import { CompiledQuery } from 'kysely'
import { parseAuthor } from '../../kernel/actor.ts'
import type { Database } from '../../kernel/db/database.ts'
import type { PreparedStatement, ParameterValue } from '../../kernel/db/prepared-statement.ts'
import { authorColumn } from './row-reader.ts'

/** An update that waits for its commit: Yjs V1, with its author (`formatAuthor`; null: SmartStart). */
export interface PendingUpdate {
  documentId: string
  actor: string | null
  update: Uint8Array
}

/** The updates of one document in a batch, in order of arrival. */
export interface DocumentUpdates<E extends PendingUpdate = PendingUpdate> {
  documentId: string
  edits: E[]
}

/** The commit of one document's updates in a batch. */
export interface Commit {
  /** The head before: rows between this and what the node knew are from another node. */
  from: number
  /** The head after: `from` plus the number of updates. */
  to: number
}

/** Groups a batch by document, in the same order on every node: otherwise two batches could deadlock. */
export function groupByDocument<E extends PendingUpdate>(batch: E[]): DocumentUpdates<E>[] {
  const parts = new Map<string, DocumentUpdates<E>>()
  for (const edit of batch) {
    const part = parts.get(edit.documentId)
    if (part) part.edits.push(edit)
    else parts.set(edit.documentId, { documentId: edit.documentId, edits: [edit] })
  }
  return [...parts.values()].sort((one, other) => (one.documentId < other.documentId ? -1 : 1))
}

/**
 * Moves each document's head under its row's lock, leaves frozen documents unchanged, and writes the rows. The updates are one value that
 * the server splits: an array of bytea takes twice its size as text.
 */
const createWriteStatement = ({ others }: { others: boolean }): PreparedStatement => ({
  name: others ? 'journal write of others' : 'journal write',
  text: `
    with moved as (
      update document set head = head + n, updated_at = now()
      from unnest($1::uuid[], $2::int[], $3::int[]) as part(document, first, n)
      where id = document and frozen_at is null
      returning id, head, first, n
    ), written as (
      insert into document_update (document, seq, actor, at, update${others ? ', actor_kind, on_behalf_of' : ''})
      select id, head - n + place, actor, now(), substring($7::bytea from start for length)${others ? ', kind, principal' : ''}
      from moved, unnest(
        ($4::uuid[])[first:first + n - 1], ($5::int[])[first:first + n - 1], ($6::int[])[first:first + n - 1]
        ${others ? ', ($8::text[])[first:first + n - 1], ($9::uuid[])[first:first + n - 1]' : ''}
      ) with ordinality as edit(actor, start, length${others ? ', kind, principal' : ''}, place)
    )
    select id, head from moved`,
})
const writeStatement = createWriteStatement({ others: false })
/** For a batch with an author that is not a person. Other batches are spared the two lists. */
const writeOthersStatement = createWriteStatement({ others: true })

/** The same for a single update of a person, as most batches of an idle node are: half the bytes and two thirds of the work. */
const writeOneStatement = {
  name: 'w',
  text: `
    with moved as (
      update document set head = head + 1, updated_at = now() where id = $1::uuid and frozen_at is null returning id, head
    ), written as (
      insert into document_update (document, seq, actor, at, update) select id, head, $2::uuid, now(), $3::bytea from moved
    )
    select id, head from moved`,
}

const readStatement = {
  name: 'journal read',
  text: `select seq, ${authorColumn} as actor, update from document_update where document = $1 and seq > $2 order by seq`,
}

export interface Writer {
  /**
   * Writes a batch in one statement.
   * @returns the documents that took their updates, without frozen and absent ones
   * @throws CommitUnknownError when it may have been written
   */
  write(parts: DocumentUpdates[]): Promise<Map<string, Commit>>
  /**
   * Finds out whether a part was written, after an unknown outcome.
   * @param after the last known head of the document
   */
  find(part: DocumentUpdates, after: number): Promise<Commit | undefined>
}

/** Uses a dedicated connection on PostgreSQL, and the only one when embedded. */
export function createWriter(database: Database): Writer {
  const connection = database.openDedicatedConnection()
  const run = async (statement: PreparedStatement, values: ParameterValue[]): Promise<unknown[][]> => {
    if (connection) return connection.run(statement, values)
    const { rows } = await database.sql.executeQuery(CompiledQuery.raw(statement.text, values))
    return rows.map((row) => Object.values(row as object))
  }
  /** An id as it is sent: as bytes over the dedicated connection. */
  const idOf = (id: string) => (connection ? Buffer.from(id.replaceAll('-', ''), 'hex') : id)
  function writeOne({ documentId, actor, update }: PendingUpdate) {
    return run(writeOneStatement, [idOf(documentId), actor && idOf(actor), Buffer.from(update.buffer, update.byteOffset, update.length)])
  }
  return {
    async write(parts) {
      const [part] = parts
      const only = part && parts.length === 1 && part.edits.length === 1 ? part.edits[0] : undefined
      const others = parts.some((one) => one.edits.some(({ actor }) => isNotPerson(actor)))
      const rows = await (only && !others ? writeOne(only) : run(others ? writeOthersStatement : writeStatement, toValues(parts, others)))
      const heads = new Map(rows.map(([id, head]) => [id, Number(head)]))
      const commits = new Map<string, Commit>()
      for (const { documentId, edits } of parts) {
        const to = heads.get(documentId)
        if (to !== undefined) commits.set(documentId, { from: to - edits.length, to })
      }
      return commits
    },
    async find({ documentId, edits }, after) {
      const rows = await run(readStatement, [documentId, String(after)])
      const same = (row: unknown[] | undefined, { actor, update }: PendingUpdate) => row?.[1] === actor && toBuffer(row[2]).equals(update)
      const start = rows.findIndex((_, place) => edits.every((edit, n) => same(rows[place + n], edit)))
      if (start === -1) return undefined
      const from = Number(rows[start]?.[0]) - 1
      return { from, to: from + edits.length }
    },
  }
}

/** Converts bytes of a result: a Buffer, or the text `\x…`. */
const toBuffer = (value: unknown): Buffer => (typeof value === 'string' ? Buffer.from(value.slice(2), 'hex') : (value as Buffer))

/** Whether an author is an agent or a link, which has more columns than an id. */
const isNotPerson = (author: string | null): boolean => author?.includes(':') ?? false

function toValues(parts: DocumentUpdates[], others: boolean): ParameterValue[] {
  let documents = ''
  let firsts = ''
  let counts = ''
  let actors = ''
  let kinds = ''
  let principals = ''
  let starts = ''
  let lengths = ''
  const updates: Uint8Array[] = []
  let end = 0
  for (const { documentId, edits } of parts) {
    documents += `,${documentId}`
    firsts += `,${updates.length + 1}`
    counts += `,${edits.length}`
    for (const { actor, update } of edits) {
      const author = others && actor !== null ? parseAuthor(actor) : undefined
      actors += `,${author?.id ?? actor ?? 'null'}`
      if (others) {
        kinds += `,${author && author.kind !== 'person' ? author.kind : 'null'}`
        principals += `,${author?.onBehalfOf ?? 'null'}`
      }
      starts += `,${end + 1}`
      lengths += `,${update.length}`
      updates.push(update)
      end += update.length
    }
  }
  const list = (items: string) => `{${items.slice(1)}}`
  return [
    ...[documents, firsts, counts, actors, starts, lengths].map(list),
    Buffer.concat(updates, end),
    ...(others ? [list(kinds), list(principals)] : []),
  ]
}
