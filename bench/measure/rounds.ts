/** Rounds of several systems, and statistics over them. */
import type { StartSystem, System } from '../servers/systems.ts'

/**
 * Starts all systems and lets them take turns, round by round, so that other load on the machine affects all of them alike.
 * @param warmUp runs once for each system before the rounds and is not measured
 */
export async function runRounds<T>(
  starts: StartSystem[],
  rounds: number,
  measure: (system: System) => Promise<T>,
  warmUp?: (system: System) => Promise<unknown>,
): Promise<Map<string, T[]>> {
  const systems: System[] = []
  const results = new Map<string, T[]>()
  try {
    for (const start of starts) systems.push(await start())
    if (warmUp) for (const system of systems) await warmUp(system)
    for (let round = 0; round < rounds; round++) {
      for (const system of systems) results.set(system.name, [...(results.get(system.name) ?? []), await measure(system)])
    }
  } finally {
    await Promise.all(systems.map((system) => system.stop()))
  }
  return results
}

/** The value below which a share (0 to 1) of the values lies. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (values: number[]): number => percentile(values, 0.5)

/** Median over the rounds of one figure. */
export const medianOf = <T>(rounds: T[] = [], figure: (round: T) => number): number => median(rounds.map(figure))

/** Median over the rounds of one system's figure divided by another's in the same round. */
export const medianRatio = <T>(ours: T[] = [], theirs: T[] = [], figure: (round: T) => number): number =>
  median(ours.map((round, index) => figure(round) / figure(theirs[index] as T)))

/** Milliseconds from a keystroke until another client has it, and until it is acknowledged. */
export interface Timings {
  seen: number[]
  acknowledged: number[]
}

export const p50 = (what: keyof Timings) => (round: Timings) => median(round[what])

/** `p50 1.00 ms, p99 2.0 ms`: medians over the rounds. */
export const formatTimings = (rounds: Timings[] | undefined, what: keyof Timings): string =>
  `p50 ${medianOf(rounds, p50(what)).toFixed(2)} ms, p99 ${medianOf(rounds, (round) => percentile(round[what], 0.99)).toFixed(1)} ms`

/** The same for one list of values. */
export const formatPercentiles = (values: number[]): string =>
  `p50 ${median(values).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms`
