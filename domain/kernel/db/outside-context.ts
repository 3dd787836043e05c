/** Contexts of operations outside a transaction. Each statement commits on its own. */
import type { SqlEntityManager } from '@mikro-orm/sql'
import type { Database } from './database.ts'
import { type EntityReader, limitToReads, type TableReader, tableReader } from './read-only.ts'
import type { RunPrepared } from './prepared-read.ts'
import type { Actor } from '../actor.ts'
import type { Autocommit, Ports, PreparationContext } from '../operation.ts'

/** Creates contexts on a database. For a query the context is typed as `QueryContext`, which cannot write. */
export function createContextFactory(database: Database): (actor: Actor, ports: Ports) => PreparationContext {
  const read = limitToReads(database.runPrepared)
  const db = tableReader(database.sql)
  return (actor, ports) => new AutocommitContext({ database, read, db }, actor, ports)
}

class AutocommitContext implements PreparationContext {
  readonly #database: Database
  readonly db: TableReader
  readonly runPrepared: RunPrepared
  readonly actor: Actor
  readonly now = new Date()
  readonly ports: Ports
  #em: EntityReader | undefined
  #autocommit: Autocommit | undefined

  constructor({ database, read, db }: { database: Database; read: RunPrepared; db: TableReader }, actor: Actor, ports: Ports) {
    this.#database = database
    this.runPrepared = read
    this.db = db
    this.actor = actor
    this.ports = ports
  }

  // created at the first use: many operations need neither
  get em(): EntityReader {
    return (this.#em ??= this.#database.em.fork() as SqlEntityManager)
  }

  get autocommit(): Autocommit {
    return (this.#autocommit ??= {
      em: this.#database.em.fork() as SqlEntityManager,
      db: this.#database.sql,
      runPrepared: this.#database.runPrepared,
    })
  }
}
