/** Reading the audit chain: administrators read all of it, readers of a subject its rows. */
import { z } from 'zod'
import { sql } from 'kysely'
import { requireViewer } from '../access/permission.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { type Permission, query, type QueryContext } from '../kernel/operation.ts'
import { type Page, paging } from '../kernel/pagination.ts'
import { isAdmin, requireAdmin, requireUserId } from '../kernel/permission.ts'
import { createRootReader } from './chain-tree.ts'
import { checkChain, type ChainReport } from './chain-check.ts'
import { proveConsistency, proveInclusion } from './merkle-tree.ts'
import { parsePositionCursor, toPositionPage } from './position-cursor.ts'
import { type AuditRowColumns, readAuditPage, readChainEnd, rowColumns, rowTables, type StoredAuditRow, toStoredRow } from './stored-row.ts'

const Position = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'must be a position: 1 or more')
  .transform(Number)
const Hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
const Subject = z.string().min(1).max(200)

/** Administrators, and readers of the subject that is asked for. */
const requireAuditReader: Permission<{ subject?: string | undefined }> = async (view, { subject }) => {
  if (view.actor.kind === 'system' || isAdmin(view)) return
  requireUserId(view)
  if (subject === undefined)
    throw new DomainError('forbidden', 'Only administrators can read all rows. Give a `subject` that you can read.')
  await requireViewer(() => subject)(view, undefined)
}

/** Leaves out the personal data of others, except for administrators. */
function withVisibleData(view: QueryContext, row: StoredAuditRow): StoredAuditRow {
  const { personal, ...rest } = row
  if (!personal || view.actor.kind === 'system' || isAdmin(view) || personal.personId === view.actor.id) return row
  return { ...rest, ...(personal.erasedAt !== null && { personal }) }
}

/** Rows of the chain, newest first. */
export const listAuditRows = query('audit.listRows', {
  input: {
    ...paging,
    subject: Subject.optional().describe('what the act was about, as `legal:<id>`; required unless you are an administrator'),
    action: z.string().min(1).max(80).optional().describe('for example `party.signed`'),
    actorId: z.uuid().optional(),
  },
  authorize: requireAuditReader,
  async execute(view, { limit, cursor, subject, action, actorId }): Promise<Page<StoredAuditRow>> {
    const before = parsePositionCursor(cursor)
    const conditions = [sql`true`]
    if (subject !== undefined) conditions.push(sql`r.subject = ${subject}`)
    if (action !== undefined) conditions.push(sql`r.action = ${action}`)
    if (actorId !== undefined) conditions.push(sql`r.actor = ${actorId}::uuid`)
    if (before !== undefined) conditions.push(sql`r.position < ${before}::bigint`)
    const { rows } = await sql<AuditRowColumns>`
      select ${sql.raw(rowColumns)} from ${sql.raw(rowTables)}
      where ${sql.join(conditions, sql` and `)} order by r.position desc limit ${limit + 1}`.execute(view.db)
    return toPositionPage(
      rows.map((row) => withVisibleData(view, toStoredRow(row))),
      limit,
      ({ record }) => record.position,
    )
  },
})

/** The rows about a subject, oldest first, with the personal data, for the slices that prove what happened to it. */
export async function readAuditRows(view: QueryContext, subject: string): Promise<StoredAuditRow[]> {
  const { rows } = await sql<AuditRowColumns>`
    select ${sql.raw(rowColumns)} from ${sql.raw(rowTables)} where r.subject = ${subject} order by r.position`.execute(view.db)
  return rows.map(toStoredRow)
}

/** Proves that a row is one of the first `size` rows of the chain. Hashes are hexadecimal digits. */
export interface InclusionProof {
  position: number
  /** The hash of the row. The leaf is SHA-256 of a zero byte and this hash. */
  hash: string
  size: number
  root: string
  /** The hashes beside the path to the root, the lowest first (RFC 6962, 2.1.1). */
  path: string[]
}

