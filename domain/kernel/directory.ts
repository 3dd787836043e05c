/** One process a data directory: PGlite takes no lock of its own, and two would lose rows silently (stack 3.4). */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Another process has the directory open. */
export class DirectoryInUse extends Error {}

export interface DirectoryLock {
  release(): void
}

/**
 * Takes the directory for this process, until released or dead.
 * @throws DirectoryInUse naming the process that has it
 */
export function lockDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const lock = join(directory, 'lock')
  const mine = identityOf(process.pid)
  const draft = `${lock}.${process.pid}`
  writeFileSync(draft, mine)
  try {
    for (;;) {
      try {
        // link is atomic and fails when the lock exists, and the lock is never seen half written
        linkSync(draft, lock)
        return { release: () => releaseIfMine(lock, mine) }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = readLock(lock)
      if (holder === undefined) continue
      const pid = Number(holder.split(' ')[0])
      // our own pid in the file means a former life in a container, where it is always the same
      if (pid !== process.pid && holder === identityOf(pid)) {
        throw new DirectoryInUse(`${directory} is in use by process ${pid}; stop it, or set DATA_DIR to another folder`)
      }
      removeStale(lock, holder)
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

function releaseIfMine(lock: string, mine: string) {
  if (readLock(lock) === mine) rmSync(lock, { force: true })
}

/** Moves the stale lock aside; should another starter have replaced it in between, puts theirs back. */
function removeStale(lock: string, stale: string) {
  const aside = `${lock}.stale.${process.pid}`
  try {
    renameSync(lock, aside)
  } catch {
    return
  }
  if (readLock(aside) !== stale) {
    try {
      linkSync(aside, lock)
    } catch {
      // a third has taken the lock meanwhile, and holds it
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

/** A process, told apart from a later one of the same number by its start time where /proc tells it. */
function identityOf(pid: number): string {
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
