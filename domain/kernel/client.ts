/** A client of the pool that makes few ways to the server of a transaction: `begin` goes with its first statement, and `commit` with its last. */
import pg from 'pg'
import { type Ends, type Prepared, send, type Value } from './statement.ts'

type Reader = { name: string; parse: (text: string) => unknown }[]

/** What Kysely takes for an answer. */
interface Answer {
  command: string
  rowCount: number
  rows: object[]
}

export class Client extends pg.Client {
  /** How the rows of a statement are read, by its name: it is described once. */
  readonly #readers = new Map<string, Reader>()
  /** Where a transaction stands that the server does not know yet, or not any more. */
  #transaction: 'begins' | 'committed' | undefined

  /** Runs a statement that stays prepared on this connection. Rows as objects, values as all statements answer them. */
  async read<R>({ name, text }: Prepared, values: Value[], ends: Ends = {}): Promise<R[]> {
    let reader = this.#readers.get(name)
    const { rows, columns } = await send(this, { name, text }, values, { describe: !reader, ...ends })
    if (!reader) {
      reader = columns.map((column) => ({ name: column.name, parse: this.getTypeParser(column.dataTypeID, 'text') }))
      this.#readers.set(name, reader)
    }
    return rows.map((row) => objectOf(row, reader)) as R[]
  }

  /** As pg's; and takes `begin` and `commit` for said, where they go with a statement. */
  override query(asked: unknown, ...rest: unknown[]): any {
    const transaction = this.#transaction
    if (asked === 'begin') {
      this.#transaction = 'begins'
      return said(asked)
    }
    if (asked === 'commit' || asked === 'rollback') {
      this.#transaction = undefined
      // of a transaction in which nothing was asked the server never knew
      return transaction ? said(asked) : this.#ask(asked)
    }
    if (transaction === 'committed') throw new Error('a statement came after the one that committed its transaction')
    if (isPrepared(asked)) return this.#within(asked, rest[0] as Value[], transaction === 'begins')
    if (transaction !== 'begins') return this.#ask(asked, ...rest)
    this.#transaction = undefined
    // one after the other: without its transaction it is not to be done
    return this.#ask('begin').then(() => this.#ask(asked, ...rest))
  }

  async #within(statement: Prepared, values: Value[], begins: boolean): Promise<Answer> {
    if (begins) this.#transaction = undefined
    const rows = await this.read<object>(statement, values, { begins, commits: statement.commits ?? false })
    if (statement.commits) this.#transaction = 'committed'
    return { command: 'SELECT', rowCount: rows.length, rows }
  }

  #ask(asked: unknown, ...rest: unknown[]): Promise<Answer> {
    return (super.query as (...all: unknown[]) => Promise<Answer>)(asked, ...rest)
  }
}

const said = async (command: string): Promise<Answer> => ({ command: command.toUpperCase(), rowCount: 0, rows: [] })

/** Kysely hands on what it was given as a text; a statement on its way (`submit`) is pg's own matter. */
const isPrepared = (asked: unknown): asked is Prepared =>
  typeof asked === 'object' && asked !== null && 'name' in asked && !('submit' in asked)

function objectOf(row: (string | null)[], reader: Reader): Record<string, unknown> {
  const read: Record<string, unknown> = {}
  for (let place = 0; place < reader.length; place++) {
    const { name, parse } = reader[place] as Reader[number]
    const text = row[place] as string | null
    read[name] = text === null ? null : parse(text)
  }
  return read
}
