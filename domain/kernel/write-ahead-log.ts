/** PGlite never calls fsync; before an acknowledgement leaves we sync its write-ahead log ourselves (design 5). */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface WriteAheadLog {
  /** Resolves when every segment changed before the call is on disk. Callers that wait together share one sync. */
  sync(): Promise<void>
  stop(): Promise<void>
}

/** @param folder the `pg_wal` of an embedded database */
export function writeAheadLog(folder: string): WriteAheadLog {
  const handles = new Map<string, FileHandle>()
  const synced = new Map<string, number>()
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function syncChanged() {
    const names = (await readdir(folder)).filter((name) => /^[0-9A-F]{24}$/.test(name))
    for (const [name, handle] of handles) {
      if (!names.includes(name)) {
        handles.delete(name)
        synced.delete(name)
        await handle.close()
      }
    }
    for (const name of names) {
      const changed = (await stat(join(folder, name))).mtimeMs
      if (synced.get(name) === changed) continue
      let handle = handles.get(name)
      if (!handle) {
        handle = await open(join(folder, name), 'r+')
        handles.set(name, handle)
      }
      await handle.datasync()
      synced.set(name, changed)
    }
  }

  return {
    sync() {
      if (!running) {
        running = syncChanged().finally(() => {
          running = undefined
        })
        return running
      }
      // one is under way and may have passed our segment already: share the next
      next ??= running
        .catch(() => {})
        .then(() => {
          next = undefined
          return this.sync()
        })
      return next
    },
    async stop() {
      await running?.catch(() => {})
      for (const handle of handles.values()) await handle.close()
      handles.clear()
    },
  }
}