/** Proves that a row is in the chain. @param size absent: all rows that exist now @throws DomainError not-found, invalid-input */
export async function readInclusionProof(view: QueryContext, position: number, size?: number): Promise<InclusionProof> {
  const end = (await readChainEnd(view.runPrepared)).position
  const covered = size ?? end
  const [row] = await readAuditPage(view.runPrepared, position - 1, position, 1)
  if (!row) throw notFound()
  if (covered > end || covered < position) throw sizeError(`must be from ${position} to ${end}`)
  const readRoot = createRootReader(view.runPrepared)
  const path = await proveInclusion(position - 1, covered, readRoot)
  const root = await readRoot(0, covered)
  return { position, hash: row.hash, size: covered, root: root.toString('hex'), path: path.map((hash) => hash.toString('hex')) }
}

const sizeError = (message: string) => new DomainError('invalid-input', `size: ${message}`, { fields: [{ path: 'size', message }] })

/** Administrators, readers of the row's subject, and who acted. */
const requireRowReader: Permission<{ position: number }> = async (view, { position }) => {
  if (view.actor.kind === 'system' || isAdmin(view)) return
  const userId = requireUserId(view)
  const [row] = await readAuditPage(view.runPrepared, position - 1, position, 1)
  if (!row) throw notFound()
  if (row.record.actor.id !== userId) await requireViewer(() => row.record.subject)(view, undefined)
}

export const getAuditRow = query('audit.getRow', {
  input: { position: Position },
  authorize: requireRowReader,
  async execute(view, { position }): Promise<StoredAuditRow> {
    const [row] = await readAuditPage(view.runPrepared, position - 1, position, 1)
    if (!row) throw notFound()
    return withVisibleData(view, row)
  },
})

export const getInclusionProof = query('audit.getProof', {
  input: { position: Position, size: Position.optional().describe('of the tree, as in a tree head; absent: all rows') },
  authorize: requireRowReader,
  execute: (view, { position, size }): Promise<InclusionProof> => readInclusionProof(view, position, size),
})

/** Proves that the chain with `size` rows begins with the rows of the one with `from` rows. */
export interface ConsistencyProof {
  from: number
  size: number
  rootFrom: string
  root: string
  /** As RFC 6962 defines it (2.1.2). */
  path: string[]
}

export const getConsistencyProof = query('audit.getConsistencyProof', {
  input: { from: Position, size: Position.optional() },
  authorize: (view) => void requireUserId(view),
  async execute(view, { from, size }): Promise<ConsistencyProof> {
    const end = (await readChainEnd(view.runPrepared)).position
    const covered = size ?? end
    if (covered > end || covered < from) throw sizeError(`must be from ${from} to ${end}`)
    const readRoot = createRootReader(view.runPrepared)
    const path = await proveConsistency(from, covered, readRoot)
    const [rootFrom, root] = [await readRoot(0, from), await readRoot(0, covered)]
    const toHex = (hash: Buffer) => hash.toString('hex')
    return { from, size: covered, rootFrom: toHex(rootFrom), root: toHex(root), path: path.map(toHex) }
  },
})

/** Checks the whole chain, and whether it extends a saved tree head. */
export const checkAudit = query('audit.check', {
  input: {
    size: Position.optional().describe('of a tree head that you kept'),
    root: Hash.optional().describe('of that tree head'),
  },
  authorize: requireAdmin,
  async execute(view, { size, root }): Promise<ChainReport> {
    if ((size === undefined) !== (root === undefined)) {
      const message = 'give `size` and `root` together'
      throw new DomainError('invalid-input', `A tree head has a size and a root: ${message}.`, {
        fields: [{ path: size ? 'root' : 'size', message }],
      })
    }
    return checkChain(view.runPrepared, size !== undefined && root !== undefined ? [{ size, root }] : [])
  },
})
