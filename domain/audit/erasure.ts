/** Erasing personal data from the audit chain. The rows stay, and the chain stays whole: it holds only commitments. */
import { sql } from 'kysely'
import { z } from 'zod'
import { DomainError } from '../kernel/errors.ts'
import { command, type CommandContext } from '../kernel/operation.ts'
import { requireAdmin } from '../kernel/permission.ts'
import { appendAudit, type AuditPlace } from './append.ts'

/** Whose personal data is erased: a person's everywhere, or of one subject. */
export interface ErasureScope {
  personId: string
  subject?: string | undefined
}

/**
 * Erases personal data with its salts, so that the commitments reveal nothing, and records when. Rows without any are left as they are.
 * @returns how many rows, and the audit row of the erasure; none where nothing was left to erase
 */
export async function erasePersonalData(
  work: CommandContext,
  { personId, subject }: ErasureScope,
): Promise<{ rows: number; place?: AuditPlace }> {
  const about = subject === undefined ? sql`true` : sql`position in (select r.position from audit_row r where r.subject = ${subject})`
  const { numAffectedRows } = await sql`
    update audit_personal_data set salt = null, details = null, erased_at = ${work.now}::timestamptz
    where person = ${personId}::uuid and details is not null and ${about}`.execute(work.db)
  const rows = Number(numAffectedRows ?? 0)
  if (rows === 0) return { rows }
  const place = await appendAudit(work, {
    action: 'personal-data.erased',
    subject: subject ?? `user:${personId}`,
    data: { personId, rows },
  })
  return { rows, place }
}

/** An administrator erases a person's data from the chain. Evidence that names them then says only that it was erased. */
export const eraseAuditData = command('audit.erasePersonalData', {
  input: { personId: z.uuid(), subject: z.string().min(1).max(200).optional().describe('only in rows about it; absent: everywhere') },
  authorize: requireAdmin,
  async execute(work, scope): Promise<{ rows: number }> {
    const { rows } = await erasePersonalData(work, scope)
    if (rows === 0) throw new DomainError('conflict', 'The audit log holds no personal data of this person, or it was erased before.')
    return { rows }
  },
})
