/** Looks: up to which row of a document's journal each person last looked, and whether others wrote since. */
import { sql } from 'kysely'
import { z } from 'zod'
import { read, userOf } from '../access/permission.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query, type View } from '../kernel/operation.ts'
import { DocumentName, parseDocumentName } from './document.ts'
import { unreadBy } from './unread.ts'

/** How far somebody has read a document. */
export interface Look {
  /** The newest row when they last looked; 0 when they never did. */
  at: number
  lookedAt: Date | null
  /** The newest row now. */
  head: number
  /** Whether somebody else wrote since. */
  changed: boolean
}

const subjectOf = ({ documentName }: { documentName: string }) => documentName

async function lookOf(view: View, documentName: string): Promise<Look> {
  const userId = userOf(view)
  const { rows } = await sql<{ at: string | number | null; lookedAt: Date | string | null; head: string | number; changed: boolean }>`
    select l.at, l.looked_at as "lookedAt", d.head, ${unreadBy(userId, sql`l.at`)} as changed
    from document d left join document_look l on l.document = d.id and l."user" = ${userId}
    where d.id = ${parseDocumentName(documentName)?.id}`.execute(view.em.getKysely() as never)
  const [row] = rows
  if (!row) throw notFound()
  return {
    at: Number(row.at ?? 0),
    lookedAt: row.lookedAt === null ? null : new Date(row.lookedAt),
    head: Number(row.head),
    changed: row.changed,
  }
}

/** One's own last look. */
export const getLook = query('documents.getLook', {
  input: { documentName: DocumentName },
  may: read(subjectOf),
  does: (view, { documentName }) => lookOf(view, documentName),
})

/**
 * Notes that one has looked, up to a row; without one, up to the newest. A look never goes back: a tab that is behind does not take
 * back what another has seen.
 * @throws DomainError invalid-input for a row that is not there yet
 */
export const putLook = command('documents.putLook', {
  input: { documentName: DocumentName, at: z.number().int().min(0).optional() },
  may: read(subjectOf),
  async does(work, { documentName, at }): Promise<Look> {
    const id = parseDocumentName(documentName)?.id
    const { rows } = await sql`
      insert into document_look ("user", document, at, looked_at)
      select ${userOf(work)}, id, coalesce(${at ?? null}::bigint, head), ${work.now}
      from document where id = ${id} and head >= coalesce(${at ?? null}::bigint, head)
      on conflict ("user", document) do update
        set at = greatest(document_look.at, excluded.at), looked_at = greatest(document_look.looked_at, excluded.looked_at)
      returning at`.execute(work.em.getKysely() as never)
    const look = await lookOf(work, documentName)
    if (rows.length === 0) {
      const fields = [{ path: 'at', message: `takes at most ${look.head}, the newest row` }]
      throw new DomainError('invalid-input', 'There is no such row yet.', { fields })
    }
    return look
  },
})
