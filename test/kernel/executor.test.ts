import { sql } from 'kysely'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { DomainError } from '../../domain/kernel/errors.ts'
import { anonymous } from '../../domain/kernel/actor.ts'
import { command, type QueryContext } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
beforeAll(async () => {
  node = await getEmptyNode()
})

/** The steps of a run in order, and whether the actor is allowed at each authorization. */
let steps: string[]
let allowed: boolean[]
beforeEach(() => {
  steps = []
  allowed = [true, true]
})

const describeTransaction = async (context: Pick<QueryContext, 'db'>): Promise<string> => {
  const { rows } = await sql<{ n: string | null }>`select pg_current_xact_id_if_assigned()::text as n`.execute(context.db)
  return rows[0]?.n ? 'inside' : 'outside'
}
const assignTransactionId = (context: Pick<QueryContext, 'db'>) => sql`select pg_current_xact_id()`.execute(context.db)

const preparedCommand = command('test.prepared', {
  input: {},
  async authorize(context) {
    await assignTransactionId(context)
    steps.push(`authorize ${await describeTransaction(context)}`)
    if (!allowed.shift()) throw new DomainError('forbidden', 'You are not allowed to do this.')
  },
  async prepare() {
    steps.push('prepare')
  },
  async execute() {
    steps.push('execute')
  },
  async afterCommit() {
    steps.push('after')
  },
})
const plainCommand = command('test.plain', {
  input: preparedCommand.input.shape,
  authorize: preparedCommand.authorize,
  execute: async () => void steps.push('execute'),
})

test('a command with a preparation is authorized before it and again in the transaction', async () => {
  await node.domain.run(anonymous, preparedCommand, {})
  expect(steps).toEqual(['authorize outside', 'prepare', 'authorize inside', 'execute', 'after'])
})

test('nothing is prepared for an actor without permission', async () => {
  allowed = [false]
  await expect(node.domain.run(anonymous, preparedCommand, {})).rejects.toMatchObject({ code: 'forbidden' })
  expect(steps).toEqual(['authorize outside'])
})

test('an actor who loses access during the preparation is refused, and nothing is executed', async () => {
  allowed = [true, false]
  await expect(node.domain.run(anonymous, preparedCommand, {})).rejects.toMatchObject({ code: 'forbidden' })
  expect(steps).toEqual(['authorize outside', 'prepare', 'authorize inside'])
})

test('a command without a preparation is authorized once, in its transaction', async () => {
  await node.domain.run(anonymous, plainCommand, {})
  expect(steps).toEqual(['authorize inside', 'execute'])
})

test('invalid input is refused before authorization', async () => {
  await expect(node.domain.run(anonymous, preparedCommand, { more: 1 })).rejects.toMatchObject({ code: 'invalid-input' })
  expect(steps).toEqual([])
})
