/** A row of the benchmark and how its results are printed. */

export interface Options {
  rounds: number
  /** A trial run: shows that the row works; its figures mean little. */
  short: boolean
  /** There is no PostgreSQL, so SmartStart runs on its embedded database. */
  embedded: boolean
  /** Path of a keystroke trace. */
  trace: string
}

export interface Row {
  name: string
  /** Former name, still accepted on the command line. */
  alias?: string
  title: string
  needs?: ('postgres' | 'redis' | 'trace')[]
  run(options: Options): Promise<void>
}

/** Prints one line: the ratio first, then what was measured. */
export function printResult(label: string, ratio: string, details: string): void {
  console.log(`  ${ratio.padStart(8)}  ${label}${label && details ? ': ' : ''}${details}`)
}

export const formatRatio = (ratio: number): string => `${ratio.toFixed(ratio < 0.1 ? 4 : 2)} x`
