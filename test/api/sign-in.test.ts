import { verify } from '@node-rs/argon2'
import { sql } from 'kysely'
import { beforeEach, expect, test } from 'vitest'
import { countAttempt } from '../../domain/auth/sign-in-attempt.ts'
import { hashPassword } from '../../domain/auth/password.ts'
import type { PreparationContext } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'
import { type ApiResponse, sendRequest, type Person, registerPerson } from '../support/client.ts'
import { createEmptyDatabase, getEmptyNode, usesPostgres, startNode } from '../support/node.ts'

let node: Node
let ann: Person
const unknownEmail = 'nobody@example.org'
beforeEach(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

const login = (email: string, password: string, fields: object = {}, headers: Record<string, string> = {}, url = node.url) =>
  sendRequest(url, 'POST', '/api/auth/login', { email, password, ...fields }, headers)
const attemptWrongPassword = (email: string) => login(email, 'wrong password')
const failAttempts = async (email: string, times: number) => {
  for (let n = 0; n < times; n++) expect((await attemptWrongPassword(email)).status).toBe(401)
}
const countStatus = (responses: ApiResponse[], status: number) => responses.filter((response) => response.status === status).length
const readRetryAfter = ({ headers }: ApiResponse) => Number(headers.get('retry-after'))
/** Moves the counted attempts into the past, as if this time had passed. */
async function advanceTime(seconds: number) {
  const interval = sql`${seconds} * interval '1 second'`
  await sql`update sign_in_attempt set last_at = last_at - ${interval}, next_at = next_at - ${interval}`.execute(node.database.sql)
  await sql`update sign_in_hour set failed_at = array(select at - ${interval} from unnest(failed_at) at order by at)`.execute(
    node.database.sql,
  )
}
/** Stores a hundred failures within the last 50 minutes, from unspecified sources. */
const storeHundredFailures = (email: string) =>
  sql`insert into sign_in_hour (email, failed_at) select ${email}, array(select now() - n * interval '1 minute' / 2 from generate_series(100, 1, -1) n)
    on conflict (email) do update set failed_at = excluded.failed_at`.execute(node.database.sql)

/** The delay after the newest failure, in seconds; null without a delay. */
async function readDelay(email: string): Promise<number | null> {
  const { rows } = await sql<{ seconds: number | null }>`
    select extract(epoch from next_at - last_at)::int as seconds from sign_in_attempt where email = ${email}`.execute(node.database.sql)
  return rows[0]?.seconds ?? null
}
/** The most attempts that are checked within a number of seconds: five, and one more after 1, 2, 4, … seconds. */
const maxAttempts = (seconds: number) => 5 + Math.floor(Math.log2(seconds + 1))
/** Makes concurrent attempts. @returns how many were checked, how many were refused, how many may be checked at most */
async function attemptConcurrently(times: number, attempt: (n: number) => Promise<ApiResponse>) {
  const startedAt = performance.now()
  const responses = await Promise.all(Array.from({ length: times }, (_, n) => attempt(n)))
  return {
    checked: countStatus(responses, 401),
    refused: countStatus(responses, 429),
    maximum: maxAttempts((performance.now() - startedAt) / 1000),
  }
}

test('after five failures an address, known or not, waits one second, doubled by each failure up to 15 minutes', async () => {
  for (const email of [unknownEmail, ann.email]) {
    await failAttempts(email, 4)
    expect(await readDelay(email)).toBe(null)
    const delays: (number | null)[] = []
    for (let n = 0; n < 12; n++) {
      expect((await attemptWrongPassword(email)).status).toBe(401)
      delays.push(await readDelay(email))
      if (n < 11) await advanceTime(900)
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
    const refused = await attemptWrongPassword(email)
    expect(refused.status).toBe(429)
    expect(refused.body.detail).toBe(`Too many failed attempts for this account. Try again in ${readRetryAfter(refused)} s.`)
    expect(readRetryAfter(refused)).toBeGreaterThan(800)
    expect(readRetryAfter(refused)).toBeLessThanOrEqual(900)
  }
  // the right password must wait as well, and existing sessions stay valid
  expect((await login(ann.email, ann.password)).status).toBe(429)
  expect((await ann.request('GET', '/api/auth/me')).status).toBe(200)
  await advanceTime(900)
  expect((await login(ann.email, ann.password)).status).toBe(200)
})

test('a successful sign-in and an hour without a failure reset the count of failures', async () => {
  await failAttempts(ann.email, 4)
  expect((await login(ann.email, ann.password)).status).toBe(200)
  expect(await readDelay(ann.email)).toBe(null)
  await failAttempts(ann.email, 5)
  expect(await readDelay(ann.email)).toBe(1)
  await advanceTime(3601)
  await failAttempts(ann.email, 4)
  expect(await readDelay(ann.email)).toBe(null)
})

/** Sets fourteen failures whose delay has passed, so that one more attempt is allowed. */
const storeFourteenFailures = (email: string, { database }: Node) =>
  sql`update sign_in_attempt set failures = 14, next_at = now() - interval '1 second' where email = ${email}`.execute(database.sql)

test('of forty concurrent guesses five are checked, and one more after each delay', async () => {
  const { checked, refused, maximum } = await attemptConcurrently(40, () => attemptWrongPassword(ann.email))
  expect(checked).toBeGreaterThanOrEqual(5)
  expect(checked).toBeLessThanOrEqual(maximum)
  expect(refused).toBe(40 - checked)
  // when the next delay is 15 minutes, exactly one of forty is checked, however long they take
  await storeFourteenFailures(ann.email, node)
  expect(await attemptConcurrently(40, () => attemptWrongPassword(ann.email))).toMatchObject({ checked: 1, refused: 39 })
})

test('an account, known or not, is limited to 100 failures an hour from all sources; refused attempts do not count', async () => {
  for (const email of [ann.email, unknownEmail]) {
    await storeHundredFailures(email)
    const refused = await attemptWrongPassword(email)
    expect(refused.status).toBe(429)
    // the oldest was 50 minutes ago
    expect(readRetryAfter(refused)).toBeGreaterThan(500)
    expect(readRetryAfter(refused)).toBeLessThanOrEqual(600)
    // now the two oldest are more than an hour old, so two more may be tried
    await advanceTime(645)
    await failAttempts(email, 2)
    expect((await attemptWrongPassword(email)).status).toBe(429)
  }
})

test('concurrent attempts from several sources do not exceed the limit of 100 failures', async () => {
  await storeHundredFailures(ann.email)
  await advanceTime(600 + 75)
  const responses = await Promise.all(
    Array.from({ length: 4 }, () => ['a', 'b', 'c']).flatMap((names) => names.map((name) => tryCount(`address:${name}`))),
  )
  expect(responses.filter(Boolean)).toHaveLength(3)

  async function tryCount(name: string): Promise<boolean> {
    const { sql: db } = node.database
    const context = { db, autocommit: { db } } as unknown as PreparationContext
    return countAttempt(context, ann.email, { name, trusted: false }).then(
      () => true,
      () => false,
    )
  }
})

test('failures of others do not delay a known device, by cookie or token; another account’s device is delayed', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const firstSignIn = await login(ann.email, ann.password)
  const cookie = firstSignIn.headers.getSetCookie().join()
  expect(cookie).toMatch(/^device-[0-9a-f]{16}=[\w-]{43}; path=\/api\/auth; expires=.*; samesite=strict; httponly$/i)
  const { deviceToken } = firstSignIn.body
  const deviceCookie = { cookie: cookie.split(';')[0] as string }
  const foreignDeviceToken = (await login(ben.email, ben.password)).body.deviceToken

  await failAttempts(ann.email, 5)
  await storeHundredFailures(ann.email)
  expect((await login(ann.email, ann.password)).status).toBe(429)
  expect((await login(ann.email, ann.password, { deviceToken: foreignDeviceToken })).status).toBe(429)
  expect((await login(ann.email, ann.password, { deviceToken: 'made up' })).status).toBe(429)
  const repeated = await login(ann.email, ann.password, { deviceToken })
  expect(repeated.status).toBe(200)
  expect(repeated.body.deviceToken).toBe(deviceToken)
  expect((await login(ann.email, ann.password, {}, deviceCookie)).status).toBe(200)
  // a device token does not replace the password, and has its own limit of five failures
  const { checked, refused, maximum } = await attemptConcurrently(20, () => login(ann.email, 'wrong password', { deviceToken }))
  expect(checked).toBeGreaterThanOrEqual(5)
  expect(checked).toBeLessThanOrEqual(maximum)
  expect(refused).toBe(20 - checked)
})

test('a password matches in every Unicode normalization form, an e-mail address in upper and lower case', async () => {
  const email = 'jose@example.org'
  const password = 'pässwörd lång'
  await sendRequest(node.url, 'POST', '/api/auth/register', { email, password: password.normalize('NFC'), name: 'José' })
  for (const form of ['NFC', 'NFD'] as const) expect((await login(' JOSE@Example.ORG ', password.normalize(form))).status).toBe(200)
  const registered = await sendRequest(node.url, 'POST', '/api/auth/register', {
    email: 'nfd@example.org',
    password: password.normalize('NFD'),
    name: 'N',
  })
  expect((await login('nfd@example.org', password.normalize('NFC'))).status).toBe(200)
  expect(registered.status).toBe(201)
  // the length limits count the normalized characters
  const short = await sendRequest(node.url, 'POST', '/api/auth/register', {
    email: 's@example.org',
    password: 'ööööö'.normalize('NFD'),
    name: 'S',
  })
  expect(short.status).toBe(400)
  expect(
    (
      await sendRequest(node.url, 'POST', '/api/auth/register', {
        email: 'l@example.org',
        password: 'ö'.repeat(200).normalize('NFD'),
        name: 'L',
      })
    ).status,
  ).toBe(201)
})

test('a password stored before normalization still works, and its hash is replaced by a normalized one', async () => {
  const password = 'pässwörd lång'
  const oldHash = await hashPassword(password.normalize('NFD'))
  await sql`update credential set hash = ${oldHash} where user_id = ${ann.id}`.execute(node.database.sql)
  expect((await login(ann.email, password.normalize('NFD'))).status).toBe(200)
  expect((await login(ann.email, password.normalize('NFC'))).status).toBe(200)
  const { rows } = await sql<{ hash: string }>`select hash from credential where user_id = ${ann.id}`.execute(node.database.sql)
  expect(await verify(rows[0]?.hash as string, password.normalize('NFC'))).toBe(true)
})

test.runIf(usesPostgres)('the nodes of one installation share the counts of failures', async () => {
  const { env, remove } = await createEmptyDatabase()
  const nodes = [await startNode(env), await startNode(env)] as const
  try {
    await login(unknownEmail, 'wrong password', {}, {}, nodes[0].url)
    await storeFourteenFailures(unknownEmail, nodes[0])
    expect(await attemptConcurrently(40, (n) => login(unknownEmail, 'wrong password', {}, {}, nodes[n % 2]?.url))).toMatchObject({
      checked: 1,
      refused: 39,
    })
  } finally {
    for (const clusterNode of nodes) await clusterNode.stop()
    await remove()
  }
})
