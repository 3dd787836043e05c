import { beforeEach, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
let first: Person
let second: Person
beforeEach(async () => {
  node = await getEmptyNode()
  first = await registerPerson(node.url, 'First')
  second = await registerPerson(node.url, 'Second')
})

const change = (who: Person, whom: Person, changes: object) => who.request('PATCH', `/api/users/${whom.id}`, changes)
const isAdministrator = async (who: Person) => (await who.request('GET', '/api/access/ownerless')).status === 200

test('an administrator grants and removes the administrator role; other people cannot', async () => {
  expect((await change(second, second, { role: 'admin' })).status).toBe(403)
  expect((await change(second, first, { role: 'member' })).status).toBe(403)
  expect((await change(first, second, { role: 'admin' })).body.role).toBe('admin')
  expect(await isAdministrator(second)).toBe(true)
  expect((await change(second, first, { role: 'member' })).body.role).toBe('member')
  expect(await isAdministrator(first)).toBe(false)
  expect((await change(first, second, { role: 'member' })).status).toBe(403)
})

test('the last active administrator cannot be demoted, suspended or deleted, but one of two can be', async () => {
  const refused = async () => {
    for (const changes of [{ role: 'member' }, { status: 'suspended' }]) {
      const answered = await change(first, first, changes)
      expect(answered.status).toBe(409)
      expect(answered.body.detail).toMatch(/^The last active administrator cannot be removed/)
    }
    expect((await first.request('DELETE', `/api/users/${first.id}`)).status).toBe(409)
  }
  await refused()
  await change(first, second, { role: 'admin' })
  // a suspended administrator does not count
  expect((await change(first, second, { status: 'suspended' })).status).toBe(200)
  await refused()
  expect((await change(first, second, { status: 'active' })).status).toBe(200)
  expect((await first.request('DELETE', `/api/users/${first.id}`)).status).toBe(204)
  expect(await isAdministrator(second)).toBe(true)
})

test('when two administrators demote or suspend each other at the same time, exactly one of them succeeds', async () => {
  for (const changes of [{ role: 'member' }, { status: 'suspended' }]) {
    await change(first, second, { role: 'admin' })
    const answers = await Promise.all([change(first, second, changes), change(second, first, changes)])
    const stays = [first, second][answers.findIndex(({ status }) => status === 200)] as Person
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await isAdministrator(stays)).toBe(true)
    const other = stays === first ? second : first
    await change(stays, other, { role: 'admin', status: 'active' })
  }
})

test('administrators list all accounts with address, role and status; other people get 403', async () => {
  await change(first, second, { status: 'suspended' })
  const third = await registerPerson(node.url, 'Third')
  expect((await third.request('GET', '/api/accounts')).status).toBe(403)
  expect((await first.request('GET', '/api/accounts')).body.items).toMatchObject([
    { id: third.id, role: 'member', status: 'active', email: third.email },
    { id: second.id, role: 'member', status: 'suspended' },
    { id: first.id, role: 'admin', status: 'active' },
  ])
  expect((await first.request('GET', '/api/accounts?q=thi')).body.items).toMatchObject([{ id: third.id }])
})
