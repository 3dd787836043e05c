import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recoverySegment, StartupError } from '../../domain/kernel/db/data-dir.ts'
import { start } from '../../main.ts'
import { sendRequest, type Person, registerPerson } from '../support/client.ts'
import { createConfig, createEmptyDatabase } from '../support/node.ts'
import { type FailedStart, type NodeProcess, startNodeProcess, tryStartNodeProcess } from '../support/process.ts'
import { createFolder } from '../support/servers.ts'
import { mountSmallDisk } from '../support/small-disk.ts'
import { testSigningKey } from '../support/signing-key.ts'

const { env, remove } = await createEmptyDatabase({ embedded: true })
const folder = createFolder('damaged')
const intactDir = env.DATA_DIR as string
let ann: Person
beforeAll(async () => {
  const node = await startNodeProcess(env)
  ann = await registerPerson(node.url, 'Ann')
  await node.kill('SIGTERM')
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await remove()
})

/** Copies the intact directory, so that a test can damage the copy. */
function copyIntactDir(name: string): string {
  const copy = join(folder, name)
  cpSync(intactDir, copy, { recursive: true, preserveTimestamps: true })
  return copy
}

/** The path and content of every file in a directory. */
function readContents(directory: string): Map<string, string> {
  const names = existsSync(directory) ? (readdirSync(directory, { recursive: true }) as string[]) : []
  return new Map(
    names.toSorted().map((name) => {
      const path = join(directory, name)
      return [name, statSync(path).isFile() ? readFileSync(path).toString('latin1') : 'folder']
    }),
  )
}

/** Starts a node on a directory that must be refused. Returns the error message. */
async function expectRefusal(dataDir: string): Promise<string> {
  const error = await start(createConfig(env, { DATA_DIR: dataDir })).then(
    async (node) => {
      await node.stop()
      throw new Error(`a node came up on ${dataDir}`)
    },
    (error: Error) => error,
  )
  expect(error).toBeInstanceOf(StartupError)
  expect(error.message.split('\n')).toHaveLength(1)
  return error.message
}

const findWalSegment = (dataDir: string) =>
  join(dataDir, 'database/pg_wal', recoverySegment(readFileSync(join(dataDir, 'database/global/pg_control'))))
const removeFromDatabase = (path: string) => (dataDir: string) => rmSync(join(dataDir, 'database', path), { recursive: true })
const truncateInDatabase = (path: string, bytes: number) => (dataDir: string) => truncateSync(join(dataDir, 'database', path), bytes)

test.each<[string, string, (dataDir: string) => void]>([
  ['without PG_VERSION', 'PG_VERSION is missing', removeFromDatabase('PG_VERSION')],
  ['with an empty PG_VERSION', 'PG_VERSION is empty', truncateInDatabase('PG_VERSION', 0)],
  ['of another PostgreSQL', 'PG_VERSION is "17"', (dataDir) => writeFileSync(join(dataDir, 'database/PG_VERSION'), '17\n')],
  ['without its database', 'database/ is missing', (dataDir) => rmSync(join(dataDir, 'database'), { recursive: true })],
  [
    'with an empty database folder',
    'PG_VERSION is missing',
    (dataDir) => {
      rmSync(join(dataDir, 'database'), { recursive: true })
      mkdirSync(join(dataDir, 'database'))
    },
  ],
  ['without pg_control', 'global/pg_control is missing', removeFromDatabase('global/pg_control')],
  ['with a cut pg_control', 'global/pg_control is truncated', truncateInDatabase('global/pg_control', 100)],
  ['without its write-ahead log', 'pg_wal/ is missing', removeFromDatabase('pg_wal')],
  ['with a zeroed write-ahead log', 'is empty', (dataDir) => writeFileSync(findWalSegment(dataDir), Buffer.alloc(16 * 1024 * 1024))],
  ['with a cut write-ahead log', 'is truncated', (dataDir) => truncateSync(findWalSegment(dataDir), 5000)],
  ['without the commit log', 'pg_xact/ is missing', removeFromDatabase('pg_xact')],
  ['without its tables', 'base/ is missing', removeFromDatabase('base')],
  [
    'with a damaged pg_control',
    'cannot be opened',
    (dataDir) => {
      const path = join(dataDir, 'database/global/pg_control')
      const bytes = readFileSync(path)
      bytes.writeUInt32LE(bytes.readUInt32LE(100) ^ 0xffff, 100)
      writeFileSync(path, bytes)
    },
  ],
  [
    'that has other files',
    'is not empty (notes.txt)',
    (dataDir) => {
      rmSync(dataDir, { recursive: true })
      mkdirSync(dataDir)
      writeFileSync(join(dataDir, 'notes.txt'), 'mine')
    },
  ],
  [
    'with a restore that did not finish',
    'restore that did not finish',
    (dataDir) => writeFileSync(join(dataDir, 'restore-unfinished'), ''),
  ],
])('a data directory %s is refused with a one-line error and not changed', async (name, expectedMessage, damage) => {
  const dataDir = copyIntactDir(name)
  damage(dataDir)
  const contentsBefore = readContents(dataDir)
  expect(await expectRefusal(dataDir)).toContain(expectedMessage)
  expect(readContents(dataDir)).toEqual(contentsBefore)
})

