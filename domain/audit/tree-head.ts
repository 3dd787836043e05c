/** Tree heads: published daily, so that somebody who keeps one can tell later whether rows of the chain were replaced or cut off. */
import { appendFile, mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import canonicalize from 'canonicalize'
import { platformAudience } from '../access/audience.ts'
import { getRegistered } from '../kernel/manifest/registry.ts'
import { command, query } from '../kernel/operation.ts'
import { requireSignedIn, requireSystem } from '../kernel/permission.ts'
import { type Page, paging } from '../kernel/pagination.ts'
import { createRootReader } from './chain-tree.ts'
import { treeHeadFields, TreeHeadPublished, TreeHeadSigner } from './events.ts'
import { readAuditPage, readChainEnd } from './stored-row.ts'
import { parsePositionCursor, toPositionPage } from './position-cursor.ts'

/** A tree head, as it is published. */
export interface TreeHead {
  size: number
  root: string
  hash: string
  at: string
  signature: string | null
  certificate: string | null
}

/** The bytes that are signed: canonical JSON (RFC 8785). */
export const toSignedStatement = ({ size, root, hash, at }: Pick<TreeHead, 'size' | 'root' | 'hash' | 'at'>): Uint8Array =>
  Buffer.from(canonicalize({ format: 'smartstart-tree-head/1', size, root, hash, at }) as string)

const newestStatement = { name: 'audit newest tree head', text: 'select coalesce(max(size), 0) as size from audit_tree_head' }

/** Publishes a tree head over all rows, where there are rows that no head covers. @returns how many rows the newest head covers */
export const publishTreeHead = command('audit.publishTreeHead', {
  input: {},
  authorize: requireSystem,
  async prepare(view): Promise<TreeHead | undefined> {
    const { position: size, lastRow } = await readChainEnd(view.runPrepared)
    const [newest] = await view.runPrepared<{ size: string }>(newestStatement, [])
    // a chain that was cut off gets no head that hides it
    if (size === 0 || size !== lastRow || size <= Number(newest?.size ?? 0)) return undefined
    const [last] = await readAuditPage(view.runPrepared, size - 1, size, 1)
    const root = await createRootReader(view.runPrepared)(0, size)
    const head = { size, root: root.toString('hex'), hash: last?.hash ?? '', at: view.now.toISOString() }
    const [sign] = getRegistered(TreeHeadSigner)
    const { signature, certificate } = sign ? await sign(view, toSignedStatement(head)) : { signature: null, certificate: null }
    return { ...head, signature, certificate }
  },
  async execute(work, _input, head): Promise<{ published: TreeHead | null }> {
    if (!head) return { published: null }
    const { numInsertedOrUpdatedRows } = await work.db
      .insertInto('audit_tree_head')
      .values(head)
      // another node was faster
      .onConflict((there) => there.doNothing())
      .executeTakeFirst()
    if (Number(numInsertedOrUpdatedRows) === 0) return { published: null }
    work.emit(TreeHeadPublished, { subject: platformAudience, audience: [platformAudience], data: head })
    return { published: head }
  },
})

/** The file with the tree heads, one line of JSON for each, in a folder. */
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
    if (known.split('\n').some((line) => line.includes(`"root":"${head.root}"`))) return
    await appendFile(file, `${JSON.stringify(head)}\n`, { mode: 0o600 })
    const handle = await open(file, 'r')
    await handle.sync()
    await handle.close()
  },
})

/** Published tree heads, newest first. Everybody with an account may keep them. */
export const listTreeHeads = query('audit.listTreeHeads', {
  input: paging,
  authorize: requireSignedIn,
  async execute(view, { limit, cursor }): Promise<Page<TreeHead>> {
    const before = parsePositionCursor(cursor)
    let heads = view.db.selectFrom('audit_tree_head').selectAll().orderBy('size', 'desc').limit(limit + 1)
    if (before !== undefined) heads = heads.where('size', '<', String(before))
    const rows = await heads.execute()
    return toPositionPage(
      rows.map((row) => ({ ...row, size: Number(row.size), at: new Date(row.at).toISOString() })),
      limit,
      ({ size }) => size,
    )
  },
})
