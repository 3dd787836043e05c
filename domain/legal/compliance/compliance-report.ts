/** What people see of their compliance, and what administrators change. */
import { z } from 'zod'
import { notFound } from '../../kernel/errors.ts'
import type { EventHandler } from '../../kernel/manifest/background-work.ts'
import { command, query, type QueryContext } from '../../kernel/operation.ts'
import { requireAdmin, requireSelfOrAdmin, requireSignedIn, requireSystem, requireUserId } from '../../kernel/permission.ts'
import { filterExistingAccounts } from '../../users/account.ts'
import { hasMachine, listMachineIds, readMachine } from '../../workflows/machine.ts'
import { KindPublished, KindWithdrawn } from '../events.ts'
import { type Compliance, readCompliance } from './compliance.ts'
import { followLevel, followRequirements } from './compliance-change.ts'
import { userComplianceMachine } from './compliance-machine.ts'
import { legalKindSlugs, type LegalKindSlug } from './legal-kind.ts'
import { legalLevels } from './legal-level.ts'
import { type Publication, readPublications } from './publication.ts'

/** Compliance with the state of its machine; null where nothing has moved it yet. */
export interface ComplianceReport extends Compliance {
  state: string | null
}

const userId = z.uuid()

async function readReport(view: QueryContext, id: string): Promise<ComplianceReport> {
  if (!(await filterExistingAccounts(view, [id])).has(id)) throw notFound()
  const compliance = await readCompliance(view, id)
  const state = (await hasMachine(view, userComplianceMachine, id)) ? (await readMachine(view, userComplianceMachine, id)).state : null
  return { ...compliance, state }
}

/** What a person has to sign and has signed, for the person and administrators. */
export const getCompliance = query('legal.getCompliance', {
  input: { userId },
  authorize: requireSelfOrAdmin(({ userId }) => userId),
  execute: (view, { userId }): Promise<ComplianceReport> => readReport(view, userId),
})

/** Gives a person a legal level. */
export const setLegalLevel = command('legal.setLegalLevel', {
  input: { userId, level: z.enum(legalLevels) },
  authorize: requireAdmin,
  async execute(work, { userId, level }): Promise<ComplianceReport> {
    if (!(await filterExistingAccounts(work, [userId])).has(userId)) throw notFound()
    const now = { level, since: work.now, set_by: requireUserId(work) }
    const { numInsertedOrUpdatedRows } = await work.db
      .insertInto('legal_level')
      .values({ user_id: userId, ...now })
      .onConflict((there) => there.column('user_id').doUpdateSet(now).where('legal_level.level', '<>', level))
      .executeTakeFirst()
    // the same level again changes nothing
    if (numInsertedOrUpdatedRows) await followLevel(work, userId, level)
    return readReport(work, userId)
  },
})

/** A kind, and its published text if it has one. */
export interface KindWithPublication {
  kind: LegalKindSlug
  publication: Publication | null
}

/** All kinds. They are few, so the list has one page. */
export const listLegalKinds = query('legal.listLegalKinds', {
  input: {},
  authorize: requireSignedIn,
  async execute(view): Promise<KindWithPublication[]> {
    const publications = await readPublications(view)
    return legalKindSlugs.map((kind) => ({ kind, publication: publications.get(kind) ?? null }))
  },
})

/** Persons whose machines follow a publication in one transaction. */
const batchSize = 50

/** Lets people's machines follow a text that was published or withdrawn. @returns the last person of the batch; null after the last batch */
export const followPublication = command('legal.followPublication', {
  input: { after: z.uuid().optional() },
  authorize: requireSystem,
  async execute(work, { after }): Promise<string | null> {
    const ids = await listMachineIds(work, userComplianceMachine, { after, limit: batchSize })
    for (const id of ids) await followRequirements(work, id)
    return ids.length < batchSize ? null : (ids.at(-1) as string)
  },
})

export const publicationHandler: EventHandler = {
  name: followPublication.name,
  on: () => [KindPublished.name, KindWithdrawn.name],
  async handle(run) {
    for (let after: string | null | undefined; after !== null; ) after = await run(followPublication, after === undefined ? {} : { after })
  },
}
