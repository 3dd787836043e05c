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

test('a sync succeeds while segments are renamed', async () => {
  const count = 8
  for (let number = 1; number <= count; number++) writeFileSync(join(folder, segment(number)), 'log')
  const log = openWriteAheadLog(folder)
  for (let oldest = 1; oldest <= 500; oldest++) {
    const synced = log.sync()
    // a checkpoint renames segments at any moment of a sync
    for (let turns = oldest % 20; turns > 0; turns--) await new Promise(setImmediate)
    await rename(join(folder, segment(oldest)), join(folder, segment(oldest + count)))
    await synced
  }
  await log.sync()
  if (process.platform === 'linux') expect(countOpenSegments()).toBeLessThanOrEqual(count)
  await log.stop()
  if (process.platform === 'linux') expect(countOpenSegments()).toBe(0)
})

/** Counts the segments that this process has open. */
function countOpenSegments(): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(folder)
    } catch {
      // the descriptor that reads the folder
      return false
    }
  }).length
}

test('a committed command waits for its sync, however often that fails, and then returns once with its events', async () => {
  const node = await start(createConfig(env))
  try {
    const ann = await registerPerson(node.url, 'Ann')
    const log = join(env.DATA_DIR as string, 'database/pg_wal')
    const countVentures = async () => (await node.database.sql.selectFrom('venture').select('id').execute()).length
    // the database continues to write its open segment, but the sync does not find it by name
    renameSync(log, `${log}.away`)
    let isAnswered = false
    const response = ann.request('POST', '/api/ventures', { name: 'One' }).finally(() => {
      isAnswered = true
    })
    await waitUntil(async () => (await countVentures()) === 1, 'the venture to be committed')
    await expect.poll(async () => (await fetch(`${node.url}/readyz`)).status).toBe(503)
    expect(isAnswered).toBe(false)
    renameSync(`${log}.away`, log)
    const { status, body } = await response
    expect(status).toBe(201)
    expect(await countVentures()).toBe(1)
    const { body: events } = await ann.request('GET', `/api/events?after=0&audience=venture:${body.id}`)
    expect(events.items.map(({ event }: { event: string }) => event)).toContain('venture.created')
    expect(body.name).toBe('One')
    await expect.poll(async () => (await fetch(`${node.url}/readyz`)).status).toBe(200)
  } finally {
    await node.stop()
  }
})

test('a sync of a missing folder fails', async () => {
  mkdirSync(join(folder, 'gone'))
  const log = openWriteAheadLog(join(folder, 'gone'))
  rmSync(join(folder, 'gone'), { recursive: true })
  await expect(log.sync()).rejects.toThrow('ENOENT')
})
