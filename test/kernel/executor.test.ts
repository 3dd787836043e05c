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

/** What happened, in order; and whether the actor is allowed at each question. */
let steps: string[]
let allowed: boolean[]
beforeEach(() => {
  steps = []
  allowed = [true, true]
})

const transactionOf = async (context: Pick<QueryContext, 'db'>): Promise<string> => {
  const { rows } = await sql<{ n: string | null }>`select pg_current_xact_id_if_assigned()::text as n`.execute(context.db)
  return rows[0]?.n ? 'inside' : 'outside'
}
const mark = (context: Pick<QueryContext, 'db'>) => sql`select pg_current_xact_id()`.execute(context.db)

const slow = command('test.slow', {
  input: {},
  async authorize(context) {
    await mark(context)
    steps.push(`may ${await transactionOf(context)}`)
    if (!allowed.shift()) throw new DomainError('forbidden', 'Not you.')
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
const quick = command('test.quick', { input: slow.input.shape, authorize: slow.authorize, execute: async () => void steps.push('execute') })

test('a command with slow preparation is authorized before it, and again inside the transaction', async () => {
  await node.domain.run(anonymous, slow, {})
  expect(steps).toEqual(['may outside', 'prepare', 'may inside', 'execute', 'after'])
})

test('nothing is prepared for an actor who may not', async () => {
  allowed = [false]
  await expect(node.domain.run(anonymous, slow, {})).rejects.toMatchObject({ code: 'forbidden' })
  expect(steps).toEqual(['may outside'])
})

test('an actor who loses access during the preparation is refused, and nothing is executed', async () => {
  allowed = [true, false]
  await expect(node.domain.run(anonymous, slow, {})).rejects.toMatchObject({ code: 'forbidden' })
  expect(steps).toEqual(['may outside', 'prepare', 'may inside'])
})

test('a command without preparation is authorized once, inside its transaction', async () => {
  await node.domain.run(anonymous, quick, {})
  expect(steps).toEqual(['may inside', 'execute'])
})

test('bad input is refused before anybody is asked', async () => {
  await expect(node.domain.run(anonymous, slow, { more: 1 })).rejects.toMatchObject({ code: 'invalid-input' })
  expect(steps).toEqual([])
})
