import { join } from 'node:path'
import jwt from 'jsonwebtoken'
import { afterAll, expect, test } from 'vitest'
import {
  sendRequest,
  createDraft,
  type OpenDocument,
  connectDocument,
  openDocument,
  type Person,
  registerPerson,
  isSaved,
} from '../support/client.ts'
import { type ClusterNode, startClusterNode, testSecret } from '../support/cluster.ts'
import { createEmptyDatabase } from '../support/node.ts'
import { subscribeByWebSocket } from '../support/event-subscriber.ts'
import { findFreePort } from '../support/servers.ts'
import { waitUntil } from '../support/wait-until.ts'

const { env, remove } = await createEmptyDatabase()
const running: ClusterNode[] = []
const tabs: OpenDocument[] = []
afterAll(async () => {
  for (const { close } of tabs) close()
  for (const node of running) await node.kill('SIGKILL')
  await remove()
})

/** Starts a node whose clock jumps on SIGUSR2, after it kills the previous node on the same database. */
async function node(jump: number): Promise<ClusterNode> {
  for (const one of running) await one.kill('SIGKILL')
  const clock = join(import.meta.dirname, '../support/jumping-clock.ts')
  const one = await startClusterNode({
    ...env,
    PORT: String(await findFreePort()),
    TOKEN_SECRET: testSecret,
    NODE_OPTIONS: `--import=${clock}`,
    CLOCK_JUMP: String(jump),
  })
  running.push(one)
  return one
}

const now = () => Math.floor(Date.now() / 1000)
/** A token of a person with claims of a different clock. */
function tokenOf({ token }: Person, claims: jwt.JwtPayload): string {
  return jwt.sign({ ...(jwt.decode(token) as jwt.JwtPayload), ...claims }, testSecret, { algorithm: 'HS256' })
}

async function tab(url: string, name: string, token: string | (() => string)) {
  const one = await openDocument(url, name, token)
  tabs.push(one)
  let reason: string | undefined
  one.provider.on('close', ({ event }: { event: { reason: string } }) => {
    reason = event.reason
  })
  return { one, reason: () => reason }
}

test('a token signed with another clock is accepted or refused by its exp and nbf claims only', async () => {
  const { url } = await node(0)
  const ann = await registerPerson(url, 'Ann')
  const name = await createDraft(ann)
  const cases: [string, jwt.JwtPayload, boolean][] = [
    ['issued one hour in the future by a clock that is ahead', { iat: now() + 3600, exp: now() + 4500 }, true],
    ['issued an hour ago and valid for a day', { iat: now() - 3600, exp: now() + 86_400 }, true],
    ['expired 2 s ago', { exp: now() - 2 }, false],
    ['expired an hour ago', { iat: now() - 7200, exp: now() - 3600 }, false],
    ['valid in one minute', { nbf: now() + 60 }, false],
    ['valid since a minute ago', { nbf: now() - 60 }, true],
  ]
  for (const [what, claims, good] of cases) {
    const token = tokenOf(ann, claims)
    const { status } = await sendRequest(url, 'GET', '/api/users/me', undefined, { authorization: `Bearer ${token}` })
    expect(status, `${what}, over REST`).toBe(good ? 200 : 401)
    const one = connectDocument(url, name, token)
    tabs.push(one)
    if (good) await waitUntil(() => isSaved(one), `${what}: to be let in`)
    else expect(await waitUntil(() => one.refusalReason(), `${what}: to be refused`)).toBe('unauthenticated')
  }
  console.log(`clock: ${cases.length} tokens that another clock signed, judged by their end and beginning alone; no second of grace`)
})

test('when the clock jumps an hour ahead, expired tokens are closed, and a new sign-in can edit', async () => {
  const { url, process: child } = await node(3_600_000)
  const ann = await registerPerson(url, 'Ann')
  const name = await createDraft(ann)
  const { one, reason } = await tab(url, name, ann.token)
  one.text.insert(0, 'before ')
  await waitUntil(() => isSaved(one), 'the words to be saved')
  child.child.kill('SIGUSR2')
  await waitUntil(() => reason() === 'unauthenticated', 'the document to be closed')
  const { body } = await sendRequest(url, 'POST', '/api/auth/login', { email: ann.email, password: ann.password })
  const later = await tab(url, name, body.accessToken)
  expect(later.one.text.toString()).toBe('before ')
  later.one.text.insert(0, 'after ')
  await waitUntil(() => isSaved(later.one), 'the words to be saved')
})

test('when the clock jumps an hour back, connections still close when their token would have expired', async () => {
  const { url, process: child } = await node(-3_600_000)
  const ann = await registerPerson(url, 'Ann')
  const name = await createDraft(ann)
  const short = tokenOf(ann, { exp: now() + 6 })
  const { one, reason } = await tab(url, name, short)
  const subscriber = subscribeByWebSocket(url, { token: short })
  await subscriber.waitUntilReady()
  one.text.insert(0, 'before ')
  await waitUntil(() => isSaved(one), 'the words to be saved')
  child.child.kill('SIGUSR2')
  await waitUntil(() => reason() === 'unauthenticated', 'the document to be closed', 20_000)
  await waitUntil(() => subscriber.closeReason === 'unauthenticated', 'the event socket to be closed', 20_000)
})

test('a clock jump of 30 s closes no connection', async () => {
  const { url, process: child } = await node(30_000)
  const ann = await registerPerson(url, 'Ann')
  const name = await createDraft(ann)
  const { one, reason } = await tab(url, name, ann.token)
  child.child.kill('SIGUSR2')
  // the node checks the tokens twice within this time
  const looked = Date.now() + 11_000
  await waitUntil(() => Date.now() > looked, 'two looks at the tokens')
  one.text.insert(0, 'still here')
  await waitUntil(() => isSaved(one), 'the words to be saved')
  expect(reason()).toBeUndefined()
})
