/** A lock on DATA_DIR for one process: PGlite takes none, and two processes would lose rows silently. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toDirectoryError, StartupError } from './data-dir.ts'

/** Another process is using the directory. */
export class DirectoryInUseError extends StartupError {}

export interface DirectoryLock {
  release(): void
}

/**
 * Locks the directory for this process until it releases the lock or ends.
 * @throws DirectoryInUseError naming the other process; StartupError when the directory cannot be written
 */
export function lockDirectory(directory: string): DirectoryLock {
  const lock = join(directory, 'lock')
  const ownIdentity = readProcessIdentity(process.pid)
  const draft = `${lock}.${process.pid}`
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    writeFileSync(draft, ownIdentity)
    for (;;) {
      try {
        // `link` is atomic and fails when the lock exists, and nobody can read a half-written lock
        linkSync(draft, lock)
        return { release: () => releaseIfMine(lock, ownIdentity) }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = readLock(lock)
      if (holder === undefined) continue
      const pid = Number(holder.split(' ')[0])
      // the own pid in the file comes from an earlier run in a container, where the pid is always the same
      if (pid !== process.pid && holder === readProcessIdentity(pid)) {
        throw new DirectoryInUseError(`${directory} is in use by process ${pid}; stop it, or set DATA_DIR to another folder`)
      }
      removeStale(lock, holder)
    }
  } catch (error) {
    throw error instanceof StartupError ? error : toDirectoryError(directory, error)
  } finally {
    rmSync(draft, { force: true })
  }
}

function releaseIfMine(lock: string, ownIdentity: string) {
  if (readLock(lock) === ownIdentity) rmSync(lock, { force: true })
}

/** Moves a stale lock aside. If another process replaced it in between, that lock is put back. */
function removeStale(lock: string, staleIdentity: string) {
  const aside = `${lock}.stale.${process.pid}`
  try {
    renameSync(lock, aside)
  } catch {
    return
  }
  if (readLock(aside) !== staleIdentity) {
    try {
      linkSync(aside, lock)
    } catch {
      // a third process holds the lock now
    }
  }
  unlinkSync(aside)
}

function readLock(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Identifies a process by pid and, where /proc has it, start time: a later process may have the same pid. */
function readProcessIdentity(pid: number): string {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return `${pid} gone`
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return `${pid} running`
  }
}
