/** A disk that is soon full: a file system in memory, which only root may mount. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { createFolder } from './servers.ts'

export interface SmallDisk {
  folder: string
  /** Takes all space that is left. */
  fill(): void
  /** Gives it back. */
  free(): void
  /** Bytes that are left. */
  left(): number
  remove(): void
}

/** Mounts one of so many bytes; undefined, with one line that says so, where that is not allowed. */
export function mountSmallDisk(bytes: number): SmallDisk | undefined {
  const folder = createFolder('disk')
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmSync(folder, { recursive: true })
    console.log('Not tested here: a full disk (mounting one is not allowed).')
    return undefined
  }
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill() {
      for (let chunk = 1024 * 1024; chunk >= 1; chunk = Math.floor(chunk / 2)) {
        try {
          for (;;) appendFileSync(ballast, Buffer.alloc(chunk))
        } catch {
          // a smaller one may still find room
        }
      }
    },
    free: () => rmSync(ballast, { force: true }),
    left() {
      const { bavail, bsize } = statfsSync(folder)
      return bavail * bsize
    },
    remove() {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true })
    },
  }
}
