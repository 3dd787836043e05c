/**
 * Prepared statements on PGlite: one message a statement, and no plan made anew. Its own `query` sends five, and has each planned again,
 * which takes longer than most statements do.
 */
import { type PGlite, protocol } from '@electric-sql/pglite'
import type { Read } from './reading.ts'
import type { Column, Prepared, Value } from './statement.ts'

interface Message {
  name: string
  /** Of a row: texts; of what describes rows: columns. */
  fields?: unknown[]
}

const { serialize } = protocol

export interface EmbeddedReading {
  /** In a turn of its own, outside of any transaction. */
  read: Read
  /** In the transaction that the caller has open. */
  readWithin: Read
}

export function readOverPglite(pglite: PGlite): EmbeddedReading {
  const known = new Map<string, Column[]>()

  async function ask(...parts: Uint8Array[]): Promise<Message[]> {
    const { messages } = await pglite.execProtocol(Buffer.concat([...parts, serialize.sync()]), { syncToFs: false })
    return messages as Message[]
  }

  async function prepare({ name, text }: Prepared): Promise<Column[]> {
    const messages = await ask(serialize.parse({ name, text }), serialize.describe({ type: 'S', name }))
    const columns = (messages.find((message) => message.name === 'rowDescription')?.fields ?? []) as Column[]
    known.set(name, columns)
    return columns
  }

  async function run<R>(statement: Prepared, values: Value[]): Promise<R[]> {
    const columns = known.get(statement.name) ?? (await prepare(statement))
    const messages = await ask(serialize.bind({ statement: statement.name, values }), serialize.execute({}))
    return messages.flatMap(({ name, fields }) => (name === 'dataRow' ? [objectOf(columns, fields as (string | null)[]) as R] : []))
  }

  function objectOf(columns: Column[], row: (string | null)[]): Record<string, unknown> {
    return Object.fromEntries(
      columns.map(({ name, dataTypeID }, place) => {
        const text = row[place] as string | null
        return [name, text === null ? null : (pglite.parsers[dataTypeID]?.(text, dataTypeID) ?? text)]
      }),
    )
  }

  const readWithin: Read = (statement, values) => pglite._runExclusiveQuery(() => run(statement, values))
  return { readWithin, read: (statement, values) => pglite._runExclusiveTransaction(() => readWithin(statement, values)) }
}
