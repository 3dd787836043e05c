/** Files that are derived from the slices' manifests and from the migrations: `npm run generate` writes them, `npm run check` compares them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { slices } from '../domain/slices.ts'
import { tableTypes } from './table-types.ts'

/** The queries of the workspace that each event makes stale. */
function staleQueries(): string {
  const keys: Record<string, (readonly string[])[]> = {}
  for (const stale of slices.flatMap((slice) => slice.staleQueries)) keys[stale.on.name] = [...(keys[stale.on.name] ?? []), ...stale.keys]
  // as the formatter writes it: one event on each line
  const lines = Object.entries(keys).map(([event, list]) => `  "${event}": ${JSON.stringify(list).replaceAll(',', ', ')}`)
  return `{\n${lines.join(',\n')}\n}\n`
}

/** Their contents by path. @param dataDir an empty folder, or one that holds a migrated database */
export const derivedFiles = async (dataDir: string): Promise<Map<string, string>> =>
  new Map([
    ['web/lib/stale-queries.json', staleQueries()],
    ['domain/kernel/db/schema.ts', await tableTypes(dataDir)],
  ])

if (import.meta.main) {
  const dataDir = mkdtempSync(join(tmpdir(), 'smartstart-types-'))
  try {
    for (const [path, text] of await derivedFiles(dataDir)) writeFileSync(join(import.meta.dirname, '..', path), text)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
