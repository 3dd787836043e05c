/** Checks the authors of journal rows. */
import * as Y from 'yjs'
import type { JournalRow } from './cluster.ts'

/** Reads the keys that an update adds to the ledger. */
export function readLedgerKeys(update: Uint8Array): string[] {
  return Y.decodeUpdate(update).structs.flatMap((struct) => {
    const key = struct instanceof Y.Item ? struct.parentSub : null
    return key === null ? [] : [key]
  })
}

/** A range of the journal in which a person had no write access: from the response to the revocation until the next grant. */
export interface Revocation {
  actor: string
  /** The head after the response, and before the grant. */
  from: number
  to: number
  /** The number of edits of each of their tabs when the response arrived. */
  typed: Map<string, number>
}

/** Finds rows that violate a revocation: by the person themselves, or sent by anybody else but with their later edits. */
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
