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
const replacementPassword = 'a new password'
beforeEach(async () => {
  node = await getEmptyNode()
  admin = await registerPerson(node.url, 'Admin')
  ann = await registerPerson(node.url, 'Ann')
})

const login = (password: string, fields: object = {}) =>
  sendRequest(node.url, 'POST', '/api/auth/login', { email: ann.email, password, ...fields })
const createBearerHeader = (token: string) => ({ authorization: `Bearer ${token}` })
const isSignedIn = async (token: string) =>
  (await sendRequest(node.url, 'GET', '/api/auth/me', undefined, createBearerHeader(token))).status === 200
const changePassword = (currentPassword: string, newPassword = replacementPassword) =>
  ann.request('PUT', '/api/auth/password', { currentPassword, newPassword })
const requestReset = (email: string) => sendRequest(node.url, 'POST', '/api/auth/password/forgot', { email })
const resetPassword = (token: string, password = replacementPassword) =>
  sendRequest(node.url, 'POST', '/api/auth/password/reset', { token, password })
/** Waits until the events and deliveries of earlier requests are processed. */
async function deliverPending() {
  await node.sequencer.drain()
  await node.deliveryWorker.deliverDue()
}
const listResetMails = async () =>
  (await admin.request('GET', '/api/outbox?limit=100')).body.items.filter(
    ({ subject }: { subject: string }) => subject === 'Choose a new password',
  )
