/** Random changes of bytes: flip, insert, delete, swap, truncate, append. */

export const mutationKinds = ['flip', 'insert', 'delete', 'swap', 'truncate', 'append'] as const
export type MutationKind = (typeof mutationKinds)[number]

export interface Mutation {
  kind: MutationKind
  /** The first byte that is different. */
  at: number
  bytes: Uint8Array
}

/** Changes some bytes at a random place. The result is never equal to what was given. */
export function mutate(bytes: Uint8Array, random: () => number): Mutation {
  for (;;) {
    const below = (limit: number) => Math.floor(random() * limit)
    const kind = mutationKinds[below(mutationKinds.length)] as MutationKind
    const at = below(bytes.length)
    const length = 1 + below(random() < 0.5 ? 2 : 200)
    const noise = Uint8Array.from({ length }, () => below(256))
    const changed = apply(bytes, { kind, at, length, noise, bit: 1 << below(8), other: below(bytes.length) })
    if (!Buffer.from(changed).equals(bytes)) return { kind, at: kind === 'append' ? bytes.length : at, bytes: changed }
  }
}

interface Change {
  kind: MutationKind
  at: number
  length: number
  noise: Uint8Array
  bit: number
  other: number
}

function apply(bytes: Uint8Array, { kind, at, length, noise, bit, other }: Change): Uint8Array {
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (kind) {
    case 'flip': {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] as number) ^ bit
      return changed
    }
    case 'insert':
      return Buffer.concat([before, noise, after])
    case 'delete':
      return Buffer.concat([before, after.subarray(length)])
    case 'swap': {
      const changed = Uint8Array.from(bytes)
      for (let place = 0; place < length && Math.max(at, other) + place < bytes.length; place++) {
        const [one, two] = [bytes[at + place] as number, bytes[other + place] as number]
        changed[at + place] = two
        changed[other + place] = one
      }
      return changed
    }
    case 'truncate':
      return Uint8Array.from(before)
    case 'append':
      return Buffer.concat([bytes, noise])
  }
}
