/** Property tests of the list difference with random lists. SEED=<number> repeats a run. */
import { expect, test } from 'vitest'
import { diffLists } from '../../domain/history/myers-diff.ts'
import { createRandom, readSeed } from '../support/random.ts'

/** The length of a longest common subsequence, by dynamic programming. */
function longestCommonLength(before: string[], after: string[]): number {
  const table = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0))
  for (let x = 1; x <= before.length; x++)
    for (let y = 1; y <= after.length; y++)
      (table[x] as number[])[y] =
        before[x - 1] === after[y - 1]
          ? ((table[x - 1] as number[])[y - 1] as number) + 1
          : Math.max((table[x - 1] as number[])[y] as number, (table[x] as number[])[y - 1] as number)
  return (table[before.length] as number[])[after.length] as number
}

test('a difference is a shortest edit script, and undefined if it exceeds the limit by one', () => {
  const random = createRandom(readSeed('difference'))
  const randomList = () => Array.from({ length: Math.floor(random() * 12) }, () => 'abcd'[Math.floor(random() * 4)] as string)
  for (let round = 0; round < 3000; round++) {
    const [before, after] = [randomList(), randomList()]
    const steps = before.length + after.length - 2 * longestCommonLength(before, after)
    const differences = diffLists(before, after, steps)
    const result: string[] = []
    let [oldIndex, newIndex, changed] = [0, 0, 0]
    for (const [index, { change, count }] of (differences ?? []).entries()) {
      expect(count).toBeGreaterThan(0)
      expect(change).not.toBe(differences?.[index - 1]?.change)
      if (change === 'same') result.push(...before.slice(oldIndex, oldIndex + count))
      if (change === 'inserted') result.push(...after.slice(newIndex, newIndex + count))
      if (change !== 'inserted') oldIndex += count
      if (change !== 'deleted') newIndex += count
      if (change !== 'same') changed += count
    }
    expect(result).toEqual(after)
    expect([oldIndex, newIndex, changed]).toEqual([before.length, after.length, steps])
    if (steps > 0) expect(diffLists(before, after, steps - 1)).toBeUndefined()
  }
})

test('deletions come before the insertions that replace them', () => {
  expect(diffLists(['a', 'x', 'y', 'b'], ['a', 'z', 'b'], 9)).toEqual([
    { change: 'same', count: 1 },
    { change: 'deleted', count: 2 },
    { change: 'inserted', count: 1 },
    { change: 'same', count: 1 },
  ])
})
