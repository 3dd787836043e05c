/** The legal level of a person, which administrators set. */
import type { QueryContext } from '../../kernel/operation.ts'
import { findUser } from '../../users/account.ts'
import { defaultLegalLevel, type LegalLevel } from './legal-level.ts'

export interface PersonLevel {
  level: LegalLevel
  /** When the person got it: their registration, where it is the default. */
  since: Date
}

/** The level of a person. @throws DomainError not-found for an unknown person */
export async function readLevel(view: QueryContext, userId: string): Promise<PersonLevel> {
  const row = await view.db.selectFrom('legal_level').select(['level', 'since']).where('user_id', '=', userId).executeTakeFirst()
  if (row) return { level: row.level as LegalLevel, since: new Date(row.since) }
  return { level: defaultLegalLevel, since: (await findUser(view, userId)).createdAt }
}
