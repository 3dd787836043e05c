/** Reading with prepared statements over the pool of the ORM, past the ORM: for what is asked often. */
import type pg from 'pg'
import type { Client } from './client.ts'
import { type Prepared, refused, type Value } from './statement.ts'

/** Runs a statement outside any transaction. Rows as objects, values as the pool's own statements answer them. */
export type Read = <R>(statement: Prepared, values: Value[]) => Promise<R[]>

/** @param pool whose clients are `Client` */
export function readOver(pool: pg.Pool): Read {
  return async <R>(statement: Prepared, values: Value[]): Promise<R[]> => {
    const client = (await pool.connect()) as unknown as Client & pg.PoolClient
    try {
      const rows = await client.read<R>(statement, values)
      client.release()
      return rows
    } catch (error) {
      client.release(!refused(error))
      throw error
    }
  }
}
