/** The tables of the database as types for the query builder, read from an embedded database that the migrations made. */
import { createLog } from '../domain/kernel/log.ts'
import { openDatabase } from '../domain/kernel/db/database.ts'
import { migrations } from '../migrations/list.ts'

interface ColumnInCatalog {
  table: string
  column: string
  /** As `format_type` writes it, without a length. */
  type: string
  nullable: boolean
  /** A default or an identity: an insert may leave it out. */
  defaulted: boolean
}

/** The ORM's own record of the migrations is left out, and so are views, functions and the tables of other schemas. */
const columnsInCatalog = {
  name: 'columns in catalog',
  text: `
    select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type, not a.attnotnull as nullable,
      a.atthasdef or a.attidentity <> '' as defaulted
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'migration'
    order by c.relname, a.attnum`,
}

/** What each type of the database is in TypeScript, as both drivers answer it to statements past the ORM. */
const scalars: Record<string, string> = {
  bigint: 'BigInteger',
  boolean: 'boolean',
  bytea: 'Buffer',
  'character varying': 'string',
  integer: 'number',
  jsonb: 'Json',
  text: 'string',
  'timestamp with time zone': 'Timestamp',
  tsvector: 'string',
  uuid: 'string',
}

const head = `/** The tables of the database. Written by \`npm run generate\` from what the migrations make. */
import type { ColumnType } from 'kysely'

/** An insert may leave it out. */
type Defaulted<C> = C extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<C, C | undefined, C>
/** Read as a string of digits. */
type BigInteger = ColumnType<string, number | string, number | string>
/** Read as a value of any shape, written as JSON text. */
type Json = ColumnType<unknown, string, string>
/** Read as text. */
type Timestamp = ColumnType<string, Date | string, Date | string>
`

/**
 * @param dataDir an empty folder, or one that holds a migrated database
 * @throws Error for a type that has no equivalent here
 */
export async function tableTypes(dataDir: string): Promise<string> {
  const database = await openDatabase({ url: undefined, dataDir, nodeId: 'types', entities: [], migrations, log: createLog('silent') })
  try {
    const columns = await database.runPrepared<ColumnInCatalog>(columnsInCatalog, [])
    const tables = Map.groupBy(columns, ({ table }) => table)
    const lines = [...tables].map(
      ([table, its]) => `  ${table}: {\n${its.map((one) => `    ${one.column}: ${typeOf(one)}\n`).join('')}  }\n`,
    )
    return `${head}\nexport interface Tables {\n${lines.join('')}}\n`
  } finally {
    await database.stop()
  }
}

function typeOf({ table, column, type, nullable, defaulted }: ColumnInCatalog): string {
  const scalar = scalars[type.replace(/\[\]$/, '')]
  if (!scalar) throw new Error(`${table}.${column} has the type ${type}, which bin/table-types.ts does not know.`)
  const list = type.endsWith('[]')
  // of a list, values are read as they are written
  const whole = list ? `${scalar === 'Timestamp' ? 'string' : scalar}[]` : scalar
  const known = nullable ? `${whole} | null` : whole
  return defaulted ? `Defaulted<${known}>` : known
}
