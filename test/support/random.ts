/** Random numbers that can be had again: the seed is printed, and taken from SEED. */

/** Numbers in [0, 1) from a seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** How often a random or long test repeats its work: the small number as a rule, the full one with TEST_SIZE=full, as in the gate. */
export const chooseSize = (small: number, full: number): number => (process.env.TEST_SIZE === 'full' ? full : small)

/** The seed of this run, printed. */
export function readSeed(what: string): number {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`${what}: SEED=${seed}`)
  return seed
}