test('a database with a missing table file is refused, and the error names the file', async () => {
  const node = await startNodeProcess({ ...env, DATA_DIR: copyIntactDir('lost') })
  await node.kill('SIGTERM')
  const dataDir = join(folder, 'lost')
  // find the file of a table by the content of its rows
  const base = join(dataDir, 'database/base/5')
  const table = readdirSync(base).find((name) => readFileSync(join(base, name)).includes(ann.email)) as string
  expect(table).toBeDefined()
  const bytes = readFileSync(join(base, table))
  rmSync(join(base, table))
  expect(await expectRefusal(dataDir)).toMatch(/is damaged: database\/base\/5\/\d+ \(\w+\) is missing/)
  writeFileSync(join(base, table), bytes)
  const restarted = await startNodeProcess({ ...env, DATA_DIR: dataDir })
  await restarted.kill('SIGKILL')
})

test.each([
  ['empty', ''],
  ['of one character', 'x'],
  ['of zeros, as a power cut leaves it', '\0'.repeat(43)],
])('a token-secret that is %s is refused', async (name, secret) => {
  const dataDir = copyIntactDir(`secret ${name}`)
  writeFileSync(join(dataDir, 'token-secret'), secret)
  const contentsBefore = readContents(dataDir)
  expect(await expectRefusal(dataDir)).toMatch(/token-secret is damaged: it must be a text of at least 32 characters/)
  expect(readContents(dataDir)).toEqual(contentsBefore)
})

test.each([
  ['empty', ''],
  ['that is not a key', 'x'.repeat(200)],
  ['cut off', testSigningKey.slice(0, 100)],
  ['of zeros, as a power cut leaves it', '\0'.repeat(241)],
])('a signing-ca-key %s is refused', async (name, key) => {
  const dataDir = copyIntactDir(`key ${name}`)
  writeFileSync(join(dataDir, 'signing-ca-key'), key)
  const contentsBefore = readContents(dataDir)
  expect(await expectRefusal(dataDir)).toMatch(/signing-ca-key is damaged: it must be a private key on the curve P-256/)
  expect(readContents(dataDir)).toEqual(contentsBefore)
})

test('a process with a damaged data directory exits with code 1 and one line', async () => {
  const dataDir = copyIntactDir('process')
  rmSync(join(dataDir, 'database/global/pg_control'))
  const failed = (await tryStartNodeProcess({ ...env, DATA_DIR: dataDir })) as FailedStart
  expect(failed.code).toBe(1)
  expect(failed.errors).toMatch(/^DATA_DIR: .* database\/global\/pg_control is missing\. .*\n$/)
})

test('an interrupted first start is repeated from the beginning', async () => {
  const dataDir = join(folder, 'first')
  mkdirSync(join(dataDir, 'database/base'), { recursive: true })
  writeFileSync(join(dataDir, 'first-start-unfinished'), '')
  const node = await startNodeProcess({ ...env, DATA_DIR: dataDir })
  const { body } = await sendRequest(node.url, 'GET', '/api/health')
  expect(body.status).toBe('ok')
  expect(
    readdirSync(dataDir)
      .toSorted()
      .filter((name) => !name.startsWith('lock') && !name.endsWith('.socket')),
  ).toEqual(['database', 'signing-ca-key', 'token-secret'])
  await node.kill('SIGKILL')
})

test('after a first start is killed, the next start on the same directory succeeds', async () => {
  for (const afterFiles of [1, 400]) {
    const dataDir = join(folder, `killed${afterFiles}`)
    const starting = tryStartNodeProcess({ ...env, DATA_DIR: dataDir })
    let node: NodeProcess | FailedStart | undefined
    void starting.then((started) => {
      node = started
    })
    for (;;) {
      if (node || (existsSync(dataDir) && readdirSync(dataDir, { recursive: true }).length >= afterFiles)) break
      await new Promise(setImmediate)
    }
    const pid = Number(readFileSync(join(dataDir, 'lock'), 'utf8').split(' ')[0])
    process.kill(pid, 'SIGKILL')
    await starting
    const restarted = await startNodeProcess({ ...env, DATA_DIR: dataDir })
    expect((await fetch(`${restarted.url}/readyz`)).status).toBe(200)
    await restarted.kill('SIGKILL')
  }
})

test('a first start on a full disk fails, and the next start with free space succeeds', async () => {
  const disk = mountSmallDisk(200 * 1024 * 1024)
  if (!disk) return
  try {
    const dataDir = join(disk.folder, 'data')
    for (const freeBytes of [0, 8 * 1024, 5 * 1024 * 1024]) {
      disk.fill()
      if (freeBytes) truncateSync(join(disk.folder, 'ballast'), statSync(join(disk.folder, 'ballast')).size - freeBytes)
      expect(await expectRefusal(dataDir)).toMatch(/^DATA_DIR: .*(no space|full)/)
      expect(existsSync(join(dataDir, 'token-secret')) && statSync(join(dataDir, 'token-secret')).size < 32).toBe(false)
      disk.free()
    }
    const node = await startNodeProcess({ ...env, DATA_DIR: dataDir })
    await registerPerson(node.url, 'Ben')
    await node.kill('SIGKILL')
  } finally {
    disk.remove()
  }
})

test('a read-only data directory is refused', async () => {
  const disk = mountSmallDisk(200 * 1024 * 1024)
  if (!disk) return
  try {
    const dataDir = join(disk.folder, 'data')
    cpSync(intactDir, dataDir, { recursive: true })
    execFileSync('mount', ['-o', 'remount,ro', disk.folder])
    expect(await expectRefusal(dataDir)).toContain('read-only')
    expect(await expectRefusal(join(disk.folder, 'new'))).toContain('read-only')
  } finally {
    disk.remove()
  }
})
