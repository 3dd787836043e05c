/**
 * The state of DATA_DIR when a node starts on the embedded database: empty, a complete database, or something that must not be overwritten.
 */
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, closeSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The node cannot start. The message is one sentence for the operator: what is wrong, and what to do. */
export class StartupError extends Error {}

/** Present in DATA_DIR from the first start until its database is complete. Until then nothing was served from it. */
const firstStartMarker = 'first-start-unfinished'
/** Present in DATA_DIR while a restore writes into it. */
export const restoreMarker = 'restore-unfinished'
/** The id of the restore that wrote the directory; absent where nothing was restored. */
export const restoreIdFile = 'restore-id'
/** The embedded database in DATA_DIR. */
export const databaseFolder = 'database'
/** PostgreSQL's major version, as PGlite 0.5 writes it into PG_VERSION. */
const postgresVersion = '18'
const segmentBytes = 16 * 1024 * 1024
/** PG_CONTROL_FILE_SIZE in PostgreSQL's src/include/catalog/pg_control.h. */
const controlFileBytes = 8192
/** Folders that PostgreSQL needs and does not create again. */
const requiredFolders = ['base', 'global', 'pg_wal', 'pg_xact', 'pg_multixact/members', 'pg_multixact/offsets']

/** The socket on which a running node serves backups. */
export const backupSocketFile = 'backup.socket'

/** Files that do not count as content: those of a process, and those that a file system puts at its root. */
const isIgnored = (name: string) => /^(lock(\..*)?|backup\.socket|lost\+found)$/.test(name)

/** The names in a directory that count as content. Empty where the directory does not exist. @throws StartupError */
export function listUsedFiles(dataDir: string): string[] {
  try {
    return readdirSync(dataDir).filter((name) => !isIgnored(name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw toDirectoryError(dataDir, error)
  }
}

/** The error for a directory that the operating system refuses. */
export function toDirectoryError(dataDir: string, error: unknown): StartupError {
  const reasons: Record<string, string> = {
    EROFS: 'its file system is read-only',
    EACCES: 'this user has no permission to write there',
    EPERM: 'this user has no permission to write there',
    ENOSPC: 'no space is left on its disk',
    EDQUOT: 'no space is left on its disk',
    ENOTDIR: 'it is not a folder',
    EEXIST: 'it is not a folder',
    // Node's error also where the file system of the parent folder is read-only
    ENOENT: 'it cannot be created (its parent folder is read-only or not writable)',
  }
  const { code = '', message } = error as NodeJS.ErrnoException
  return new StartupError(`DATA_DIR: ${dataDir} cannot be used: ${reasons[code] ?? message}.`, { cause: error })
}

/**
 * Checks that a directory holds a complete database or nothing. An interrupted first start begins again. Hold the lock when you call it.
 * @returns whether the database must be created (`new`)
 * @throws StartupError; then nothing was written
 */
export function prepareDirectory(dataDir: string): 'whole' | 'new' {
  const names = listUsedFiles(dataDir)
  const damage = describeDamage(dataDir, names)
  if (damage) throw new StartupError(`DATA_DIR: ${dataDir} ${damage}`)
  if (names.length > 0 && !names.includes(firstStartMarker)) return 'whole'
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    writeFileSync(join(dataDir, firstStartMarker), 'The first start in this folder did not finish. The next start begins again.\n')
    rmSync(join(dataDir, databaseFolder), { recursive: true, force: true })
  } catch (error) {
    throw toDirectoryError(dataDir, error)
  }
  return 'new'
}

/** Marks the database as complete: no later start creates it again. */
export function finishFirstStart(dataDir: string): void {
  rmSync(join(dataDir, firstStartMarker), { force: true })
}

/**
 * What is wrong with a directory, as the end of a sentence. Undefined when it is empty, holds a complete database, or an interrupted first
 * start.
 */
export function describeDamage(dataDir: string, names = listUsedFiles(dataDir)): string | undefined {
  if (names.includes(restoreMarker)) return 'holds a restore that did not finish. Empty the folder and run `npm run restore` again.'
  if (names.length === 0 || names.includes(firstStartMarker)) return undefined
  const missing = describeMissing(join(dataDir, databaseFolder))
  if (!missing) return undefined
  const files = names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '')
  return `is not empty (${files}) but holds no complete database: ${missing}. Restore a backup into an empty folder, or set DATA_DIR to an empty folder.`
}

/** What the database folder lacks, by its file names and control file; undefined when nothing is missing. */
function describeMissing(folder: string): string | undefined {
  const fileSize = (path: string) => {
    const stat = statSync(join(folder, path), { throwIfNoEntry: false })
    return stat?.isFile() ? stat.size : undefined
  }
  const pathInDataDir = (path: string) => `${databaseFolder}/${path}`
  if (!existsSync(folder)) return `${databaseFolder}/ is missing`
  for (const path of ['PG_VERSION', 'postgresql.conf', 'global/pg_control']) {
    const size = fileSize(path)
    if (size === undefined) return `${pathInDataDir(path)} is missing`
    if (size === 0) return `${pathInDataDir(path)} is empty`
  }
  const version = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim()
  if (version !== postgresVersion)
    return `${pathInDataDir('PG_VERSION')} is "${version.slice(0, 20)}"; this version of SmartStart needs ${postgresVersion}`
  if (fileSize('global/pg_control') !== controlFileBytes) return `${pathInDataDir('global/pg_control')} is truncated`
  for (const path of requiredFolders) {
    if (!statSync(join(folder, path), { throwIfNoEntry: false })?.isDirectory()) return `${pathInDataDir(path)}/ is missing`
  }
  const segment = `pg_wal/${recoverySegment(readFileSync(join(folder, 'global/pg_control')))}`
  const size = fileSize(segment)
  if (size === undefined) return `${pathInDataDir(segment)} is missing`
  if (size !== segmentBytes) return `${pathInDataDir(segment)} is truncated`
  if (isFirstPageZero(join(folder, segment))) return `${pathInDataDir(segment)} is empty`
  return undefined
}

/**
 * The segment of the write-ahead log at which recovery begins. In `ControlFileData` (PostgreSQL's src/include/catalog/pg_control.h) byte 40
 * has the redo position of the last checkpoint and byte 48 its timeline.
 * @param offset how many segments after that one
 */
export function recoverySegment(control: Buffer, offset = 0): string {
  const redo = control.readBigUInt64LE(40) + BigInt(offset * segmentBytes)
  const hex = (value: number | bigint) => value.toString(16).toUpperCase().padStart(8, '0')
  return `${hex(control.readUInt32LE(48))}${hex(redo >> 32n)}${hex((redo & 0xffffffffn) / BigInt(segmentBytes))}`
}

/** Whether the first page of a segment has no magic number, so that it was never written. */
function isFirstPageZero(path: string): boolean {
  const page = Buffer.alloc(8192)
  const descriptor = openSync(path, 'r')
  try {
    readSync(descriptor, page, 0, page.length, 0)
  } finally {
    closeSync(descriptor)
  }
  return page.readUInt16LE(0) === 0
}
