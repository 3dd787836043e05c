/** The conversion worker: users share it fairly, and it ends with its node. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { createEmptyDatabase, startNode } from '../support/node.ts'
import { exportDocument, importFile } from '../support/sample-document.ts'
import { startNodeProcess } from '../support/process.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Markdown whose parsing time grows with the square of its length. */
const createSlowMarkdown = (length: number) => '*a '.repeat(length)

const uploadMarkdown = (person: Person, text: string) =>
  person.request('POST', '/api/imports?name=slow.md', new TextEncoder().encode(text), { 'content-type': 'application/octet-stream' })

test('one person’s queue delays another person by about one file, and a file over the limit gets 429', async () => {
  const { env, remove } = await createEmptyDatabase()
  const node = await startNode({ ...env, LIMITS: 'on' }, { LIMIT_WAITING_FILES: '12' })
  try {
    const [busyUser, otherUser] = [await registerPerson(node.url, 'Hog'), await registerPerson(node.url, 'Other')]
    const draft = await createDraft(otherUser)
    // an export makes sure that the worker has started
    await exportDocument(node, otherUser, draft, { format: 'markdown' })
    const uploads = await Promise.all(Array.from({ length: 12 }, () => uploadMarkdown(busyUser, createSlowMarkdown(5000))))
    expect(uploads.map(({ status }) => status)).toEqual(Array(12).fill(201))
    const refused = await uploadMarkdown(busyUser, 'short')
    expect(refused).toMatchObject({ status: 429, body: { type: 'urn:problem:rate-limited' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    await Promise.all([exportDocument(node, otherUser, draft, { format: 'markdown' }), importFile(otherUser, 'short.md', 'short')])
    const states = await Promise.all(uploads.map(async ({ body }) => (await busyUser.request('GET', `/api/imports/${body.id}`)).body.state))
    expect(states.filter((state) => ['queued', 'working'].includes(state)).length).toBeGreaterThan(6)
  } finally {
    await node.stop()
    await remove()
  }
})

/** The ids of the child processes of a process that run the worker. */
function listWorkers(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? []
      return Number(parent) === pid && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('/worker/entry.ts') ? [Number(name)] : []
    } catch {
      return []
    }
  })
}

/** The state of a process (`Z` once it has ended) and its CPU time in ticks. */
function readProcessState(pid: number): { state: string; ticks: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { state: fields[0] as string, ticks: Number(fields[11]) }
  } catch {
    return undefined
  }
}

test.runIf(process.platform === 'linux').each(['SIGKILL', 'SIGTERM'] as const)(
  'a worker that is converting a file ends when its node ends by %s',
  async (signal) => {
    const { env, remove } = await createEmptyDatabase()
    const node = await startNodeProcess(env)
    try {
      const busyUser = await registerPerson(node.url, 'Hog')
      expect((await uploadMarkdown(busyUser, createSlowMarkdown(100_000))).status).toBe(201)
      const worker = await waitUntil(() => listWorkers(node.child.pid as number)[0], 'a worker to start')
      await waitUntil(() => (readProcessState(worker)?.ticks ?? 0) > 60, 'the worker to be busy')
      await node.kill(signal)
      await waitUntil(() => ['Z', undefined].includes(readProcessState(worker)?.state), 'the worker to end')
    } finally {
      await node.kill('SIGKILL')
      await remove()
    }
  },
)
