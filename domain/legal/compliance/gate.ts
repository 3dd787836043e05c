/** Gates: where an administrator switched them on, people take some actions only after they signed what their level requires. */
import { DomainError } from '../../kernel/errors.ts'
import { z } from 'zod'
import { command, query, type CommandContext, type QueryContext } from '../../kernel/operation.ts'
import { requireAdmin, requireSignedIn } from '../../kernel/permission.ts'
import { readCompliance } from './compliance.ts'

/** The settings of compliance. */
export interface ComplianceSettings {
  gates: boolean
}

async function readSettings(view: QueryContext): Promise<ComplianceSettings> {
  const row = await view.db.selectFrom('legal_setting').select('gates').executeTakeFirst()
  return { gates: row?.gates ?? false }
}

export const getComplianceSettings = query('legal.getComplianceSettings', { input: {}, authorize: requireSignedIn, execute: readSettings })

/** Switches the gates on or off. They are off until then. */
export const setComplianceSettings = command('legal.setComplianceSettings', {
  input: { gates: z.boolean().describe('whether creating a venture takes everything signed that your level requires') },
  authorize: requireAdmin,
  async execute(work, { gates }): Promise<ComplianceSettings> {
    await work.db
      .insertInto('legal_setting')
      .values({ id: 1, gates })
      .onConflict((there) => there.column('id').doUpdateSet({ gates }))
      .execute()
    return { gates }
  },
})

/** @throws DomainError forbidden naming what is missing, where gates are on */
export async function assertCompliant(work: CommandContext, { userId }: { userId: string }): Promise<void> {
  if (!(await readSettings(work)).gates) return
  const { requirements, missing } = await readCompliance(work, userId)
  if (missing.length === 0) return
  const titles = requirements.flatMap(({ kind, title }) => (missing.includes(kind) ? [title] : []))
  throw new DomainError('forbidden', `Sign these documents first: ${titles.join(', ')}.`, {
    fields: missing.map((kind) => ({ path: kind, message: 'not signed' })),
  })
}
