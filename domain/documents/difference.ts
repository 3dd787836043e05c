/**
 * What became of a list: the shortest way from one to another, by the greedy algorithm of E. W. Myers, "An O(ND) Difference Algorithm and
 * Its Variations" (1986). Our own since the package `diff` takes 300 ns for a step, of which there are 4.5 million where two texts have little
 * in common: for 1.5 s nobody on the node could type. This takes 15.
 */

/** So many things in a row that stayed, came or went. What went stands before what came in its place. */
export interface Difference {
  change: 'same' | 'inserted' | 'deleted'
  count: number
}

/**
 * Compares two lists, thing by thing (`===`).
 * @param mostSteps so many that came or went are looked for, which bounds the work to its square; at most some thousands, for it takes as many bytes
 * @returns together as long as both lists; undefined where more came and went
 */
export function differencesOf(before: readonly string[], after: readonly string[], mostSteps: number): Difference[] | undefined {
  const [old, present] = numbered(before, after)
  const shorter = Math.min(old.length, present.length)
  let start = 0
  while (start < shorter && old[start] === present[start]) start++
  let end = 0
  while (end < shorter - start && old[old.length - 1 - end] === present[present.length - 1 - end]) end++
  const kept = shared(old.subarray(start, old.length - end), present.subarray(start, present.length - end), mostSteps)
  if (!kept) return undefined
  const differences: Difference[] = []
  const tell = (change: Difference['change'], count: number) => {
    const last = differences.at(-1)
    if (count > 0 && last?.change === change) last.count += count
    else if (count > 0) differences.push({ change, count })
  }
  tell('same', start)
  let [was, is] = [0, 0]
  for (const { x, y, length } of [...kept, { x: old.length - start - end, y: present.length - start - end, length: 0 }]) {
    tell('deleted', x - was)
    tell('inserted', y - is)
    tell('same', length)
    ;[was, is] = [x + length, y + length]
  }
  tell('same', end)
  return differences
}

/** Both as numbers, the same for what is the same. */
function numbered(before: readonly string[], after: readonly string[]): [Int32Array, Int32Array] {
  const numbers = new Map<string, number>()
  const numberOf = (one: string) => {
    let number = numbers.get(one)
    if (number === undefined) numbers.set(one, (number = numbers.size))
    return number
  }
  return [Int32Array.from(before, numberOf), Int32Array.from(after, numberOf)]
}

/** A piece that both have: where it begins in each. */
interface Shared {
  x: number
  y: number
  length: number
}

/** How far each diagonal `lowest`, `lowest + 2` … reaches. */
interface Front {
  lowest: number
  reach: Int32Array
}

/** The pieces of a longest common subsequence, in order. */
function shared(before: Int32Array, after: Int32Array, mostSteps: number): Shared[] | undefined {
  const [n, m] = [before.length, after.length]
  const most = Math.min(mostSteps, n + m)
  const furthest = new Int32Array(2 * most + 3)
  const middle = most + 1
  const fronts: Front[] = []
  for (let steps = 0; steps <= most; steps++) {
    const lowest = steps <= m ? -steps : steps - 2 * m
    const highest = steps <= n ? steps : 2 * n - steps
    const reach = new Int32Array((highest - lowest) / 2 + 1)
    for (let k = lowest; k <= highest; k += 2) {
      const [left, right] = [furthest[middle + k - 1] as number, furthest[middle + k + 1] as number]
      let x = k === -steps || (k !== steps && left < right) ? right : left + 1
      let y = x - k
      while (x < n && y < m && before[x] === after[y]) [x, y] = [x + 1, y + 1]
      furthest[middle + k] = x
      reach[(k - lowest) / 2] = x
      if (x >= n && y >= m) return back(fronts, n, m)
    }
    fronts.push({ lowest, reach })
  }
  return undefined
}

/** Back from the end to the beginning: what was common on the way. */
function back(fronts: Front[], x: number, y: number): Shared[] {
  const pieces: Shared[] = []
  for (let steps = fronts.length; steps > 0; steps--) {
    const k = x - y
    const { lowest, reach } = fronts[steps - 1] as Front
    const [left, right] = [reach[(k - 1 - lowest) / 2] ?? -1, reach[(k + 1 - lowest) / 2] ?? -1]
    const inserts = k === -steps || (k !== steps && left < right)
    const from = inserts ? right : left + 1
    if (x > from) pieces.push({ x: from, y: from - k, length: x - from })
    ;[x, y] = inserts ? [from, from - k - 1] : [from - 1, from - k]
  }
  if (x > 0) pieces.push({ x: 0, y: 0, length: x })
  return pieces.reverse()
}
