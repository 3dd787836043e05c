import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { allowAnyone } from '../../domain/kernel/permission.ts'
import { DomainError } from '../../domain/kernel/errors.ts'
import { IdempotencyRow } from '../../domain/kernel/idempotency.ts'
import { anonymous } from '../../domain/kernel/actor.ts'
import { command, query, type QueryContext } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
beforeAll(async () => {
  node = await getEmptyNode()
})

let queryCount = 0
const runQuery = <O>(execute: (context: QueryContext) => Promise<O>) =>
  node.domain.run(anonymous, query(`test.query${queryCount++}`, { input: {}, authorize: allowAnyone, execute }), {})
const countGaps = async () => (await sql`select 1 from event_gap`.execute(node.database.sql)).rows.length

test('a query context has no method of an entity manager that writes', () => {
  const writes = (context: QueryContext) => [
    // @ts-expect-error: not in its type
    context.em.persist,
    // @ts-expect-error: not in its type
    context.em.flush,
    // @ts-expect-error: not in its type
    context.em.nativeUpdate,
    // @ts-expect-error: not in its type
    context.em.nativeDelete,
    // @ts-expect-error: not in its type
    context.em.getKysely,
    // @ts-expect-error: not in its type
    context.db.insertInto,
    // @ts-expect-error: not in its type
    context.db.updateTable,
    // @ts-expect-error: not in its type
    context.db.deleteFrom,
    // @ts-expect-error: not in its type
    context.db.transaction,
    // @ts-expect-error: only a preparation has it
    context.autocommit,
  ]
  expect(writes).toBeTypeOf('function')
})

test.each([
  'insert into event_gap (after, upto) values (1, 2)',
  'update event_gap set upto = 3',
  'update event_gap g set upto = 3',
  'delete from event_gap where after = 1',
  'with gone as (delete from event_gap returning after) select * from gone',
  'truncate event_gap',
])('a query does not run "%s"', async (text) => {
  await expect(runQuery((context) => sql.raw(text).execute(context.db))).rejects.toMatchObject({ code: 'internal' })
  await expect(runQuery((context) => context.runPrepared({ name: text, text }, []))).rejects.toMatchObject({ code: 'internal' })
  expect(await countGaps()).toBe(0)
})

test('a query reads by entities, query builder, raw statements and prepared statements', async () => {
  expect(await runQuery((context) => context.em.find(IdempotencyRow, {}))).toEqual([])
  expect(await runQuery((context) => context.db.selectFrom('event_gap').selectAll().execute())).toEqual([])
  const text = 'select seq, update from document_update union all select upto, null from event_gap'
  expect((await runQuery((context) => sql.raw(text).execute(context.db))).rows).toEqual([])
  expect(await runQuery((context) => context.runPrepared({ name: 'read here', text }, []))).toEqual([])
})

test('rows that a preparation writes by autocommit stay when the command is refused', async () => {
  const refused = command('test.refused', {
    input: {},
    authorize: allowAnyone,
    prepare: async ({ autocommit }) => void (await sql`insert into event_gap (after, upto) values (7, 8)`.execute(autocommit.db)),
    async execute() {
      throw new DomainError('conflict', 'The test command fails.')
    },
  })
  await expect(node.domain.run(anonymous, refused, {})).rejects.toMatchObject({ code: 'conflict' })
  expect(await countGaps()).toBe(1)
})
