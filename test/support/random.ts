/** Reproducible random numbers: the seed is printed, and read from SEED. */

/** Creates a generator of numbers in [0, 1) from a seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Chooses the size of a random or long test: the full size with TEST_SIZE=full, as in CI; otherwise the small one. */
export const chooseSize = (small: number, full: number): number => (process.env.TEST_SIZE === 'full' ? full : small)

/** Reads or draws the seed of this run, and prints it. */
export function readSeed(name: string): number {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`${name}: SEED=${seed}`)
  return seed
}
