import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
beforeAll(async () => {
  node = await getEmptyNode()
})

test('migrations create exactly the schema of the entities', async () => {
  const difference = await node.database.orm.schema.getUpdateSchemaSQL({ wrap: false, dropTables: false, safe: false })
  // keys, checks and indexes are defined only in migrations, since entities of different slices do not refer to each other
  const statements = difference
    .split(/;\s*/)
    .map((statement) => statement.trim())
    .filter((statement) => statement && !/drop (constraint|index)|^drop index|add constraint .* foreign key/i.test(statement))
  expect(statements).toEqual([])
})

test('raw statements return the same JavaScript types on both databases', async () => {
  const { rows } = await sql<Record<string, unknown>>`
    select 1::int8 as eight, 1::int4 as four, count(*) as counted, 1.50::numeric as amount, '\\x00ff'::bytea as bytes, 'x'::text as word, true as truth,
      '{"a":1}'::jsonb as json from "user"`.execute(node.database.sql)
  const row = rows[0] ?? {}
  expect(row).toMatchObject({ eight: '1', four: 1, counted: '0', amount: '1.50', word: 'x', truth: true, json: { a: 1 } })
  expect(Buffer.isBuffer(row.bytes) && row.bytes.equals(Buffer.from([0, 255]))).toBe(true)
})

test('bytes are stored and read unchanged', async () => {
  const all = Buffer.from(Array.from({ length: 1024 }, (_, n) => n % 256))
  const { rows } = await sql<{ back: Buffer }>`select substring(${all}::bytea from 1 for 1024) as back`.execute(node.database.sql)
  expect(Buffer.from(rows[0]?.back ?? []).equals(all)).toBe(true)
})
