/** Statements that the server keeps prepared, sent in one message. */
import type pg from 'pg'

/** A statement and the name under which each connection keeps it prepared. */
export interface PreparedStatement {
  readonly name: string
  readonly text: string
  /** The last statement of its transaction: the commit goes with it. Only in a transaction of the ORM. */
  readonly commits?: boolean
}

/** Transaction commands that go with a statement. */
export interface TransactionBounds {
  begins?: boolean
  commits?: boolean
}

/** A parameter: PostgreSQL text, or bytes. */
export type ParameterValue = string | Buffer | null

/** A column of a result: its name and type id. */
export interface Column {
  name: string
  dataTypeID: number
}

/** What the server sent: rows as lists of texts, and their columns if requested. */
export interface StatementResult {
  rows: (string | null)[][]
  columns: Column[]
}

/** Milliseconds without a result after which the connection is closed: a network that drops packets reports no error. */
export const responseTimeoutMs = 30_000

/** Whether an error is the server's answer to a statement: it was rolled back, and the connection is still good. */
export const isStatementError = (error: unknown): boolean => (error as { severity?: string }).severity === 'ERROR'

interface SendOptions extends TransactionBounds {
  /** Also requests the columns. */
  describe?: boolean
}

/** Sends a statement in one message with its transaction commands. When it fails, nothing after it runs. */
export const sendStatement = (
  client: pg.ClientBase,
  statement: PreparedStatement,
  values: ParameterValue[],
  options: SendOptions = {},
): Promise<StatementResult> =>
  new Promise((resolve, reject) => client.query(new PipelinedStatement(statement, values, options, resolve, reject)))

/**
 * A statement in the form in which pg accepts foreign ones (as pg-cursor does). pg's own query describes the rows each time and builds
 * objects from that: a quarter of what a statement costs the node.
 */
class PipelinedStatement implements pg.Submittable {
  // pg reads both to know what is prepared on this connection
  readonly name: string
  readonly text: string
  private readonly values: ParameterValue[]
  private readonly options: SendOptions
  private readonly resolve: (result: StatementResult) => void
  private readonly reject: (error: unknown) => void
  private readonly result: StatementResult = { rows: [], columns: [] }
  private timer: NodeJS.Timeout | undefined

  constructor(
    statement: PreparedStatement,
    values: ParameterValue[],
    options: SendOptions,
    resolve: (result: StatementResult) => void,
    reject: (error: unknown) => void,
  ) {
    this.name = statement.name
    this.text = statement.text
    this.values = values
    this.options = options
    this.resolve = resolve
    this.reject = reject
  }

  submit(connection: pg.Connection) {
    const { stream } = connection
    const onTimeout = () => stream.destroy(Object.assign(new Error(`no result within ${responseTimeoutMs} ms`), { code: 'ETIMEDOUT' }))
    this.timer = setTimeout(onTimeout, responseTimeoutMs)
    const { parsedStatements } = connection as unknown as { parsedStatements: Record<string, string> }
    // one write to the socket
    stream.cork()
    if (!parsedStatements[this.name]) connection.parse({ name: this.name, text: this.text, types: [] }, true)
    if (this.options.begins) sendCommand(connection, 'begin')
    connection.bind({ statement: this.name, values: this.values } as pg.BindConfig, true)
    if (this.options.describe) connection.describe({ type: 'P', name: '' }, true)
    connection.execute({} as pg.ExecuteConfig, true)
    if (this.options.commits) sendCommand(connection, 'commit')
    connection.sync()
    stream.uncork()
  }

  handleRowDescription({ fields }: { fields: Column[] }) {
    this.result.columns = fields
  }

  handleDataRow({ fields }: { fields: (string | null)[] }) {
    this.result.rows.push(fields)
  }

  handleReadyForQuery() {
    clearTimeout(this.timer)
    this.resolve(this.result)
  }

  handleError(error: unknown) {
    clearTimeout(this.timer)
    this.reject(error)
  }

  handleCommandComplete() {}
  handleEmptyQuery() {}
  handlePortalSuspended() {}
}

function sendCommand(connection: pg.Connection, command: 'begin' | 'commit') {
  connection.parse({ name: '', text: command, types: [] }, true)
  connection.bind({} as pg.BindConfig, true)
  connection.execute({} as pg.ExecuteConfig, true)
}
