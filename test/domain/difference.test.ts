/** Random lists; whatever they are, these hold. SEED=<number> repeats a run. */
import { expect, test } from 'vitest'
import { diffLists } from '../../domain/history/myers-diff.ts'
import { createRandom, readSeed } from '../support/random.ts'

/** The length of a longest common subsequence, by the table that every textbook has. */
function longest(one: string[], other: string[]): number {
  const table = Array.from({ length: one.length + 1 }, () => Array.from({ length: other.length + 1 }, () => 0))
  for (let x = 1; x <= one.length; x++)
    for (let y = 1; y <= other.length; y++)
      (table[x] as number[])[y] =
        one[x - 1] === other[y - 1]
          ? ((table[x - 1] as number[])[y - 1] as number) + 1
          : Math.max((table[x - 1] as number[])[y] as number, (table[x] as number[])[y - 1] as number)
  return (table[one.length] as number[])[other.length] as number
}

test('a difference leads from one list to the other by the shortest way, and is given up just before it is too long', () => {
  const random = createRandom(readSeed('difference'))
  const some = () => Array.from({ length: Math.floor(random() * 12) }, () => 'abcd'[Math.floor(random() * 4)] as string)
  for (let round = 0; round < 3000; round++) {
    const [before, after] = [some(), some()]
    const steps = before.length + after.length - 2 * longest(before, after)
    const differences = diffLists(before, after, steps)
    const made: string[] = []
    let [old, present, changed] = [0, 0, 0]
    for (const [place, { change, count }] of (differences ?? []).entries()) {
      expect(count).toBeGreaterThan(0)
      expect(change).not.toBe(differences?.[place - 1]?.change)
      if (change === 'same') made.push(...before.slice(old, old + count))
      if (change === 'inserted') made.push(...after.slice(present, present + count))
      if (change !== 'inserted') old += count
      if (change !== 'deleted') present += count
      if (change !== 'same') changed += count
    }
    expect(made).toEqual(after)
    expect([old, present, changed]).toEqual([before.length, after.length, steps])
    if (steps > 0) expect(diffLists(before, after, steps - 1)).toBeUndefined()
  }
})

test('what went stands before what came in its place', () => {
  expect(diffLists(['a', 'x', 'y', 'b'], ['a', 'z', 'b'], 9)).toEqual([
    { change: 'same', count: 1 },
    { change: 'deleted', count: 2 },
    { change: 'inserted', count: 1 },
    { change: 'same', count: 1 },
  ])
})
