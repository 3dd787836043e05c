/** A pg client that saves round trips of a transaction: BEGIN goes with the first statement and COMMIT with the last. */
import pg from 'pg'
import { type TransactionBounds, type PreparedStatement, sendStatement, type ParameterValue } from './prepared-statement.ts'

type RowParser = { name: string; parse: (text: string) => unknown }[]

/** A query result as Kysely expects it. */
interface QueryResult {
  command: string
  rowCount: number
  rows: object[]
}

export class PipelinedClient extends pg.Client {
  /** Parsers of a statement's columns, by its name: each statement is described once. */
  readonly #rowParsers = new Map<string, RowParser>()
  /** Set while the server does not know of a begun transaction yet, or has committed it with a statement. */
  #transaction: 'begins' | 'committed' | undefined

  /** Runs a statement that stays prepared on this connection. @returns rows as objects, with the same value types as other statements */
  async runPrepared<R>({ name, text }: PreparedStatement, values: ParameterValue[], bounds: TransactionBounds = {}): Promise<R[]> {
    let rowParser = this.#rowParsers.get(name)
    const { rows, columns } = await sendStatement(this, { name, text }, values, { describe: !rowParser, ...bounds })
    if (!rowParser) {
      rowParser = columns.map((column) => ({ name: column.name, parse: this.getTypeParser(column.dataTypeID, 'text') }))
      this.#rowParsers.set(name, rowParser)
    }
    return rows.map((row) => toObject(row, rowParser)) as R[]
  }

  /** As in pg. `begin` and `commit` are not sent where they go with a statement. */
  override query(request: unknown, ...rest: unknown[]): any {
    const transaction = this.#transaction
    if (request === 'begin') {
      this.#transaction = 'begins'
      return toCommandResult(request)
    }
    if (request === 'commit' || request === 'rollback') {
      this.#transaction = undefined
      // the server does not know of a transaction without statements
      return transaction ? toCommandResult(request) : this.#queryServer(request)
    }
    if (transaction === 'committed') throw new Error('a statement followed the one that committed its transaction')
    if (isPreparedStatement(request)) return this.#runInTransaction(request, rest[0] as ParameterValue[], transaction === 'begins')
    if (transaction !== 'begins') return this.#queryServer(request, ...rest)
    this.#transaction = undefined
    // one after the other: the statement must not run outside its transaction
    return this.#queryServer('begin').then(() => this.#queryServer(request, ...rest))
  }

  async #runInTransaction(statement: PreparedStatement, values: ParameterValue[], begins: boolean): Promise<QueryResult> {
    if (begins) this.#transaction = undefined
    const rows = await this.runPrepared<object>(statement, values, { begins, commits: statement.commits ?? false })
    if (statement.commits) this.#transaction = 'committed'
    return { command: 'SELECT', rowCount: rows.length, rows }
  }

  #queryServer(request: unknown, ...rest: unknown[]): Promise<QueryResult> {
    return (super.query as (...all: unknown[]) => Promise<QueryResult>)(request, ...rest)
  }
}

const toCommandResult = async (command: string): Promise<QueryResult> => ({ command: command.toUpperCase(), rowCount: 0, rows: [] })

/** Kysely passes on what it was given as text. An object with `submit` is pg's own. */
const isPreparedStatement = (request: unknown): request is PreparedStatement =>
  typeof request === 'object' && request !== null && 'name' in request && !('submit' in request)

function toObject(row: (string | null)[], rowParser: RowParser): Record<string, unknown> {
  const read: Record<string, unknown> = {}
  for (let index = 0; index < rowParser.length; index++) {
    const { name, parse } = rowParser[index] as RowParser[number]
    const text = row[index] as string | null
    read[name] = text === null ? null : parse(text)
  }
  return read
}
