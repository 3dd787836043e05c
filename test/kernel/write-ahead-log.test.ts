import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openWriteAheadLog } from '../../domain/kernel/db/wal-sync.ts'
import { start } from '../../main.ts'
import { registerPerson } from '../support/client.ts'
import { createConfig, createEmptyDatabase } from '../support/node.ts'
import { createFolder } from '../support/servers.ts'
import { waitUntil } from '../support/wait-until.ts'

const folder = createFolder('wal')
const { env, remove } = await createEmptyDatabase({ embedded: true })
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await remove()
})

const segment = (number: number) => `0000000100000000${number.toString(16).toUpperCase().padStart(8, '0')}`

test('a sync outlasts segments that are renamed while it looks at them', async () => {
  const count = 8
  for (let number = 1; number <= count; number++) writeFileSync(join(folder, segment(number)), 'log')
  const log = openWriteAheadLog(folder)
  for (let oldest = 1; oldest <= 500; oldest++) {
    const synced = log.sync()
    // as a checkpoint does, at any moment of the sync
    for (let turns = oldest % 20; turns > 0; turns--) await new Promise(setImmediate)
    await rename(join(folder, segment(oldest)), join(folder, segment(oldest + count)))
    await synced
  }
  await log.sync()
  if (process.platform === 'linux') expect(openSegments()).toBeLessThanOrEqual(count)
  await log.stop()
  if (process.platform === 'linux') expect(openSegments()).toBe(0)
})

/** How many segments this process has open. */
function openSegments(): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(folder)
    } catch {
      // the one with which the folder is read
      return false
    }
  }).length
}

test('a command that is committed waits for its sync, however often that fails: it is told as done, once, with its events', async () => {
  const node = await start(createConfig(env))
  try {
    const ann = await registerPerson(node.url, 'Ann')
    const log = join(env.DATA_DIR as string, 'database/pg_wal')
    const venturesMade = async () => (await node.database.sql.selectFrom('venture').select('id').execute()).length
    // the database has its segment open and writes on; who looks for it by name finds nothing
    renameSync(log, `${log}.away`)
    let answered = false
    const answer = ann.request('POST', '/api/ventures', { name: 'One' }).finally(() => {
      answered = true
    })
    await waitUntil(async () => (await venturesMade()) === 1, 'the venture to be committed')
    await expect.poll(async () => (await fetch(`${node.url}/readyz`)).status).toBe(503)
    expect(answered).toBe(false)
    renameSync(`${log}.away`, log)
    const { status, body } = await answer
    expect(status).toBe(201)
    expect(await venturesMade()).toBe(1)
    const { body: events } = await ann.request('GET', `/api/events?after=0&audience=venture:${body.id}`)
    expect(events.items.map(({ event }: { event: string }) => event)).toContain('venture.created')
    expect(body.name).toBe('One')
    await expect.poll(async () => (await fetch(`${node.url}/readyz`)).status).toBe(200)
  } finally {
    await node.stop()
  }
})

test('a folder that is not there is an error', async () => {
  mkdirSync(join(folder, 'gone'))
  const log = openWriteAheadLog(join(folder, 'gone'))
  rmSync(join(folder, 'gone'), { recursive: true })
  await expect(log.sync()).rejects.toThrow('ENOENT')
})
