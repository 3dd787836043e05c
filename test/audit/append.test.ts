import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { beforeEach, expect, test } from 'vitest'
import { firstPrevious, hashAuditRecord } from '../../domain/audit/row-hash.ts'
import { appendAudit } from '../../domain/audit/append.ts'
import { DomainError } from '../../domain/kernel/errors.ts'
import { system } from '../../domain/kernel/actor.ts'
import { command } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'
import { appendAct } from '../support/audit-chain.ts'
import { registerPerson, toPersonActor } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
beforeEach(async () => {
  node = await getEmptyNode()
})

const readRows = async () =>
  (
    await sql<any>`select r.*, d.salt, d.details from audit_row r left join audit_personal_data d using (position) order by position`.execute(
      node.database.sql,
    )
  ).rows

test('a row says who did what and when, and its hash covers that and the row before it', async () => {
  const ann = await registerPerson(node.url, 'Ann')
  const first = await appendAct(node, { data: { z: 1, a: ['ü', 0.1] } })
  const second = await appendAct(
    node,
    { action: 'party.signed', subject: 'envelope:1', personal: { name: 'Ann Ünal', address: '127.0.0.1' } },
    toPersonActor(ann),
  )
  const [one, two] = await readRows()
  expect(first).toEqual({ position: 1, hash: one.hash })
  expect(second).toEqual({ position: 2, hash: two.hash })
  expect([one.previous, two.previous]).toEqual([firstPrevious, one.hash])
  // written out here, independent of the code
  const text = `{"action":"test.done","actor":{"id":null,"kind":"system"},"at":"${new Date(one.at).toISOString()}","commitment":null,"data":{"a":["ü",0.1],"z":1},"onBehalfOf":null,"position":1,"previous":"${firstPrevious}","subject":"legal:1"}`
  expect(one.hash).toBe(createHash('sha256').update(text).digest('hex'))
  expect(two).toMatchObject({ actor_kind: 'person', actor: ann.id, details: { name: 'Ann Ünal', address: '127.0.0.1' } })
  expect(two.commitment).toBe(
    createHash('sha256').update(Buffer.from(two.salt, 'hex')).update('{"address":"127.0.0.1","name":"Ann Ünal"}').digest('hex'),
  )
  // personal data is in no column of the chain
  expect(JSON.stringify({ ...two, details: null })).not.toContain('Ünal')
  const { position, action, subject, data, commitment, previous } = two
  const record = { position: Number(position), at: new Date(two.at).toISOString(), action, subject, data, commitment, previous }
  expect(hashAuditRecord({ ...record, actor: { kind: 'person', id: ann.id }, onBehalfOf: null })).toBe(two.hash)
})

test('50 acts at once make a dense, unbroken chain', async () => {
  await Promise.all(Array.from({ length: 50 }, (_, place) => appendAct(node, { data: { place } })))
  const rows = await readRows()
  expect(rows.map(({ position }) => Number(position))).toEqual(Array.from({ length: 50 }, (_, place) => place + 1))
  expect(rows.map(({ previous }) => previous)).toEqual([firstPrevious, ...rows.slice(0, -1).map(({ hash }) => hash)])
  expect(new Set(rows.map(({ data }) => data.place)).size).toBe(50)
})

test('an act that fails leaves no row and no gap', async () => {
  const failing = command('test.failingAct', {
    input: {},
    authorize: () => {},
    async execute(work) {
      await appendAudit(work, { action: 'test.done', subject: 'legal:1', data: {} })
      throw new DomainError('conflict', 'no')
    },
  })
  await appendAct(node)
  await expect(node.domain.run(system, failing, {})).rejects.toMatchObject({ code: 'conflict' })
  expect(await appendAct(node)).toMatchObject({ position: 2 })
})

test('the database refuses to change or delete a row', async () => {
  await appendAct(node)
  for (const statement of ['update audit_row set position = 5', "update audit_row set data = '{}'", 'delete from audit_row'])
    await expect(sql.raw(statement).execute(node.database.sql)).rejects.toThrow('Rows of the audit chain cannot be changed.')
  expect(await readRows()).toHaveLength(1)
})

test('an entry that is none is refused', async () => {
  for (const entry of [
    { action: 'signed' },
    { action: 'Party.signed' },
    { subject: 'x'.repeat(201) },
    { data: { text: 'x'.repeat(70_000) } },
  ])
    await expect(appendAct(node, entry)).rejects.toMatchObject({ code: 'internal' })
  expect(await readRows()).toEqual([])
})
