/** Every way to change the stored chain is named, at the first broken row. */
import { beforeEach, expect, test } from 'vitest'
import { checkChain, type SavedHead } from '../../domain/audit/chain-check.ts'
import { erasePersonalData } from '../../domain/audit/erasure.ts'
import { firstPrevious, hashAuditRecord } from '../../domain/audit/row-hash.ts'
import { readAuditPage } from '../../domain/audit/stored-row.ts'
import { publishTreeHead, type TreeHead } from '../../domain/audit/tree-head.ts'
import { system } from '../../domain/kernel/actor.ts'
import { command } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'
import { appendAct, appendActs, tamper } from '../support/audit-chain.ts'
import { getEmptyNode } from '../support/node.ts'
import { runQuery } from '../support/journal-history.ts'

const personId = '018f0000-0000-7000-8000-000000000001'
let node: Node
beforeEach(async () => {
  node = await getEmptyNode()
  for (let place = 1; place <= 10; place++)
    await appendAct(node, { data: { place }, ...(place % 3 === 0 && { personal: { name: `Person ${place}` }, personId }) })
})

const check = (...saved: SavedHead[]) => runQuery(node, (view) => checkChain(view.runPrepared, saved))
const publish = async () => (await node.domain.run(system, publishTreeHead, {})).published

/** Rewrites the chain from a row on, as somebody who knows how rows are hashed would do. */
async function forgeFrom(position: number): Promise<void> {
  const rows = await runQuery(node, (view) => readAuditPage(view.runPrepared, 0, 1000, 1000))
  let previous = rows[position - 2]?.hash ?? firstPrevious
  for (const { record } of rows.slice(position - 1)) {
    const hash = hashAuditRecord({ ...record, previous })
    await tamper(node, `update audit_row set previous = '${previous}', hash = '${hash}' where position = ${record.position}`)
    previous = hash
  }
  await tamper(node, `update audit_head set hash = '${previous}', position = ${rows.length}`)
}

const shift = (condition: string, by: number) =>
  `update audit_row set position = -position where ${condition};
   update audit_row set position = -position + ${by} where position < 0`

test('an unbroken chain is reported as such', async () => {
  expect(await check()).toMatchObject({ rows: 10, broken: null, confirmedHeads: 0, erased: { count: 0, rows: [] } })
})

test.each([
  ['the data of a row', `update audit_row set data = '{"place": 40}' where position = 4`, 4, 'changed'],
  ['the time of a row', `update audit_row set at = at + interval '1 millisecond' where position = 4`, 4, 'changed'],
  ['the actor of a row', `update audit_row set actor = '${personId}' where position = 4`, 4, 'changed'],
  ['on whose behalf a row was', `update audit_row set on_behalf_of = '${personId}' where position = 4`, 4, 'changed'],
  ['the action of a row', `update audit_row set action = 'test.undone' where position = 1`, 1, 'changed'],
  ['the commitment of a row', `update audit_row set commitment = null where position = 6`, 6, 'changed'],
  ['the hash of a row', `update audit_row set hash = '${firstPrevious}' where position = 5`, 5, 'changed'],
  ['personal data', `update audit_personal_data set details = '{"name": "Somebody else"}' where position = 3`, 3, 'personal-data-changed'],
  ['the salt', `update audit_personal_data set salt = repeat('0', 64) where position = 3`, 3, 'personal-data-changed'],
  ['personal data removed', 'delete from audit_personal_data where position = 9', 9, 'personal-data-missing'],
  ['personal data emptied', 'update audit_personal_data set details = null, salt = null where position = 9', 9, 'personal-data-missing'],
  ['a removed row', 'delete from audit_row where position = 4', 4, 'missing'],
  ['the first row removed', 'delete from audit_row where position = 1', 1, 'missing'],
  ['a row removed and the later ones moved', `delete from audit_row where position = 4; ${shift('position > 4', -1)}`, 4, 'changed'],
  ['two rows swapped', `${shift('position = 4', 100)}; ${shift('position = 5', -1)}; ${shift('position = 104', -99)}`, 4, 'changed'],
  [
    'an inserted row',
    `${shift('position > 4', 1)}; insert into audit_row select 5, at, action, subject, actor_kind, actor, on_behalf_of, data, commitment, previous, hash from audit_row where position = 4`,
    5,
    'changed',
  ],
  ['the tail cut off', 'delete from audit_row where position > 7', 8, 'cut-off'],
  ['the head moved back', 'update audit_head set position = 7', 8, 'not-in-head'],
  ['the head removed', 'delete from audit_head', 1, 'not-in-head'],
  ['the hash of the head', `update audit_head set hash = '${firstPrevious}'`, 10, 'not-in-head'],
])('%s is found', async (_, statement, position, problem) => {
  await tamper(node, statement)
  expect((await check()).broken).toMatchObject({ position, problem, message: expect.stringMatching(/\.$/) })
})

