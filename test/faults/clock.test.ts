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
const runningNodes: ClusterNode[] = []
const openDocuments: OpenDocument[] = []
afterAll(async () => {
  for (const { close } of openDocuments) close()
  for (const node of runningNodes) await node.kill('SIGKILL')
  await remove()
})

/** Starts a node whose clock jumps on SIGUSR2, after it kills the previous node on the same database. */
async function startJumpingNode(jump: number): Promise<ClusterNode> {
  for (const previous of runningNodes) await previous.kill('SIGKILL')
  const clock = join(import.meta.dirname, '../support/jumping-clock.ts')
  const started = await startClusterNode({
    ...env,
    PORT: String(await findFreePort()),
    TOKEN_SECRET: testSecret,
    NODE_OPTIONS: `--import=${clock}`,
    CLOCK_JUMP: String(jump),
  })
  runningNodes.push(started)
  return started
}

const readUnixSeconds = () => Math.floor(Date.now() / 1000)
/** A token of a person with claims of a different clock. */
function signToken({ token }: Person, claims: jwt.JwtPayload): string {
  return jwt.sign({ ...(jwt.decode(token) as jwt.JwtPayload), ...claims }, testSecret, { algorithm: 'HS256' })
}

async function openAndFollow(url: string, name: string, token: string | (() => string)) {
  const client = await openDocument(url, name, token)
  openDocuments.push(client)
  let reason: string | undefined
  client.provider.on('close', ({ event }: { event: { reason: string } }) => {
    reason = event.reason
  })
  return { client, reason: () => reason }
}

test('a token signed with another clock is accepted or refused by its exp and nbf claims only', async () => {
  const { url } = await startJumpingNode(0)
  const ann = await registerPerson(url, 'Ann')
  const name = await createDraft(ann)
  const cases: [string, jwt.JwtPayload, boolean][] = [
    ['issued one hour in the future by a clock that is ahead', { iat: readUnixSeconds() + 3600, exp: readUnixSeconds() + 4500 }, true],
    ['issued an hour ago and valid for a day', { iat: readUnixSeconds() - 3600, exp: readUnixSeconds() + 86_400 }, true],
    ['expired 2 s ago', { exp: readUnixSeconds() - 2 }, false],
    ['expired an hour ago', { iat: readUnixSeconds() - 7200, exp: readUnixSeconds() - 3600 }, false],
    ['valid in one minute', { nbf: readUnixSeconds() + 60 }, false],
    ['valid since a minute ago', { nbf: readUnixSeconds() - 60 }, true],
  ]
  for (const [title, claims, isAccepted] of cases) {
    const token = signToken(ann, claims)
    const { status } = await sendRequest(url, 'GET', '/api/users/me', undefined, { authorization: `Bearer ${token}` })
    expect(status, `${title}, over REST`).toBe(isAccepted ? 200 : 401)
    const client = connectDocument(url, name, token)
    openDocuments.push(client)
    if (isAccepted) await waitUntil(() => isSaved(client), `${title}: to be accepted`)
    else expect(await waitUntil(() => client.refusalReason(), `${title}: to be refused`)).toBe('unauthenticated')
  }
  console.log(`clock: ${cases.length} tokens that another clock signed, judged by their end and beginning alone; no second of grace`)
})

test('when the clock jumps an hour ahead, expired tokens are closed, and a new sign-in can edit', async () => {
  const { url, process: child } = await startJumpingNode(3_600_000)
  const ann = await registerPerson(url, 'Ann')
  const name = await createDraft(ann)
  const { client, reason } = await openAndFollow(url, name, ann.token)
  client.text.insert(0, 'before ')
  await waitUntil(() => isSaved(client), 'the text to be saved')
  child.child.kill('SIGUSR2')
  await waitUntil(() => reason() === 'unauthenticated', 'the document to be closed')
  const { body } = await sendRequest(url, 'POST', '/api/auth/login', { email: ann.email, password: ann.password })
  const second = await openAndFollow(url, name, body.accessToken)
  expect(second.client.text.toString()).toBe('before ')
  second.client.text.insert(0, 'after ')
  await waitUntil(() => isSaved(second.client), 'the text to be saved')
})

test('when the clock jumps an hour back, connections still close when their token would have expired', async () => {
  const { url, process: child } = await startJumpingNode(-3_600_000)
  const ann = await registerPerson(url, 'Ann')
  const name = await createDraft(ann)
  const shortToken = signToken(ann, { exp: readUnixSeconds() + 6 })
  const { client, reason } = await openAndFollow(url, name, shortToken)
  const subscriber = subscribeByWebSocket(url, { token: shortToken })
  await subscriber.waitUntilReady()
  client.text.insert(0, 'before ')
  await waitUntil(() => isSaved(client), 'the text to be saved')
  child.child.kill('SIGUSR2')
  await waitUntil(() => reason() === 'unauthenticated', 'the document to be closed', 20_000)
  await waitUntil(() => subscriber.closeReason === 'unauthenticated', 'the event socket to be closed', 20_000)
})

test('a clock jump of 30 s closes no connection', async () => {
  const { url, process: child } = await startJumpingNode(30_000)
  const ann = await registerPerson(url, 'Ann')
  const name = await createDraft(ann)
  const { client, reason } = await openAndFollow(url, name, ann.token)
  child.child.kill('SIGUSR2')
  // the node checks the tokens twice within this time
  const checkedTwiceAt = Date.now() + 11_000
  await waitUntil(() => Date.now() > checkedTwiceAt, 'two checks of the tokens')
  client.text.insert(0, 'still here')
  await waitUntil(() => isSaved(client), 'the text to be saved')
  expect(reason()).toBeUndefined()
})
