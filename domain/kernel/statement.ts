/** Statements that the server keeps prepared, sent the short way. */
import type pg from 'pg'

/** A statement and the name under which each connection keeps it prepared. */
export interface Prepared {
  readonly name: string
  readonly text: string
  /** The last of its transaction: the commit goes with it. In a transaction of the ORM only. */
  readonly commits?: boolean
}

/** The ends of a transaction that go with a statement. */
export interface Ends {
  begins?: boolean
  commits?: boolean
}

/** A parameter: text as PostgreSQL reads it, or bytes. */
export type Value = string | Buffer | null

/** A column of what a statement answers: its name, and the number of its type. */
export interface Column {
  name: string
  dataTypeID: number
}

/** What the server sent: rows as lists of texts, and its description of them where that was asked for. */
export interface Answered {
  rows: (string | null)[][]
  columns: Column[]
}

/** A server that says nothing for this long is given up, milliseconds: a network that swallows packets tells nobody. */
export const patience = 30_000

/** Whether an error is the server's answer to a statement: it was undone, and the connection is good. */
export const refused = (error: unknown): boolean => (error as { severity?: string }).severity === 'ERROR'

interface Asked extends Ends {
  /** Asks what the columns are, too. */
  describe?: boolean
}

/** Sends a statement over a connection, in one message with what goes with it. When it fails nothing after it is done. */
export const send = (client: pg.ClientBase, statement: Prepared, values: Value[], asked: Asked = {}): Promise<Answered> =>
  new Promise((resolve, reject) => client.query(new Sent(statement, values, asked, resolve, reject)))

/**
 * A statement on its way, in the form in which pg takes foreign ones (as pg-cursor is). Its own has the rows described each time and makes
 * objects of them by that: a quarter of what a statement costs the node.
 */
class Sent implements pg.Submittable {
  // pg reads both, to remember what is prepared on this connection
  readonly name: string
  readonly text: string
  private readonly values: Value[]
  private readonly asked: Asked
  private readonly resolve: (answered: Answered) => void
  private readonly reject: (error: unknown) => void
  private readonly answered: Answered = { rows: [], columns: [] }
  private timer: NodeJS.Timeout | undefined

  constructor(statement: Prepared, values: Value[], asked: Asked, resolve: (answered: Answered) => void, reject: (error: unknown) => void) {
    this.name = statement.name
    this.text = statement.text
    this.values = values
    this.asked = asked
    this.resolve = resolve
    this.reject = reject
  }

  submit(connection: pg.Connection) {
    const { stream } = connection
    const silent = () => stream.destroy(Object.assign(new Error(`no answer within ${patience} ms`), { code: 'ETIMEDOUT' }))
    this.timer = setTimeout(silent, patience)
    const { parsedStatements } = connection as unknown as { parsedStatements: Record<string, string> }
    // one write to the socket
    stream.cork()
    if (!parsedStatements[this.name]) connection.parse({ name: this.name, text: this.text, types: [] }, true)
    if (this.asked.begins) say(connection, 'begin')
    connection.bind({ statement: this.name, values: this.values } as pg.BindConfig, true)
    if (this.asked.describe) connection.describe({ type: 'P', name: '' }, true)
    connection.execute({} as pg.ExecuteConfig, true)
    if (this.asked.commits) say(connection, 'commit')
    connection.sync()
    stream.uncork()
  }

  handleRowDescription({ fields }: { fields: Column[] }) {
    this.answered.columns = fields
  }

  handleDataRow({ fields }: { fields: (string | null)[] }) {
    this.answered.rows.push(fields)
  }

  handleReadyForQuery() {
    clearTimeout(this.timer)
    this.resolve(this.answered)
  }

  handleError(error: unknown) {
    clearTimeout(this.timer)
    this.reject(error)
  }

  handleCommandComplete() {}
  handleEmptyQuery() {}
  handlePortalSuspended() {}
}

function say(connection: pg.Connection, command: 'begin' | 'commit') {
  connection.parse({ name: '', text: command, types: [] }, true)
  connection.bind({} as pg.BindConfig, true)
  connection.execute({} as pg.ExecuteConfig, true)
}
