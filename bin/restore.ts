/** `npm run restore -- <file>`: restores a backup of an embedded installation into an empty DATA_DIR. */
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ConfigError, readConfig } from '../config.ts'
import { InvalidBackupError, unpackBackup, verifyBackup } from '../domain/kernel/backup/backup-file.ts'
import {
  toDirectoryError,
  describeDamage,
  listUsedFiles,
  restoreIdFile,
  restoreMarker,
  StartupError,
} from '../domain/kernel/db/data-dir.ts'
import { lockDirectory } from '../domain/kernel/db/data-dir-lock.ts'
import { syncFolder } from '../domain/kernel/token-secret.ts'

/** The command cannot go on; the message is one sentence for the operator. */
class CommandError extends Error {}

function assertEmpty(dataDir: string) {
  const files = listUsedFiles(dataDir)
  if (files.length > 0)
    throw new CommandError(
      `DATA_DIR: ${dataDir} is not empty (${files[0]}): move it away, or set DATA_DIR to an empty folder. Nothing was written.`,
    )
}

async function restore(): Promise<string> {
  const { dataDir, databaseUrl } = readConfig(process.env)
  if (databaseUrl) throw new CommandError('DATABASE_URL is set: restore PostgreSQL with its own tools (docs/backup.md, "PostgreSQL").')
  const name = process.argv[2]
  if (!name) throw new CommandError('Name the backup: npm run restore -- <file>')
  const file = resolve(process.env.INIT_CWD ?? '.', name)
  assertEmpty(dataDir)
  const backup = await verifyBackup(file)
  const existed = existsSync(dataDir)
  const lock = lockDirectory(dataDir)
  try {
    assertEmpty(dataDir)
    const files = await fillDirectory(dataDir, () => unpackBackup(file, backup, dataDir))
    lock.release()
    return `Restored ${files} files into ${dataDir} from ${file} (made at ${backup.header.madeAt} by SmartStart ${backup.header.version}). Start with: npm start`
  } catch (error) {
    lock.release()
    if (!existed && readdirSync(dataDir).length === 0) rmdirSync(dataDir)
    throw error
  }
}

/** Fills an empty directory. A marker prevents a node from starting until it is complete. After a failure it is empty again. */
async function fillDirectory(dataDir: string, unpack: () => Promise<number>): Promise<number> {
  const marker = join(dataDir, restoreMarker)
  try {
    writeFileSync(marker, 'A restore into this folder did not finish.\n')
    const files = await unpack()
    // a new id, so that positions that subscribers had after the backup are recognized as invalid
    writeFileSync(join(dataDir, restoreIdFile), `${randomUUID()}\n`, { mode: 0o600 })
    const damage = describeDamage(
      dataDir,
      listUsedFiles(dataDir).filter((name) => name !== restoreMarker),
    )
    if (damage) throw new InvalidBackupError(`The backup ${damage}`)
    for (const folder of readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory())) {
      syncFolder(join(folder.parentPath, folder.name))
    }
    rmSync(marker)
    syncFolder(dataDir)
    syncFolder(dirname(dataDir))
    return files
  } catch (error) {
    for (const name of listUsedFiles(dataDir)) rmSync(join(dataDir, name), { recursive: true, force: true })
    throw error instanceof InvalidBackupError ? error : toDirectoryError(dataDir, error)
  }
}

try {
  console.log(await restore())
} catch (error) {
  const known = [CommandError, ConfigError, StartupError, InvalidBackupError].some((kind) => error instanceof kind)
  console.error(known ? (error as Error).message : `The restore failed: ${(error as Error).message}.`)
  process.exitCode = 1
}
