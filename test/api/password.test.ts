import { sql } from 'kysely'
import { beforeEach, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { sendRequest, createDraft, openDocument, type Person, registerPerson } from '../support/client.ts'
import { waitForNotification } from '../support/inbox.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let admin: Person
let ann: Person
const next = 'a new password'
beforeEach(async () => {
  node = await getEmptyNode()
  admin = await registerPerson(node.url, 'Admin')
  ann = await registerPerson(node.url, 'Ann')
})

const login = (password: string, more: object = {}) =>
  sendRequest(node.url, 'POST', '/api/auth/login', { email: ann.email, password, ...more })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const isSignedIn = async (token: string) => (await sendRequest(node.url, 'GET', '/api/auth/me', undefined, bearer(token))).status === 200
const change = (currentPassword: string, newPassword = next) => ann.request('PUT', '/api/auth/password', { currentPassword, newPassword })
const forgot = (email: string) => sendRequest(node.url, 'POST', '/api/auth/password/forgot', { email })
const reset = (token: string, password = next) => sendRequest(node.url, 'POST', '/api/auth/password/reset', { token, password })
/** Waits until the events and deliveries of earlier requests are processed. */
async function settled() {
  await node.sequencer.drain()
  await node.deliveryWorker.deliverDue()
}
const mails = async () =>
  (await admin.request('GET', '/api/outbox?limit=100')).body.items.filter(
    ({ subject }: { subject: string }) => subject === 'Choose a new password',
  )
/** Requests a reset link and reads all links from the mail, newest first. */
async function links(email: string, least: number): Promise<string[]> {
  await forgot(email)
  const sent = await waitUntil(async () => (await settled(), await mails()).length >= least && (await mails()), 'the mail')
  const whole = await Promise.all(sent.map(({ id }: { id: string }) => admin.request('GET', `/api/outbox/${id}`)))
  return whole.map(({ body }) => /\/reset-password#([\w-]{43})\s/.exec(body.text)?.[1] as string)
}

test('changing a password needs the current one, ends the other sessions and sends a notification', async () => {
  const { body: second } = await login(ann.password)
  const live = await openDocument(node.url, await createDraft(ann), second.accessToken)
  expect((await sendRequest(node.url, 'PUT', '/api/auth/password', { currentPassword: ann.password, newPassword: next })).status).toBe(401)
  const wrong = await change('not it')
  expect([wrong.status, wrong.body.errors]).toEqual([400, [{ path: 'currentPassword', message: 'This is not your current password.' }]])
  expect((await change(ann.password, 'short')).status).toBe(400)
  expect(await isSignedIn(second.accessToken)).toBe(true)

  expect((await change(ann.password)).status).toBe(204)
  expect(await isSignedIn(second.accessToken)).toBe(false)
  expect(await isSignedIn(ann.token)).toBe(true)
  expect((await sendRequest(node.url, 'POST', '/api/auth/refresh', { refreshToken: second.refreshToken })).status).toBe(401)
  await waitUntil(() => live.refusalReason() ?? !live.provider.isAuthenticated, 'the open document of the other session to be closed')
  live.close()
  expect((await login(ann.password)).status).toBe(401)
  expect((await login(next)).status).toBe(200)
  await waitForNotification(ann, ({ title }) => title === 'Your password was changed', 'the new password')
})

test('password changes have their own limit of failures: failed sign-ins do not count, and vice versa', async () => {
  for (let n = 0; n < 5; n++) expect((await change('not it')).status).toBe(400)
  await sql`update sign_in_attempt set next_at = now() + interval '10 minutes'`.execute(node.database.sql)
  expect((await change(ann.password)).status).toBe(429)
  // these failures do not delay a sign-in
  expect((await login(ann.password)).status).toBe(200)
  await sql`truncate sign_in_attempt`.execute(node.database.sql)
  for (let n = 0; n < 5; n++) await login('not it')
  expect((await change(ann.password)).status).toBe(204)
})

test('a reset link works once, ends every session, and clears the known devices and counted failures', async () => {
  const { body: second } = await login(ann.password)
  const [token] = (await links(ann.email.toUpperCase(), 1)) as [string]
  expect((await reset(token, 'short')).status).toBe(400)
  for (let n = 0; n < 5; n++) await login('not it')

  expect((await reset(token)).status).toBe(204)
  for (const one of [ann.token, second.accessToken]) expect(await isSignedIn(one)).toBe(false)
  expect((await login(next)).status).toBe(200)
  expect((await login(ann.password)).status).toBe(401)
  const used = await reset(token, 'yet another password')
  expect([used.status, used.body.detail]).toEqual([400, 'This link is invalid, was used or has expired. Request a new one.'])
  expect(used.body.errors).toMatchObject([{ path: 'token' }])
  expect((await reset('made-up')).status).toBe(400)
  const { rows } = await sql<{
    used: number
  }>`select count(*)::int as used from device where used_at < now() - interval '1 minute'`.execute(node.database.sql)
  expect(rows[0]?.used).toBe(0)
  const { deviceToken } = second
  for (let n = 0; n < 5; n++) await login('not it')
  expect((await login(next, { deviceToken })).status).toBe(429)
})

test('of concurrent password resets one succeeds, and a newer link invalidates earlier ones', async () => {
  const [first] = (await links(ann.email, 1)) as [string]
  const [newest] = (await links(ann.email, 2)) as [string, string]
  expect(newest).not.toBe(first)
  const answers = await Promise.all([reset(first, 'one password'), reset(newest, 'other password'), reset(newest, 'third password')])
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
  expect((await reset(first)).status).toBe(400)
})

test('a sign-in with the old password during a reset leaves no session', async () => {
  for (let round = 0; round < 4; round++) {
    await sql`truncate sign_in_attempt, sign_in_hour, password_reset, outbox_mail`.execute(node.database.sql)
    const present = round === 0 ? ann.password : `password ${round - 1}`
    const [token] = (await links(ann.email, 1)) as [string]
    const [signedIn, taken] = await Promise.all([login(present), reset(token, `password ${round}`)])
    expect(taken.status).toBe(204)
    if (signedIn.status === 200) expect(await isSignedIn(signedIn.body.accessToken)).toBe(false)
  }
})

test('an expired reset link is refused, and the link is stored only in the mail', async () => {
  const [token] = (await links(ann.email, 1)) as [string]
  const dump = await Promise.all(
    ['password_reset', 'delivery', 'event', 'notification'].map((table) =>
      sql`select to_jsonb(t)::text as row from ${sql.table(table)} t`.execute(node.database.sql),
    ),
  )
  expect(JSON.stringify(dump.map(({ rows }) => rows))).not.toContain(token)
  await sql`update password_reset set expires_at = now()`.execute(node.database.sql)
  expect((await reset(token)).status).toBe(400)
  expect((await login(ann.password)).status).toBe(200)
})

test('every reset request gets the same response; an account gets at most three mails, a suspended one none', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  await admin.request('PATCH', `/api/users/${ben.id}`, { status: 'suspended' })
  const answers = [await forgot('nobody@example.org'), await forgot(ben.email)]
  for (let n = 0; n < 5; n++) answers.push(await forgot(ann.email))
  for (const { status, body } of answers) expect([status, body]).toEqual([204, ''])
  await waitUntil(async () => (await settled(), (await mails()).length >= 3), 'the mails')
  await settled()
  expect((await mails()).map(({ to }: { to: string }) => to)).toEqual([ann.email, ann.email, ann.email])
  expect((await forgot('no address')).status).toBe(400)
})

test('deleting an account deletes its password and devices and ends its sessions', async () => {
  expect((await ann.request('DELETE', `/api/users/${ann.id}`)).status).toBe(204)
  const left = async () =>
    (
      await sql`select user_id from credential where user_id = ${ann.id} union all select user_id from device where user_id = ${ann.id}
        union all select user_id from session where user_id = ${ann.id} and ended_at is null`.execute(node.database.sql)
    ).rows
  await waitUntil(async () => (await left()).length === 0, 'all of it to be forgotten')
})
