/** Reading with prepared statements over the pool of the ORM, past the ORM: for what is asked often. */
import type pg from 'pg'
import { type Prepared, refused, send, type Value } from './statement.ts'

/** Runs a statement outside any transaction. Rows as objects, values as the pool's own statements answer them. */
export type Read = <R>(statement: Prepared, values: Value[]) => Promise<R[]>

type Reader = { name: string; parse: (text: string) => unknown }[]

export function readOver(pool: pg.Pool): Read {
  /** How the rows of a statement are read, by its name: described once for all connections. */
  const readers = new Map<string, Reader>()
  return async <R>(statement: Prepared, values: Value[]): Promise<R[]> => {
    const client = await pool.connect()
    try {
      let reader = readers.get(statement.name)
      const { rows, columns } = await send(client, statement, values, !reader)
      if (!reader) {
        reader = columns.map(({ name, dataTypeID }) => ({ name, parse: client.getTypeParser(dataTypeID, 'text') }))
        readers.set(statement.name, reader)
      }
      client.release()
      return rows.map((row) => objectOf(row, reader)) as R[]
    } catch (error) {
      client.release(!refused(error))
      throw error
    }
  }
}

function objectOf(row: (string | null)[], reader: Reader): Record<string, unknown> {
  const read: Record<string, unknown> = {}
  for (let place = 0; place < reader.length; place++) {
    const { name, parse } = reader[place] as Reader[number]
    const text = row[place] as string | null
    read[name] = text === null ? null : parse(text)
  }
  return read
}
