/** Tree heads: published daily, so that somebody who keeps one can tell later whether rows of the chain were replaced or cut off. */
import canonicalize from 'canonicalize'
import { platformAudience } from '../access/audience.ts'
import { getRegistered } from '../kernel/manifest/registry.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type PreparationContext, query } from '../kernel/operation.ts'
import { requireSignedIn, requireSystem } from '../kernel/permission.ts'
import { type Page, paging } from '../kernel/pagination.ts'
import { createRootReader } from './chain-tree.ts'
import { TreeHeadPublished } from './events.ts'
import { readAuditPage, readChainEnd } from './stored-row.ts'
import { TreeHeadSigner } from './tree-head-signer.ts'
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
    return { ...head, ...(await signHead(view, toSignedStatement(head))) }
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

/** A lost key does not stop heads from being published, unsigned. */
async function signHead(view: PreparationContext, statement: Uint8Array): Promise<Pick<TreeHead, 'signature' | 'certificate'>> {
  const [sign] = getRegistered(TreeHeadSigner)
  try {
    if (sign) return await sign(view, statement)
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'unavailable') throw error
  }
  return { signature: null, certificate: null }
}

/** Published tree heads, newest first. Everybody with an account may keep them. */
export const listTreeHeads = query('audit.listTreeHeads', {
  input: paging,
  authorize: requireSignedIn,
  async execute(view, { limit, cursor }): Promise<Page<TreeHead>> {
    const before = parsePositionCursor(cursor)
    let heads = view.db
      .selectFrom('audit_tree_head')
      .selectAll()
      .orderBy('size', 'desc')
      .limit(limit + 1)
    if (before !== undefined) heads = heads.where('size', '<', String(before))
    const rows = await heads.execute()
    return toPositionPage(
      rows.map((row) => ({ ...row, size: Number(row.size), at: new Date(row.at).toISOString() })),
      limit,
      ({ size }) => size,
    )
  },
})
