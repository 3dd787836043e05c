/**
 * What a query may use of the database. The types leave out every method of an entity manager and of the query builder that writes. The text
 * of an SQL statement has no type, so it is checked when it runs.
 */
import type { SqlEntityManager } from '@mikro-orm/sql'
import { type CompiledQuery, type ConnectionProvider, type Kysely, type KyselyPlugin, QueryCreator, type QueryExecutor } from 'kysely'
import type { PreparedStatement } from './prepared-statement.ts'
import type { RunPrepared } from './prepared-read.ts'
import type { Tables } from './schema.ts'

/** The part of an entity manager that reads. */
export type EntityReader = Pick<SqlEntityManager, 'find' | 'findOne' | 'findOneOrFail' | 'count' | 'getMetadata'>

/** The part of a query builder that reads. `sql` templates are executed on it, too. */
export type TableReader = Pick<Kysely<Tables>, 'selectFrom' | 'selectNoFrom' | 'getExecutor'>

const writePattern = /\b(insert\s+into|delete\s+from|merge\s+into|truncate|update\s+(only\s+)?[\w".]+(\s+(as\s+)?\w+)?\s+set)\b/i

function assertReadOnly(text: string): void {
  const found = writePattern.exec(text)
  if (found) throw new Error(`A query context does not write: "${text.slice(found.index, found.index + 60)}".`)
}

/** Executes statements that read, and refuses those that write. */
class ReadingExecutor implements QueryExecutor {
  readonly #executor: QueryExecutor

  constructor(executor: QueryExecutor) {
    this.#executor = executor
  }

  get adapter() {
    return this.#executor.adapter
  }

  get plugins() {
    return this.#executor.plugins
  }

  transformQuery: QueryExecutor['transformQuery'] = (node, id) => this.#executor.transformQuery(node, id)
  compileQuery: QueryExecutor['compileQuery'] = (node, id) => this.#executor.compileQuery(node, id)

  executeQuery<R>(query: CompiledQuery<R>, options?: Parameters<QueryExecutor['executeQuery']>[1]) {
    assertReadOnly(query.sql)
    return this.#executor.executeQuery(query, options)
  }

  stream<R>(query: CompiledQuery<R>, chunkSize: number, options?: Parameters<QueryExecutor['stream']>[2]) {
    assertReadOnly(query.sql)
    return this.#executor.stream(query, chunkSize, options)
  }

  provideConnection(): never {
    throw new Error('A query context has no connection of its own.')
  }

  withConnectionProvider = (provider: ConnectionProvider) => new ReadingExecutor(this.#executor.withConnectionProvider(provider))
  withPlugin = (plugin: KyselyPlugin) => new ReadingExecutor(this.#executor.withPlugin(plugin))
  withPlugins = (plugins: readonly KyselyPlugin[]) => new ReadingExecutor(this.#executor.withPlugins(plugins))
  withPluginAtFront = (plugin: KyselyPlugin) => new ReadingExecutor(this.#executor.withPluginAtFront(plugin))
  withoutPlugins = () => new ReadingExecutor(this.#executor.withoutPlugins())
}

/** The query builder of a database, limited to reading. */
export function tableReader(db: Kysely<Tables>): TableReader {
  const executor = new ReadingExecutor(db.getExecutor())
  return Object.assign(new QueryCreator<Tables>({ executor }), { getExecutor: () => executor })
}

/** Limits prepared statements to reading. A prepared statement is a constant, so each is checked once. */
export function limitToReads(read: RunPrepared): RunPrepared {
  const checked = new WeakSet<PreparedStatement>()
  return (statement, values) => {
    if (!checked.has(statement)) {
      assertReadOnly(statement.text)
      checked.add(statement)
    }
    return read(statement, values)
  }
}
