import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createDraft, openDocument, registerPerson, isSaved } from '../support/client.ts'
import { createEmptyDatabase, usesPostgres } from '../support/node.ts'
import { type FailedStart, type NodeProcess, startNodeProcess, tryStartNodeProcess } from '../support/process.ts'
import { waitUntil } from '../support/wait-until.ts'

const { env, remove } = await createEmptyDatabase()
const runningProcesses: NodeProcess[] = []
afterAll(async () => {
  for (const node of runningProcesses) await node.kill('SIGKILL')
  await remove()
})

async function startProcess(extraEnv: Record<string, string> = {}): Promise<NodeProcess> {
  const node = await startNodeProcess({ ...env, ...extraEnv })
  runningProcesses.push(node)
  return node
}

describe.skipIf(usesPostgres)('one data directory (embedded)', () => {
  test('is refused to a second process with one line and can be used again after kill -9', async () => {
    const firstProcess = await startProcess()
    const refusedProcess = (await tryStartNodeProcess(env)) as FailedStart
    expect(refusedProcess.code).toBe(1)
    expect(refusedProcess.errors.trim().split('\n')).toHaveLength(1)
    expect(refusedProcess.errors).toContain(`in use by process ${firstProcess.child.pid}`)
    expect((await fetch(`${firstProcess.url}/livez`)).status).toBe(200)
    await firstProcess.kill('SIGKILL')
    const thirdProcess = await startProcess()
    expect((await fetch(`${thirdProcess.url}/readyz`)).status).toBe(200)
    await thirdProcess.kill('SIGTERM')
  })
})

describe.skipIf(!usesPostgres)('one database (PostgreSQL)', () => {
  test('two nodes that start at once on an empty database both become ready', async () => {
    const database = await createEmptyDatabase({ migrated: false })
    const nodes = await Promise.all([startNodeProcess(database.env), startNodeProcess(database.env)])
    runningProcesses.push(...nodes)
    for (const { url } of nodes) expect((await fetch(`${url}/readyz`)).status).toBe(200)
    // both nodes confirm a change of access, so each knows the other
    const ann = await registerPerson(nodes[0]?.url as string, 'Ann')
    const ben = await registerPerson(nodes[1]?.url as string, 'Ben')
    const name = await createDraft(ann)
    const { body } = await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
    if (process.env.TEST_REDIS_URL) expect(body.enforcement).toMatchObject({ nodes: 2, confirmed: 2 })
    for (const node of nodes) await node.kill('SIGTERM')
    await database.remove()
  })
})

test.each(['SIGTERM', 'SIGINT'] as const)('a node exits with 0 on %s and loses no acknowledged edit', async (signal) => {
  const node = await startProcess()
  const ann = await registerPerson(node.url, `Ann${signal}`)
  const name = await createDraft(ann)
  const author = await openDocument(node.url, name, ann.token)
  author.text.insert(0, 'kept')
  await waitUntil(() => isSaved(author), 'the text to be saved')
  expect(await node.kill(signal)).toBe(0)
  author.close()
  const restarted = await startProcess()
  const reader = await openDocument(restarted.url, name, ann.token)
  expect(reader.text.toString()).toBe('kept')
  reader.close()
  expect(await restarted.kill('SIGTERM')).toBe(0)
})

test('a node stopped while it compacts long documents logs no warning and loses no edit', async () => {
  const node = await startProcess({ LOG_LEVEL: 'warn' })
  const ann = await registerPerson(node.url, 'Ann')
  const names = [await createDraft(ann, 'First'), await createDraft(ann, 'Second'), await createDraft(ann, 'Third')]
  const authors = await Promise.all(names.map((name) => openDocument(node.url, name, ann.token)))
  // more rows than are kept after a snapshot, so the node compacts each document, which takes time
  const edits = 6000
  for (let n = 0; n < edits; n++) for (const { text } of authors) text.insert(0, 'x')
  await waitUntil(() => authors.every(isSaved), 'the edits to be saved')
  expect(await node.kill('SIGTERM')).toBe(0)
  for (const author of authors) author.close()
  // another test can interrupt the shared Redis, and a busy machine can stall the process
  const warnings = node
    .errors()
    .split('\n')
    .filter((line) => line !== '' && !/redis unavailable|the process was stalled/.test(line))
  expect(warnings).toEqual([])
  const restarted = await startProcess()
  for (const name of names) {
    const reader = await openDocument(restarted.url, name, ann.token)
    expect(reader.text.length).toBe(edits)
    reader.close()
  }
  expect(await restarted.kill('SIGTERM')).toBe(0)
})

test('a node exits with 0 although one client never reads and another never finishes its request', async () => {
  const node = await startProcess()
  const ann = await registerPerson(node.url, 'Paused')
  const name = await createDraft(ann)
  const author = await openDocument(node.url, name, ann.token)
  const pausedSocket = new WebSocket(`${node.url.replace('http', 'ws')}/collab`)
  await once(pausedSocket, 'open')
  ;(pausedSocket as unknown as { _socket: { pause(): void } })._socket.pause()
  const { hostname, port } = new URL(node.url)
  const unfinishedRequest = connect(Number(port), hostname)
  unfinishedRequest.on('error', () => {})
  unfinishedRequest.write('POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"em')
  author.text.insert(0, 'x'.repeat(1000))
  await waitUntil(() => isSaved(author), 'the text to be saved')
  expect(await node.kill('SIGTERM')).toBe(0)
  author.close()
  pausedSocket.terminate()
  unfinishedRequest.destroy()
})

test.each([
  ['PORT', 'abc'],
  ['PORT', '70000'],
  ['DATABASE_URL', 'mysql://x'],
  ['REDIS_URL', 'nowhere'],
  ['TOKEN_SECRET', 'short'],
  ['SIGNING_CA_KEY', 'not a key'],
  ['TSA_URL', 'nowhere'],
  ['LOG_LEVEL', 'loud'],
  ['LIMITS', 'maybe'],
])('%s=%s stops the start with one line that names the variable', async (variable, value) => {
  const failed = (await tryStartNodeProcess({ ...env, [variable]: value })) as FailedStart
  expect(failed.code).toBe(1)
  expect(failed.errors.trim().split('\n')).toHaveLength(1)
  expect(failed.errors).toContain(`${variable}: `)
})

test.each([
  ['TOKEN_SECRET', {}],
  ['SIGNING_CA_KEY', { TOKEN_SECRET: 'a secret that is only good for tests, of some length' }],
])('DATABASE_URL without %s stops the start', async (variable, others) => {
  const database = { DATA_DIR: env.DATA_DIR as string, DATABASE_URL: 'postgresql://127.0.0.1/x' }
  const failed = (await tryStartNodeProcess({ ...database, ...others })) as FailedStart
  expect(failed).toMatchObject({ code: 1 })
  expect(failed.errors).toContain(`${variable}: required`)
})

test('a port that is taken stops the start with one line', async () => {
  const node = await startProcess()
  const database = await createEmptyDatabase()
  const failed = (await tryStartNodeProcess({ ...database.env, PORT: new URL(node.url).port })) as FailedStart
  expect(failed.code).toBe(1)
  expect(failed.errors).toContain('PORT: cannot listen')
  await node.kill('SIGTERM')
  await database.remove()
})
