/** A row of the table: what is measured, and how it is told. */

export interface Asked {
  rounds: number
  /** A trial: everything works, figures mean little. */
  brief: boolean
  /** There is no PostgreSQL: SmartStart on its embedded database. */
  embedded: boolean
  /** A keystroke record. */
  trace: string
}

export interface Row {
  name: string
  title: string
  /** What the row cannot do without. */
  needs?: ('postgres' | 'redis' | 'trace')[]
  run(asked: Asked): Promise<void>
}

/** One line: whose, the ratio, and what stands behind it. */
export function print(whose: string, ratio: string, told: string): void {
  console.log(`  ${ratio.padStart(8)}  ${whose}${whose && told ? ': ' : ''}${told}`)
}

export const times = (ratio: number): string => `${ratio.toFixed(ratio < 0.1 ? 4 : 2)} x`
