/** The Merkle tree over the audit chain: its leaves are the hashes of the rows, in order. */
import type { RunPrepared } from '../kernel/db/prepared-read.ts'
import { yieldToWriters } from '../kernel/scheduling.ts'
import { hashLeaf, hashNodes, type ReadRoot } from './merkle-tree.ts'

/** Leaves of a subtree whose root is kept in memory. A power of two. */
const blockLeaves = 1024
const maxKnownBlocks = 10_000
/** Roots of complete blocks by the hash of their last row, which covers all rows before it. */
const knownBlocks = new Map<string, Buffer>()

const hashesStatement = {
  name: 'audit hashes of a stretch',
  text: 'select hash from audit_row where position > $1::bigint and position <= $2::bigint order by position',
}
const hashStatement = { name: 'audit hash of a row', text: 'select hash from audit_row where position = $1::bigint' }

/** The leaf hash of a row, by the row's hash. */
export const toLeafHash = (rowHash: string): Buffer => hashLeaf(Buffer.from(rowHash, 'hex'))

/** Reads tree hashes of the rows: leaf 0 is row 1. @throws Error where rows are missing */
export function createRootReader(read: RunPrepared): ReadRoot {
  let lastLeaves: { start: number; hashes: Buffer[] } | undefined
  const readLeaves = async (start: number, end: number): Promise<Buffer[]> => {
    if (lastLeaves?.start === start && lastLeaves.hashes.length === end - start) return lastLeaves.hashes
    const rows = await read<{ hash: string }>(hashesStatement, [String(start), String(end)])
    if (rows.length !== end - start) throw new Error(`Rows of the audit chain are missing between ${start + 1} and ${end}.`)
    lastLeaves = { start, hashes: rows.map(({ hash }) => toLeafHash(hash)) }
    return lastLeaves.hashes
  }
  const readBlock = async (start: number): Promise<Buffer> => {
    const [last] = await read<{ hash: string }>(hashStatement, [String(start + blockLeaves)])
    const key = `${start} ${last?.hash}`
    const known = knownBlocks.get(key)
    if (known) return known
    await yieldToWriters()
    const root = hashNodes(await readLeaves(start, start + blockLeaves))
    if (knownBlocks.size >= maxKnownBlocks) knownBlocks.clear()
    knownBlocks.set(key, root)
    return root
  }
  return async (start, end) => {
    const nodes: Buffer[] = []
    let place = start
    if (start % blockLeaves === 0) for (; place + blockLeaves <= end; place += blockLeaves) nodes.push(await readBlock(place))
    if (place < end) nodes.push(hashNodes(await readLeaves(place, end)))
    return hashNodes(nodes)
  }
}
