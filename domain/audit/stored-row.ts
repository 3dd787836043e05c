/** Reads rows of the audit chain. By prepared statements, so that `npm run doctor` reads them, too, without a node. */
import type { RunPrepared } from '../kernel/db/prepared-read.ts'
import type { AuditRecord } from './row-hash.ts'

/** A row as it is stored, not verified. */
export interface StoredAuditRow {
  record: AuditRecord
  hash: string
  /** Absent where the row has no personal data. */
  personal?: StoredPersonalData
}

/** The personal data beside a row. Erased: without salt and details. */
export interface StoredPersonalData {
  personId: string | null
  salt: string | null
  details: Record<string, string> | null
  erasedAt: string | null
}

/** A row as a statement with `rowColumns` returns it. */
export interface AuditRowColumns {
  position: string
  at: string
  action: string
  subject: string
  actor_kind: string
  actor: string | null
  on_behalf_of: string | null
  data: string
  commitment: string | null
  previous: string
  hash: string
  has_personal: boolean
  person: string | null
  salt: string | null
  details: string | null
  erased_at: string | null
}

const isoTime = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** Columns and tables of a statement that reads rows: `r` is the chain, `d` the personal data. */
export const rowColumns = `r.position, ${isoTime('r.at')} as at, r.action, r.subject, r.actor_kind, r.actor, r.on_behalf_of, r.data::text as data,
  r.commitment, r.previous, r.hash, d.position is not null as has_personal, d.person, d.salt, d.details::text as details,
  ${isoTime('d.erased_at')} as erased_at`
export const rowTables = 'audit_row r left join audit_personal_data d on d.position = r.position'

export function toStoredRow(row: AuditRowColumns): StoredAuditRow {
  const { action, subject, at, commitment, previous, hash } = row
  return {
    record: {
      position: Number(row.position),
      at,
      action,
      subject,
      actor: { kind: row.actor_kind, id: row.actor },
      onBehalfOf: row.on_behalf_of,
      data: JSON.parse(row.data),
      commitment,
      previous,
    },
    hash,
    ...(row.has_personal && {
      personal: {
        personId: row.person,
        salt: row.salt,
        details: row.details === null ? null : (JSON.parse(row.details) as Record<string, string>),
        erasedAt: row.erased_at,
      },
    }),
  }
}

const pageStatement = {
  name: 'audit rows of a page',
  text: `select ${rowColumns} from ${rowTables} where r.position > $1::bigint and r.position <= $2::bigint order by r.position limit $3::int`,
}

/** Rows after a position up to another, in order. */
export async function readAuditPage(read: RunPrepared, after: number, upTo: number, limit: number): Promise<StoredAuditRow[]> {
  return (await read<AuditRowColumns>(pageStatement, [String(after), String(upTo), String(limit)])).map(toStoredRow)
}

/** The last row as the chain's head says: 0 and no hash where there is none. */
export interface ChainEnd {
  position: number
  hash: string | null
  /** The highest position of a row; differs from `position` in a chain that was changed. */
  lastRow: number
}

const endStatement = {
  name: 'audit end',
  text: `select (select position from audit_head) as position, (select hash from audit_head) as hash,
    coalesce((select max(position) from audit_row), 0) as last_row`,
}

export async function readChainEnd(read: RunPrepared): Promise<ChainEnd> {
  const [row] = await read<{ position: string | null; hash: string | null; last_row: string }>(endStatement, [])
  return { position: Number(row?.position ?? 0), hash: row?.hash ?? null, lastRow: Number(row?.last_row ?? 0) }
}
