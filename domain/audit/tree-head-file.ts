/** The file with published tree heads in a data directory: one line of JSON for each. */
import { appendFile, mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { query } from '../kernel/operation.ts'
import { requireSystem } from '../kernel/permission.ts'
import { treeHeadFields } from './events.ts'

/** @param folder the `auditDir` of the ports */
export const treeHeadFile = (folder: string): string => join(folder, 'tree-heads.jsonl')

/** Appends a published tree head to the file of this node, once. Without a data directory nothing is written. */
export const saveTreeHead = query('audit.saveTreeHead', {
  input: treeHeadFields,
  authorize: requireSystem,
  async execute({ ports: { auditDir } }, head): Promise<void> {
    if (auditDir === undefined) return
    await mkdir(auditDir, { recursive: true, mode: 0o700 })
    const file = treeHeadFile(auditDir)
    const known = await readFile(file, 'utf8').catch(() => '')
    if (known.includes(`"root":"${head.root}"`)) return
    await appendFile(file, `${JSON.stringify(head)}\n`, { mode: 0o600 })
    const handle = await open(file, 'r')
    await handle.sync()
    await handle.close()
  },
})
