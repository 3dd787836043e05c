/**
 * Prepared statements on PGlite: one message for each statement, and no new plan. PGlite's own `query` sends five messages and plans each
 * time, which takes longer than most statements.
 */
import { type PGlite, protocol } from '@electric-sql/pglite'
import type { RunPrepared } from './prepared-read.ts'
import type { Column, PreparedStatement, ParameterValue } from './prepared-statement.ts'

interface Message {
  name: string
  /** For a row: texts. For a row description: columns. */
  fields?: unknown[]
}

const { serialize } = protocol

export interface PgliteRunners {
  /** Outside of any transaction. */
  runPrepared: RunPrepared
  /** In the transaction that the caller has open. */
  runPreparedIn: RunPrepared
}

export function createPgliteRunners(pglite: PGlite): PgliteRunners {
  const columnsByStatement = new Map<string, Column[]>()

  async function sendMessage(...parts: Uint8Array[]): Promise<Message[]> {
    const { messages } = await pglite.execProtocol(Buffer.concat([...parts, serialize.sync()]), { syncToFs: false })
    return messages as Message[]
  }

  async function prepare({ name, text }: PreparedStatement): Promise<Column[]> {
    const messages = await sendMessage(serialize.parse({ name, text }), serialize.describe({ type: 'S', name }))
    const columns = (messages.find((message) => message.name === 'rowDescription')?.fields ?? []) as Column[]
    columnsByStatement.set(name, columns)
    return columns
  }

  async function run<R>(statement: PreparedStatement, values: ParameterValue[]): Promise<R[]> {
    const columns = columnsByStatement.get(statement.name) ?? (await prepare(statement))
    const messages = await sendMessage(serialize.bind({ statement: statement.name, values }), serialize.execute({}))
    return messages.flatMap(({ name, fields }) => (name === 'dataRow' ? [toObject(columns, fields as (string | null)[]) as R] : []))
  }

  function toObject(columns: Column[], row: (string | null)[]): Record<string, unknown> {
    return Object.fromEntries(
      columns.map(({ name, dataTypeID }, index) => {
        const text = row[index] as string | null
        return [name, text === null ? null : (pglite.parsers[dataTypeID]?.(text, dataTypeID) ?? text)]
      }),
    )
  }

  const runPreparedIn: RunPrepared = (statement, values) => pglite._runExclusiveQuery(() => run(statement, values))
  return { runPreparedIn, runPrepared: (statement, values) => pglite._runExclusiveTransaction(() => runPreparedIn(statement, values)) }
}
