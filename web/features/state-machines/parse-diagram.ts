/** Reads the Mermaid text of a state machine. Only what the server writes: arrows with the name of an event. */

export interface Arrow {
  from: string
  to: string
  event: string
}

/** The arrows between states, in the order of the text. */
export function parseArrows(mermaid: string): Arrow[] {
  return mermaid.split('\n').flatMap((line) => {
    const [, from, to, event] = /^\s*(\w+) --> (\w+): (\w+)$/.exec(line) ?? []
    return from && to && event ? [{ from, to, event }] : []
  })
}

/** The first state. */
export const parseInitial = (mermaid: string): string | undefined => /\[\*\] --> (\w+)/.exec(mermaid)?.[1]

/** The states in rows: how many events lead there at least from the first state. */
export function layOutStates(mermaid: string): string[][] {
  const arrows = parseArrows(mermaid)
  const initial = parseInitial(mermaid)
  if (!initial) return []
  const rows: string[][] = [[initial]]
  const placed = new Set([initial])
  for (let row = rows[0] as string[]; row.length > 0; ) {
    const next = [...new Set(arrows.filter(({ from }) => row.includes(from)).map(({ to }) => to))].filter((state) => !placed.has(state))
    for (const state of next) placed.add(state)
    if (next.length > 0) rows.push(next)
    row = next
  }
  return rows
}
