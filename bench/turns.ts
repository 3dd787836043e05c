/** Systems that take turns, and what their rounds come to. */
import { median, percentile } from './keystrokes.ts'
import type { Start, System } from './systems.ts'

/**
 * Starts systems once, and lets each do a round in turn, so that what else the machine does meets all alike.
 * @param warm done once by each before the rounds and not measured, so that its code is as warm as that of a server that runs for a while
 */
export async function inTurns<T>(
  starts: Start[],
  rounds: number,
  round: (system: System) => Promise<T>,
  warm?: (system: System) => Promise<unknown>,
): Promise<Map<string, T[]>> {
  const systems: System[] = []
  const told = new Map<string, T[]>()
  try {
    for (const start of starts) systems.push(await start())
    if (warm) for (const system of systems) await warm(system)
    for (let turn = 0; turn < rounds; turn++) {
      for (const system of systems) told.set(system.name, [...(told.get(system.name) ?? []), await round(system)])
    }
  } finally {
    await Promise.all(systems.map((system) => system.stop()))
  }
  return told
}

/** The median over the rounds of one figure. */
export const middle = <T>(rounds: T[] = [], figure: (round: T) => number): number => median(rounds.map(figure))

/** A share of the values of all rounds together: of one round alone the slowest hundredth is a handful. */
export const overall = <T>(rounds: T[], values: (round: T) => number[], share: number): number => percentile(rounds.flatMap(values), share)

/** The median over the rounds of one system's figure over another's in the same round. */
export const ratio = <T>(ours: T[] = [], theirs: T[] = [], figure: (round: T) => number): number =>
  median(ours.map((round, turn) => figure(round) / figure(theirs[turn] as T)))

interface Timed {
  seen: number[]
  acknowledged: number[]
}

export const p50 = (what: keyof Timed) => (round: Timed) => percentile(round[what], 0.5)

/** The medians over the rounds of the middle and of the slowest hundredth. */
export const milliseconds = (rounds: Timed[] | undefined, what: keyof Timed): string =>
  `p50 ${middle(rounds, p50(what)).toFixed(2)} ms, p99 ${middle(rounds, (round) => percentile(round[what], 0.99)).toFixed(1)} ms`
