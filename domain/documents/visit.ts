/** Visits: the journal row up to which each person last viewed a document, and whether others wrote since. */
import { sql } from 'kysely'
import { z } from 'zod'
import { requireViewer } from '../access/permission.ts'
import { requireUserId } from '../kernel/permission.ts'
import type { TableRow } from '../kernel/db/table-row.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query, type QueryContext } from '../kernel/operation.ts'
import { DocumentName, parseDocumentName } from './document.ts'
import { unreadCondition } from './unread.ts'

/** A person's last visit to a document. */
export interface LastVisit {
  /** The newest row at that time; 0 when they never visited. */
  at: number
  lookedAt: Date | null
  /** The newest row now. */
  head: number
  /** Whether someone else wrote since. */
  changed: boolean
}

const subjectOf = ({ documentName }: { documentName: string }) => documentName

type Row = TableRow<'document', 'head'> & { at: string | null; lookedAt: string | null; changed: boolean }

async function readLastVisit(view: QueryContext, documentName: string): Promise<LastVisit> {
  const userId = requireUserId(view)
  const { rows } = await sql<Row>`
    select l.at, l.looked_at as "lookedAt", d.head, ${unreadCondition(userId, sql`l.at`)} as changed
    from document d left join document_look l on l.document = d.id and l."user" = ${userId}
    where d.id = ${parseDocumentName(documentName)?.id}`.execute(view.db)
  const [row] = rows
  if (!row) throw notFound()
  return {
    at: Number(row.at ?? 0),
    lookedAt: row.lookedAt === null ? null : new Date(row.lookedAt),
    head: Number(row.head),
    changed: row.changed,
  }
}

/** The actor's own last visit. */
export const getLastVisit = query('documents.getLook', {
  input: { documentName: DocumentName },
  authorize: requireViewer(subjectOf),
  execute: (view, { documentName }) => readLastVisit(view, documentName),
})

/**
 * Records a visit up to a row, or the newest one. It never moves back: a tab that is behind does not undo the visit of another.
 * @throws DomainError invalid-input for a row that does not exist yet
 */
export const recordVisit = command('documents.putLook', {
  input: { documentName: DocumentName, at: z.number().int().min(0).optional() },
  authorize: requireViewer(subjectOf),
  async execute(work, { documentName, at }): Promise<LastVisit> {
    const id = parseDocumentName(documentName)?.id
    const { rows } = await sql`
      insert into document_look ("user", document, at, looked_at)
      select ${requireUserId(work)}, id, coalesce(${at ?? null}::bigint, head), ${work.now}
      from document where id = ${id} and head >= coalesce(${at ?? null}::bigint, head)
      on conflict ("user", document) do update
        set at = greatest(document_look.at, excluded.at), looked_at = greatest(document_look.looked_at, excluded.looked_at)
      returning at`.execute(work.db)
    const look = await readLastVisit(work, documentName)
    if (rows.length === 0) {
      const fields = [{ path: 'at', message: `must be at most ${look.head}, the newest row` }]
      throw new DomainError('invalid-input', 'This row does not exist yet.', { fields })
    }
    return look
  },
})