test('a row that was replaced together with its own hash does not lead to the next one', async () => {
  await tamper(node, `update audit_row set data = '{"place": 40}' where position = 4`)
  const [row] = await runQuery(node, (view) => readAuditPage(view.runPrepared, 3, 4, 1))
  if (!row) throw new Error('Row 4 is missing.')
  await tamper(node, `update audit_row set hash = '${hashAuditRecord(row.record)}' where position = 4`)
  expect((await check()).broken).toMatchObject({ position: 5, problem: 'not-linked' })
})

test('a row that was replaced with all hashes after it is found by a saved head, in the database or elsewhere', async () => {
  const { size, root } = (await publish()) as TreeHead
  await tamper(node, `update audit_row set data = '{"place": 40}' where position = 4`)
  await forgeFrom(4)
  expect((await check()).broken).toMatchObject({ position: 10, problem: 'not-as-saved' })
  await tamper(node, 'delete from audit_tree_head')
  expect((await check()).broken).toBeNull()
  expect((await check({ size, root })).broken).toMatchObject({ position: 10, problem: 'not-as-saved' })
})

test('a tail that was cut off with its head is found by a saved head, and a longer chain extends it (documenso #114)', async () => {
  const head = (await publish()) as TreeHead
  expect(head.size).toBe(10)
  await appendAct(node)
  expect(await check(head)).toMatchObject({ rows: 11, broken: null, confirmedHeads: 2 })
  const seventh = (await runQuery(node, (view) => readAuditPage(view.runPrepared, 6, 7, 1)))[0]
  await tamper(node, 'delete from audit_personal_data where position > 7; delete from audit_row where position > 7')
  await tamper(node, `update audit_head set position = 7, hash = '${seventh?.hash}'; delete from audit_tree_head`)
  expect((await check()).broken).toBeNull()
  expect((await check(head)).broken).toMatchObject({ position: 8, problem: 'cut-off' })
})

test('erased personal data leaves the chain whole, and is reported with its day', async () => {
  const erase = command('test.erase', { input: {}, authorize: () => {}, execute: (work) => erasePersonalData(work, { personId }) })
  expect(await node.domain.run(system, erase, {})).toMatchObject({ rows: 3, place: { position: 11 } })
  expect(await node.domain.run(system, erase, {})).toEqual({ rows: 0 })
  const report = await check()
  expect(report).toMatchObject({ rows: 11, broken: null, erased: { count: 3 } })
  expect(report.erased.rows).toEqual([3, 6, 9].map((position) => ({ position, erasedAt: expect.stringMatching(/^2\d{3}-/) })))
  const rows = await runQuery(node, (view) => readAuditPage(view.runPrepared, 0, 100, 100))
  expect(JSON.stringify(rows)).not.toContain('Person 3')
  expect(rows[2]?.personal).toMatchObject({ personId, salt: null, details: null })
})

test('a chain of several pages is checked to its end', async () => {
  await appendActs(node, 2100)
  const report = await check()
  expect(report).toMatchObject({ rows: 2110, broken: null })
  const head = (await publish()) as TreeHead
  expect(head.root).toBe(report.root)
  await tamper(node, `update audit_row set action = 'test.undone' where position = 2001`)
  expect((await check()).broken).toMatchObject({ position: 2001, problem: 'changed' })
  await tamper(node, 'delete from audit_row where position = 1001')
  expect((await check()).broken).toMatchObject({ position: 1001, problem: 'missing' })
})
