import { expect, test } from 'vitest'
import {
  emptyTreeHash,
  hashLeaf,
  hashNodes,
  proveConsistency,
  proveInclusion,
  type ReadRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../domain/audit/merkle-tree.ts'
import { TreeHasher } from '../../domain/audit/tree-hasher.ts'
import { createRandom, readSeed } from '../support/random.ts'

/** The leaves and roots of the test suite of RFC 6962's reference implementation (certificate-transparency, `merkletree`). */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) =>
  Buffer.from(hex, 'hex'),
)
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

const readerOf =
  (hashes: Buffer[]): ReadRoot =>
  async (start, end) =>
    hashNodes(hashes.slice(start, end))

test('tree hashes are those of the vectors of RFC 6962, also leaf by leaf', () => {
  expect(emptyTreeHash.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  const hasher = new TreeHasher()
  expect(hasher.root()).toEqual(emptyTreeHash)
  for (const [place, root] of roots.entries()) {
    expect(hashNodes(leaves.slice(0, place + 1).map(hashLeaf)).toString('hex')).toBe(root)
    hasher.add(hashLeaf(leaves[place] as Buffer))
    expect(hasher.root().toString('hex')).toBe(root)
  }
})

test('the proofs are those of the vectors', async () => {
  const readRoot = readerOf(leaves.map(hashLeaf))
  const hex = async (proof: Promise<Buffer[]>) => (await proof).map((hash) => hash.toString('hex'))
  expect(await hex(proveInclusion(0, 1, readRoot))).toEqual([])
  expect(await hex(proveInclusion(0, 8, readRoot))).toEqual([
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ])
  expect(await hex(proveInclusion(2, 3, readRoot))).toEqual(['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'])
  expect(await hex(proveConsistency(1, 1, readRoot))).toEqual([])
  expect(await hex(proveConsistency(6, 8, readRoot))).toEqual([
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ])
})

test('every proof of trees up to 40 leaves is accepted, and none with another leaf, size, root or path', async () => {
  const random = createRandom(readSeed('merkle tree'))
  const hashes = Array.from({ length: 40 }, (_, place) => hashLeaf(Buffer.from([place])))
  const readRoot = readerOf(hashes)
  const wrong = hashLeaf(Buffer.from('wrong'))
  for (let size = 1; size <= hashes.length; size++) {
    const root = await readRoot(0, size)
    for (let leaf = 0; leaf < size; leaf++) {
      const path = await proveInclusion(leaf, size, readRoot)
      expect(verifyInclusion(hashes[leaf] as Buffer, leaf, size, path, root)).toBe(true)
      expect(verifyInclusion(wrong, leaf, size, path, root)).toBe(false)
      expect(verifyInclusion(hashes[leaf] as Buffer, leaf, size, path, wrong)).toBe(false)
      expect(verifyInclusion(hashes[leaf] as Buffer, leaf, size, [...path, wrong], root)).toBe(false)
      if (path.length > 0) {
        const place = Math.floor(random() * path.length)
        expect(verifyInclusion(hashes[leaf] as Buffer, leaf, size, path.with(place, wrong), root)).toBe(false)
        expect(verifyInclusion(hashes[leaf] as Buffer, leaf, size, path.slice(1), root)).toBe(false)
      }
    }
    for (let before = 1; before <= size; before++) {
      const path = await proveConsistency(before, size, readRoot)
      const earlier = { size: before, root: await readRoot(0, before) }
      expect(verifyConsistency(earlier, { size, root }, path), `${before} ${size}`).toBe(true)
      expect(verifyConsistency({ ...earlier, root: wrong }, { size, root }, path)).toBe(false)
      if (before < size) expect(verifyConsistency(earlier, { size, root: wrong }, path)).toBe(false)
      expect(verifyConsistency(earlier, { size, root }, [...path, wrong])).toBe(false)
    }
  }
  expect(verifyInclusion(wrong, 1, 1, [], wrong)).toBe(false)
  expect(verifyConsistency({ size: 2, root: wrong }, { size: 1, root: wrong }, [])).toBe(false)
})
