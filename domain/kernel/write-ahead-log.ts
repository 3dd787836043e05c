/** PGlite never calls fsync; before an acknowledgement leaves we sync its write-ahead log ourselves (design 5). */
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inTurns } from './turn.ts'

export interface WriteAheadLog {
  /** Resolves when every segment changed before the call is on disk. Callers that wait together share one sync. */
  sync(): Promise<void>
  stop(): Promise<void>
}

/** @param folder the `pg_wal` of an embedded database */
export function writeAheadLog(folder: string): WriteAheadLog {
  const handles = new Map<string, FileHandle>()
  const synced = new Map<string, number>()

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

  const sync = inTurns(syncChanged)
  return {
    sync,
    async stop() {
      await sync().catch(() => {})
      for (const handle of handles.values()) await handle.close()
      handles.clear()
    },
  }
}
