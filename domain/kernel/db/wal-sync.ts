/** Syncs the write-ahead log before an acknowledgement is sent: PGlite never calls fsync. */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { coalesce } from '../scheduling.ts'

export interface WriteAheadLog {
  /** Resolves when every segment changed before the call is on disk. Concurrent callers share one sync. */
  sync(): Promise<void>
  stop(): Promise<void>
}

/**
 * A file's modification time has the resolution of the kernel tick, at most 10 ms (CONFIG_HZ=100), so a write shortly after another may not
 * change it. Only an older time proves that nothing was written since. Milliseconds.
 */
const clockTickMs = 50

/** @param folder the `pg_wal` of an embedded database */
export function openWriteAheadLog(folder: string): WriteAheadLog {
  const handles = new Map<string, FileHandle>()
  const synced = new Map<string, number>()

  async function closeRemoved(names: string[]) {
    for (const [name, handle] of handles) {
      if (names.includes(name)) continue
      handles.delete(name)
      synced.delete(name)
      await handle.close()
    }
  }

  async function syncSegment(name: string) {
    const at = Date.now()
    const changed = (await stat(join(folder, name))).mtimeMs
    if (synced.get(name) === changed) return
    let handle = handles.get(name)
    if (!handle) {
      handle = await open(join(folder, name), 'r+')
      handles.set(name, handle)
    }
    await handle.datasync()
    if (at - changed > clockTickMs) synced.set(name, changed)
  }

  async function syncChanged() {
    for (;;) {
      const names = (await readdir(folder)).filter((name) => /^[0-9A-F]{24}$/.test(name))
      await closeRemoved(names)
      try {
        for (const name of names) await syncSegment(name)
        return
      } catch (error) {
        // a checkpoint renamed or removed a segment after it was listed
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
  }

  const sync = coalesce(syncChanged)
  return {
    sync,
    async stop() {
      await sync().catch(() => {})
      for (const handle of handles.values()) await handle.close()
      handles.clear()
    },
  }
}