/** Requests a reset link and reads all links from the mail, newest first. */
async function requestResetLinks(email: string, minimumMails: number): Promise<string[]> {
  await requestReset(email)
  const mails = await waitUntil(
    async () => (await deliverPending(), await listResetMails()).length >= minimumMails && (await listResetMails()),
    'the reset mail',
  )
  const responses = await Promise.all(mails.map(({ id }: { id: string }) => admin.request('GET', `/api/outbox/${id}`)))
  return responses.map(({ body }) => /\/reset-password#([\w-]{43})\s/.exec(body.text)?.[1] as string)
}

test('changing a password needs the current one, ends the other sessions and sends a notification', async () => {
  const { body: secondSession } = await login(ann.password)
  const openedDraft = await openDocument(node.url, await createDraft(ann), secondSession.accessToken)
  expect(
    (await sendRequest(node.url, 'PUT', '/api/auth/password', { currentPassword: ann.password, newPassword: replacementPassword })).status,
  ).toBe(401)
  const refused = await changePassword('not it')
  expect([refused.status, refused.body.errors]).toEqual([400, [{ path: 'currentPassword', message: 'This is not your current password.' }]])
  expect((await changePassword(ann.password, 'short')).status).toBe(400)
  expect(await isSignedIn(secondSession.accessToken)).toBe(true)

  expect((await changePassword(ann.password)).status).toBe(204)
  expect(await isSignedIn(secondSession.accessToken)).toBe(false)
  expect(await isSignedIn(ann.token)).toBe(true)
  expect((await sendRequest(node.url, 'POST', '/api/auth/refresh', { refreshToken: secondSession.refreshToken })).status).toBe(401)
  await waitUntil(
    () => openedDraft.refusalReason() ?? !openedDraft.provider.isAuthenticated,
    'the open document of the other session to be closed',
  )
  openedDraft.close()
  expect((await login(ann.password)).status).toBe(401)
  expect((await login(replacementPassword)).status).toBe(200)
  await waitForNotification(ann, ({ title }) => title === 'Your password was changed', 'the new password')
})

test('password changes have their own limit of failures: failed sign-ins do not count, and vice versa', async () => {
  for (let n = 0; n < 5; n++) expect((await changePassword('not it')).status).toBe(400)
  await sql`update sign_in_attempt set next_at = now() + interval '10 minutes'`.execute(node.database.sql)
  expect((await changePassword(ann.password)).status).toBe(429)
  // these failures do not delay a sign-in
  expect((await login(ann.password)).status).toBe(200)
  await sql`truncate sign_in_attempt`.execute(node.database.sql)
  for (let n = 0; n < 5; n++) await login('not it')
  expect((await changePassword(ann.password)).status).toBe(204)
})

test('a reset link works once, ends every session, and clears the known devices and counted failures', async () => {
  const { body: secondSession } = await login(ann.password)
  const [token] = (await requestResetLinks(ann.email.toUpperCase(), 1)) as [string]
  expect((await resetPassword(token, 'short')).status).toBe(400)
  for (let n = 0; n < 5; n++) await login('not it')

  expect((await resetPassword(token)).status).toBe(204)
  for (const accessToken of [ann.token, secondSession.accessToken]) expect(await isSignedIn(accessToken)).toBe(false)
  expect((await login(replacementPassword)).status).toBe(200)
  expect((await login(ann.password)).status).toBe(401)
  const reused = await resetPassword(token, 'yet another password')
  expect([reused.status, reused.body.detail]).toEqual([400, 'This link is invalid, was used or has expired. Request a new one.'])
  expect(reused.body.errors).toMatchObject([{ path: 'token' }])
  expect((await resetPassword('made-up')).status).toBe(400)
  const { rows } = await sql<{
    used: number
  }>`select count(*)::int as used from device where used_at < now() - interval '1 minute'`.execute(node.database.sql)
  expect(rows[0]?.used).toBe(0)
  const { deviceToken } = secondSession
  for (let n = 0; n < 5; n++) await login('not it')
  expect((await login(replacementPassword, { deviceToken })).status).toBe(429)
})

test('of concurrent password resets one succeeds, and a newer link invalidates earlier ones', async () => {
  const [firstToken] = (await requestResetLinks(ann.email, 1)) as [string]
  const [newestToken] = (await requestResetLinks(ann.email, 2)) as [string, string]
  expect(newestToken).not.toBe(firstToken)
  const responses = await Promise.all([
    resetPassword(firstToken, 'one password'),
    resetPassword(newestToken, 'other password'),
    resetPassword(newestToken, 'third password'),
  ])
  expect(responses.filter(({ status }) => status === 204)).toHaveLength(1)
  expect((await resetPassword(firstToken)).status).toBe(400)
})

test('a sign-in with the old password during a reset leaves no session', async () => {
  for (let round = 0; round < 4; round++) {
    await sql`truncate sign_in_attempt, sign_in_hour, password_reset, outbox_mail`.execute(node.database.sql)
    const currentPassword = round === 0 ? ann.password : `password ${round - 1}`
    const [token] = (await requestResetLinks(ann.email, 1)) as [string]
    const [signInResponse, resetResponse] = await Promise.all([login(currentPassword), resetPassword(token, `password ${round}`)])
    expect(resetResponse.status).toBe(204)
    if (signInResponse.status === 200) expect(await isSignedIn(signInResponse.body.accessToken)).toBe(false)
  }
})

test('an expired reset link is refused, and the link is stored only in the mail', async () => {
  const [token] = (await requestResetLinks(ann.email, 1)) as [string]
  const dump = await Promise.all(
    ['password_reset', 'delivery', 'event', 'notification'].map((table) =>
      sql`select to_jsonb(t)::text as row from ${sql.table(table)} t`.execute(node.database.sql),
    ),
  )
  expect(JSON.stringify(dump.map(({ rows }) => rows))).not.toContain(token)
  await sql`update password_reset set expires_at = now()`.execute(node.database.sql)
  expect((await resetPassword(token)).status).toBe(400)
  expect((await login(ann.password)).status).toBe(200)
})

test('every reset request gets the same response; an account gets at most three mails, a suspended one none', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  await admin.request('PATCH', `/api/users/${ben.id}`, { status: 'suspended' })
  const responses = [await requestReset('nobody@example.org'), await requestReset(ben.email)]
  for (let n = 0; n < 5; n++) responses.push(await requestReset(ann.email))
  for (const { status, body } of responses) expect([status, body]).toEqual([204, ''])
  await waitUntil(async () => (await deliverPending(), (await listResetMails()).length >= 3), 'three reset mails')
  await deliverPending()
  expect((await listResetMails()).map(({ to }: { to: string }) => to)).toEqual([ann.email, ann.email, ann.email])
  expect((await requestReset('no address')).status).toBe(400)
})

test('deleting an account deletes its password and devices and ends its sessions', async () => {
  expect((await ann.request('DELETE', `/api/users/${ann.id}`)).status).toBe(204)
  const listRemainingRows = async () =>
    (
      await sql`select user_id from credential where user_id = ${ann.id} union all select user_id from device where user_id = ${ann.id}
        union all select user_id from session where user_id = ${ann.id} and ended_at is null`.execute(node.database.sql)
    ).rows
  await waitUntil(async () => (await listRemainingRows()).length === 0, 'all credentials, devices and sessions to be deleted')
})
