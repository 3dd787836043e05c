/** Merkle trees as RFC 6962 defines them (section 2.1): tree hashes, inclusion proofs and consistency proofs. Pure functions on bytes. */
import { createHash } from 'node:crypto'

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

/** The hash of a leaf. */
export const hashLeaf = (leaf: Uint8Array): Buffer => sha256(leafPrefix, leaf)
/** The hash of a node above two others. */
export const hashNode = (left: Uint8Array, right: Uint8Array): Buffer => sha256(nodePrefix, left, right)

/** The hash of a tree without leaves. */
export const emptyTreeHash = sha256()

/** The largest power of two below a number of at least 2. */
export const splitOf = (count: number): number => 2 ** Math.ceil(Math.log2(count) - 1)

/** The tree hash of nodes: leaf hashes, or roots of complete subtrees of one size, of which the last may be smaller. */
export function hashNodes(nodes: readonly Buffer[]): Buffer {
  if (nodes.length === 0) return emptyTreeHash
  let level = [...nodes]
  while (level.length > 1) {
    const above: Buffer[] = []
    for (let place = 0; place < level.length; place += 2) {
      const [left, right] = [level[place] as Buffer, level[place + 1]]
      above.push(right ? hashNode(left, right) : left)
    }
    level = above
  }
  return level[0] as Buffer
}

/** Reads the tree hash of the leaves from `start` up to, but not including, `end`. */
export type ReadRoot = (start: number, end: number) => Promise<Buffer>

/** The inclusion proof of a leaf (counted from 0) in the tree of the first `size` leaves: the hashes beside its path, the lowest first. */
export async function proveInclusion(leaf: number, size: number, readRoot: ReadRoot): Promise<Buffer[]> {
  const path: Buffer[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + splitOf(end - start)
    if (leaf < middle) {
      path.push(await readRoot(middle, end))
      end = middle
    } else {
      path.push(await readRoot(start, middle))
      start = middle
    }
  }
  return path.reverse()
}

/** The consistency proof between the trees of the first `before` and the first `size` leaves; `before` is at least 1. */
export async function proveConsistency(before: number, size: number, readRoot: ReadRoot): Promise<Buffer[]> {
  const path: Buffer[] = []
  let [start, end] = [0, size]
  let isWhole = true
  while (before !== end) {
    const middle = start + splitOf(end - start)
    if (before <= middle) {
      path.push(await readRoot(middle, end))
      end = middle
    } else {
      path.push(await readRoot(start, middle))
      start = middle
      isWhole = false
    }
  }
  if (!isWhole) path.push(await readRoot(start, end))
  return path.reverse()
}

/** Whether a proof shows that a leaf hash is the leaf `leaf` (counted from 0) of the tree with `size` leaves and this root. */
export function verifyInclusion(leafHash: Uint8Array, leaf: number, size: number, path: readonly Uint8Array[], root: Uint8Array): boolean {
  if (!isCount(leaf) || !isCount(size) || leaf >= size) return false
  let [place, last] = [leaf, size - 1]
  let hash: Uint8Array = leafHash
  for (const beside of path) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      hash = hashNode(beside, hash)
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)]
    } else hash = hashNode(hash, beside)
    ;[place, last] = [Math.floor(place / 2), Math.floor(last / 2)]
  }
  return last === 0 && Buffer.from(hash).equals(root)
}

/** Whether a proof shows that the tree with `size` leaves extends the one with the first `before` leaves. */
export function verifyConsistency(
  { size: before, root: rootBefore }: { size: number; root: Uint8Array },
  { size, root }: { size: number; root: Uint8Array },
  path: readonly Uint8Array[],
): boolean {
  if (!isCount(before) || !isCount(size) || before > size) return false
  if (before === size) return path.length === 0 && Buffer.from(rootBefore).equals(root)
  if (before === 0) return path.length === 0
  const isPowerOfTwo = Number.isInteger(Math.log2(before))
  const [first, ...others] = isPowerOfTwo ? [rootBefore, ...path] : path
  if (!first) return false
  let [place, last] = [before - 1, size - 1]
  while (place % 2 === 1) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)]
  let [earlier, later]: [Uint8Array, Uint8Array] = [first, first]
  for (const beside of others) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      earlier = hashNode(beside, earlier)
      later = hashNode(beside, later)
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)]
    } else later = hashNode(later, beside)
    ;[place, last] = [Math.floor(place / 2), Math.floor(last / 2)]
  }
  return last === 0 && Buffer.from(earlier).equals(rootBefore) && Buffer.from(later).equals(root)
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
