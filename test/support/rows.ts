/** What rows of a journal say of who wrote what. */
import * as Y from 'yjs'
import type { JournalRow } from './cluster.ts'

/** Keys of the ledger that an update brings. */
export function readLedgerKeys(update: Uint8Array): string[] {
  return Y.decodeUpdate(update).structs.flatMap((struct) => {
    const key = struct instanceof Y.Item ? struct.parentSub : null
    return key === null ? [] : [key]
  })
}

/** A stretch of the journal in which somebody had no pen: from the answer that took it until it was asked back. */
export interface Revocation {
  actor: string
  /** The head after the answer, and before the pen was asked back. */
  from: number
  to: number
  /** For each of their tabs, how much it had typed when the answer came. */
  typed: Map<string, number>
}

/** Rows that break a revocation: written by its person, or holding what they typed after the answer, whoever brought it. */
export function findBreaches(rows: JournalRow[], { actor, from, to, typed }: Revocation): string[] {
  return rows.slice(from, to).flatMap((row) => {
    const late = readLedgerKeys(row.update).filter((key) => {
      const [name = '', n] = key.split('.')
      return Number(n) >= (typed.get(name) ?? Number.POSITIVE_INFINITY)
    })
    const own = row.actor === actor
    return own || late.length > 0
      ? [`row ${row.seq}${own ? ' by them' : ''}${late.length > 0 ? `, typed after: ${late.join(' ')}` : ''}`]
      : []
  })
}
