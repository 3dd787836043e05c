/** The audit log in `npm run doctor`: checks its chain without a node, also against the tree heads that DATA_DIR keeps. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Config } from '../config.ts'
import { checkChain, type SavedHead } from '../domain/audit/chain-check.ts'
import { treeHeadFile } from '../domain/audit/tree-head-file.ts'
import { databaseFolder } from '../domain/kernel/db/data-dir.ts'
import { DirectoryInUseError, lockDirectory } from '../domain/kernel/db/data-dir-lock.ts'
import { openPglite } from '../domain/kernel/db/pglite.ts'
import type { RunPrepared } from '../domain/kernel/db/prepared-read.ts'

const existsStatement = { name: 'audit exists', text: `select to_regclass('audit_row') is not null as made` }

/** Checks the chain. @returns what was found, for people @throws Error naming the first broken row */
export async function checkAuditLog({ dataDir, databaseUrl, auditDir }: Config): Promise<string> {
  const saved = auditDir === undefined ? [] : readSavedHeads(treeHeadFile(auditDir))
  if (databaseUrl) return withPostgres(databaseUrl, (read) => describeChain(read, saved))
  if (!existsSync(join(dataDir, databaseFolder))) return 'empty'
  try {
    return await withEmbedded(dataDir, (read) => describeChain(read, saved))
  } catch (error) {
    if (error instanceof DirectoryInUseError) return 'not checked while the node runs: as an administrator, GET /api/audit/check'
    throw error
  }
}

async function describeChain(read: RunPrepared, saved: SavedHead[]): Promise<string> {
  const [known] = await read<{ made: boolean }>(existsStatement, [])
  if (!known?.made) return 'empty'
  const { broken, rows, confirmedHeads, erased } = await checkChain(read, saved)
  if (broken) throw new Error(`row ${broken.position} is broken (${broken.problem}): ${broken.message} Nothing was repaired.`)
  const erasures = erased.count > 0 ? `, personal data of ${erased.count} rows was erased` : ''
  return `${rows} rows, unbroken, ${confirmedHeads} saved tree heads confirmed${erasures}`
}

/** The heads in the file of a data directory. Lines that are none are left out. */
function readSavedHeads(file: string): SavedHead[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        const { size, root, at } = JSON.parse(line) as SavedHead
        return typeof size === 'number' && typeof root === 'string' ? [{ size, root, at }] : []
      } catch {
        return []
      }
    })
}

async function withPostgres(url: string, check: (read: RunPrepared) => Promise<string>): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    return await check(async ({ text }, values) => (await client.query(text, values)).rows)
  } finally {
    await client.end()
  }
}

async function withEmbedded(dataDir: string, check: (read: RunPrepared) => Promise<string>): Promise<string> {
  const lock = lockDirectory(dataDir)
  try {
    const pglite = await openPglite(join(dataDir, databaseFolder))
    try {
      return await check(async <R>({ text }: { text: string }, values: unknown[]) => (await pglite.query<R>(text, values)).rows)
    } finally {
      await pglite.close()
    }
  } finally {
    lock.release()
  }
}
