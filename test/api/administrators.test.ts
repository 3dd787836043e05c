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

const updateUser = (actor: Person, target: Person, changes: object) => actor.request('PATCH', `/api/users/${target.id}`, changes)
const isAdministrator = async (person: Person) => (await person.request('GET', '/api/access/ownerless')).status === 200

test('an administrator grants and removes the administrator role; other people cannot', async () => {
  expect((await updateUser(second, second, { role: 'admin' })).status).toBe(403)
  expect((await updateUser(second, first, { role: 'member' })).status).toBe(403)
  expect((await updateUser(first, second, { role: 'admin' })).body.role).toBe('admin')
  expect(await isAdministrator(second)).toBe(true)
  expect((await updateUser(second, first, { role: 'member' })).body.role).toBe('member')
  expect(await isAdministrator(first)).toBe(false)
  expect((await updateUser(first, second, { role: 'member' })).status).toBe(403)
})

test('the last active administrator cannot be demoted, suspended or deleted, but one of two can be', async () => {
  const expectRefusals = async () => {
    for (const changes of [{ role: 'member' }, { status: 'suspended' }]) {
      const response = await updateUser(first, first, changes)
      expect(response.status).toBe(409)
      expect(response.body.detail).toMatch(/^The last active administrator cannot be removed/)
    }
    expect((await first.request('DELETE', `/api/users/${first.id}`)).status).toBe(409)
  }
  await expectRefusals()
  await updateUser(first, second, { role: 'admin' })
  // a suspended administrator does not count
  expect((await updateUser(first, second, { status: 'suspended' })).status).toBe(200)
  await expectRefusals()
  expect((await updateUser(first, second, { status: 'active' })).status).toBe(200)
  expect((await first.request('DELETE', `/api/users/${first.id}`)).status).toBe(204)
  expect(await isAdministrator(second)).toBe(true)
})

test('when two administrators demote or suspend each other at the same time, exactly one of them succeeds', async () => {
  for (const changes of [{ role: 'member' }, { status: 'suspended' }]) {
    await updateUser(first, second, { role: 'admin' })
    const responses = await Promise.all([updateUser(first, second, changes), updateUser(second, first, changes)])
    const remaining = [first, second][responses.findIndex(({ status }) => status === 200)] as Person
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await isAdministrator(remaining)).toBe(true)
    const removed = remaining === first ? second : first
    await updateUser(remaining, removed, { role: 'admin', status: 'active' })
  }
})

test('administrators list all accounts with address, role and status; other people get 403', async () => {
  await updateUser(first, second, { status: 'suspended' })
  const third = await registerPerson(node.url, 'Third')
  expect((await third.request('GET', '/api/accounts')).status).toBe(403)
  expect((await first.request('GET', '/api/accounts')).body.items).toMatchObject([
    { id: third.id, role: 'member', status: 'active', email: third.email },
    { id: second.id, role: 'member', status: 'suspended' },
    { id: first.id, role: 'admin', status: 'active' },
  ])
  expect((await first.request('GET', '/api/accounts?q=thi')).body.items).toMatchObject([{ id: third.id }])
})
