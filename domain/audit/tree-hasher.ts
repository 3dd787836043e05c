/** Computes a Merkle tree hash leaf by leaf, with memory for one hash on each level. */
import { emptyTreeHash, hashNode } from './merkle-tree.ts'

export class TreeHasher {
  #size = 0
  /** The roots of complete subtrees, the largest first; their sizes are the binary digits of the number of leaves. */
  readonly #subtrees: Buffer[] = []

  /** @param leafHash as `hashLeaf` returned it */
  add(leafHash: Buffer): void {
    this.#subtrees.push(leafHash)
    for (let size = this.#size++; size % 2 === 1; size = Math.floor(size / 2)) {
      const right = this.#subtrees.pop() as Buffer
      this.#subtrees.push(hashNode(this.#subtrees.pop() as Buffer, right))
    }
  }

  /** The hash of the tree of all leaves so far. */
  root(): Buffer {
    return this.#subtrees.length === 0 ? emptyTreeHash : this.#subtrees.reduceRight((right, left) => hashNode(left, right))
  }
}
