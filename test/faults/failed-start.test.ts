import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEmptyDatabase, getEmptyNode, startNode } from '../support/node.ts'

const { env, remove } = await createEmptyDatabase()
afterAll(remove)
let takenPort: string
beforeAll(async () => {
  takenPort = new URL((await getEmptyNode()).url).port
})

/** Starts a node on each port in a child process, and stops it if it started. Resolves with the outcomes after the process exits by itself. */
async function startOnPorts(...ports: string[]): Promise<string[]> {
  const root = join(import.meta.dirname, '../..')
  const script = `
    import { readConfig } from '${root}/config.ts'
    import { start } from '${root}/main.ts'
    for (const PORT of ${JSON.stringify(ports)}) {
      await start(readConfig({ ...process.env, PORT })).then(
        async (node) => {
          await node.stop()
          console.log('started')
        },
        (error) => console.log(error.message),
      )
    }`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [output] = await Promise.all([text(child.stdout), once(child, 'exit')])
    return output.trim().split('\n')
  } finally {
    child.kill('SIGKILL')
  }
}

test('a node that cannot listen stops all its parts and unlocks the data directory', async () => {
  const [refused, second] = await startOnPorts(takenPort, '0')
  expect(refused).toContain('PORT: cannot listen')
  expect(second).toBe('started')
}, 600_000)

test('a node whose event feed fails to start stops all its parts and unlocks the data directory', async () => {
  const node = await startNode(env)
  // only the event feed reads this table, and it starts after the database, the domain and the jobs
  await sql`alter table event_head rename to event_head_away`.execute(node.database.sql)
  await node.stop()
  const outcomes = await startOnPorts('0', '0')
  expect(outcomes).toHaveLength(2)
  for (const outcome of outcomes) expect(outcome).toContain('event_head')
  // a process that exits without unlocking leaves the lock file behind
  expect(existsSync(join(env.DATA_DIR as string, 'lock'))).toBe(false)
}, 600_000)
