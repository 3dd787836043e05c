/** A small disk for tests of a full disk: a tmpfs, which only root may mount. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createFolder } from './servers.ts'

export interface SmallDisk {
  folder: string
  /** Fills the free space. */
  fill(): void
  /** Frees the filled space. */
  free(): void
  remove(): void
}

/** Mounts a disk of a size in bytes. Where that is not allowed, logs that and returns undefined. */
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
          // a smaller chunk may still fit
        }
      }
    },
    free: () => rmSync(ballast, { force: true }),
    remove() {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true })
    },
  }
}
