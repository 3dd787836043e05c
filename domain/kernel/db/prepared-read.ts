/** Runs prepared statements over the pool of the ORM, bypassing the ORM: for frequent statements. */
import type pg from 'pg'
import type { PipelinedClient } from './pipelined-client.ts'
import { type PreparedStatement, isStatementError, type ParameterValue } from './prepared-statement.ts'

/** Runs a prepared statement. @returns rows as objects, with the same value types as the pool's own statements */
export type RunPrepared = <R>(statement: PreparedStatement, values: ParameterValue[]) => Promise<R[]>

/** @param pool whose clients are `PipelinedClient` */
export function createRunPrepared(pool: pg.Pool): RunPrepared {
  return async <R>(statement: PreparedStatement, values: ParameterValue[]): Promise<R[]> => {
    const client = (await pool.connect()) as unknown as PipelinedClient & pg.PoolClient
    try {
      const rows = await client.runPrepared<R>(statement, values)
      client.release()
      return rows
    } catch (error) {
      client.release(!isStatementError(error))
      throw error
    }
  }
}
