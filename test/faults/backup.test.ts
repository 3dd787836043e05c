import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createDraft, connectDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { runCommand } from '../support/command.ts'
import { type ClusterNode, startClusterNode } from '../support/cluster.ts'
import { subscribeByWebSocket } from '../support/event-subscriber.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { findFreePort, createFolder } from '../support/servers.ts'
import { mountSmallDisk } from '../support/small-disk.ts'
import { acknowledgedKeys, getLedger, findMissingKeys, createTypingClient } from '../support/typing-client.ts'
import { waitUntil } from '../support/wait-until.ts'

const folder = createFolder('backup')
const nodes = new Set<ClusterNode>()
afterAll(async () => {
  for (const node of nodes) await node.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

const at = (name: string) => join(folder, name)
const backUp = (dataDir: string, file: string) => runCommand('backup.ts', [file], { DATA_DIR: dataDir })
const restore = (file: string, dataDir: string) => runCommand('restore.ts', [file], { DATA_DIR: dataDir })

async function nodeOn(dataDir: string, port?: number): Promise<ClusterNode> {
  const node = await startClusterNode({
    DATA_DIR: dataDir,
    PORT: String(port ?? (await findFreePort())),
    LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
    LIMITS: 'off',
  })
  nodes.add(node)
  return node
}

/** Checks that the output is one line without a stack trace. */
const line = (text: string) => {
  expect(text.trim().split('\n')).toHaveLength(1)
  return text.trim()
}

/** A backup of an installation with one account, made once and shared by several tests. */
let kept: Promise<{ file: string; ann: Person; name: string }> | undefined
const aBackup = () =>
  (kept ??= (async () => {
    const node = await nodeOn(at('kept'))
    const ann = await registerPerson(node.url, 'Ann')
    const name = await createDraft(ann)
    const author = await openDocument(node.url, name, ann.token)
    author.text.insert(0, 'kept words')
    await waitUntil(() => isSaved(author), 'the words to be saved')
    author.close()
    await node.kill('SIGKILL')
    const file = at('kept.backup')
    expect((await backUp(at('kept'), file)).code).toBe(0)
    return { file, ann, name }
  })())

test('a backup of a running node has all edits acknowledged before it and does not block typing', { timeout: 180_000 }, async () => {
  const random = createRandom(readSeed('backup while people type'))
  const node = await nodeOn(at('running'))
  const ann = await registerPerson(node.url, 'Ann')
  const documentName = await createDraft(ann)
  const everybody = Array.from({ length: 3 }, (_, n) =>
    createTypingClient({ url: node.url, documentName, token: ann.token, name: `t${n}`, random }),
  )
  await waitUntil(() => everybody.every(({ replica }) => replica.provider.isSynced), 'everybody to be there')
  for (const one of everybody) one.startTyping()
  for (let round = 0; round < 1; round++) {
    await waitUntil(() => everybody.every(({ acknowledged }) => acknowledged > 20 * (round + 1)), 'edits to be acknowledged')
    const promised = acknowledgedKeys(everybody)
    const file = at(`running${round}.backup`)
    const made = await backUp(at('running'), file)
    expect(made.errors).toBe('')
    expect(line(made.output)).toMatch(/^Backed up .* into .*running\d\.backup \(\d+\.\d MB, checked, made at .*\)\.$/)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const restored = await restore(file, at(`restored${round}`))
    expect(line(restored.output)).toMatch(/^Restored \d+ files into .* Start with: npm start$/)
    const copy = await nodeOn(at(`restored${round}`))
    // the restored node has the same token secret, so signed-in sessions stay valid
    const reader = await openDocument(copy.url, documentName, ann.token)
    expect(findMissingKeys(promised, reader.document)).toEqual([])
    // the backup is of one moment: it has the edits of each client without a gap
    for (const { name: typed } of everybody) {
      const numbers = [...getLedger(reader.document).keys()]
        .filter((key) => key.startsWith(`${typed}.`))
        .map((key) => Number(key.split('.')[1]))
      expect(numbers.toSorted((one, other) => one - other)).toEqual(numbers.map((_, n) => n))
    }
    reader.close()
    await copy.kill('SIGKILL')
  }
  for (const one of everybody) await one.stopTyping()
  await waitUntil(() => everybody.every(({ replica }) => isSaved(replica)), 'all to be acknowledged')
  const reader = await openDocument(node.url, documentName, ann.token)
  expect(findMissingKeys(acknowledgedKeys(everybody), reader.document)).toEqual([])
  reader.close()
  for (const { replica } of everybody) replica.close()
  await node.kill('SIGKILL')
})

test('a backup of a killed node restores the acknowledged edits, and the restored node can be backed up', async () => {
  const { file, ann, name } = await aBackup()
  expect((await restore(file, at('again'))).code).toBe(0)
  expect(readFileSync(join(at('again'), 'token-secret'), 'utf8')).toBe(readFileSync(join(at('kept'), 'token-secret'), 'utf8'))
  const node = await nodeOn(at('again'))
  const reader = await openDocument(node.url, name, ann.token)
  expect(reader.text.toString()).toBe('kept words')
  reader.close()
  await node.kill('SIGTERM')
  expect((await backUp(at('again'), at('again.backup'))).code).toBe(0)
})

test('a backup client that reads nothing does not block edits for long', async () => {
  await aBackup()
  expect((await restore(at('kept.backup'), at('stalled'))).code).toBe(0)
  const node = await nodeOn(at('stalled'))
  const deaf = connect(join(at('stalled'), 'backup.socket'))
  deaf.pause()
  await new Promise((resolve) => deaf.once('connect', resolve))
  const { ann, name } = await aBackup()
  const author = connectDocument(node.url, name, ann.token)
  author.text.insert(0, 'still ')
  await waitUntil(() => isSaved(author), 'the edit to be acknowledged')
  author.close()
  deaf.destroy()
  await node.kill('SIGKILL')
})

test('a truncated or altered backup is refused, and no directory is created', async () => {
  const { file } = await aBackup()
  const seed = readSeed('altered backups')
  const random = createRandom(seed)
  const whole = readFileSync(file)
  const bad = at('bad.backup')
  const cases: [string, Buffer][] = [
    ['empty', Buffer.alloc(0)],
    ['another file', Buffer.from('not a backup\n'.repeat(100))],
    ['without its end', whole.subarray(0, -1)],
    ['longer', Buffer.concat([whole, Buffer.from('x')])],
    ...[16, 200, whole.length / 2, whole.length - 33].map((bytes): [string, Buffer] => [`cut to ${bytes}`, whole.subarray(0, bytes)]),
    ...[30, 120, whole.length - 1, ...Array.from({ length: 6 }, () => Math.floor(random() * whole.length))].map(
      (place): [string, Buffer] => {
        const altered = Buffer.from(whole)
        altered[place] = (altered[place] as number) ^ (1 << Math.floor(random() * 8))
        return [`altered at ${place}`, altered]
      },
    ),
  ]
  for (const [what, bytes] of cases) {
    writeFileSync(bad, bytes)
    const { code, output, errors } = await restore(bad, at('nothing'))
    expect({ code, output }, what).toEqual({ code: 1, output: '' })
    expect(line(errors), what).toMatch(/is incomplete or was changed|is not a SmartStart backup/)
    expect(existsSync(at('nothing')), what).toBe(false)
  }
})

test('restore refuses a directory that is not empty and does not change it', async () => {
  const { file } = await aBackup()
  const before = readdirSync(at('kept')).toSorted()
  const refused = await restore(file, at('kept'))
  expect(refused.code).toBe(1)
  expect(line(refused.errors)).toContain('is not empty')
  expect(readdirSync(at('kept')).toSorted()).toEqual(before)
})

test('a restore to a disk that is too small leaves the directory empty', async () => {
  const { file } = await aBackup()
  const disk = mountSmallDisk(8 * 1024 * 1024)
  if (!disk) return
  try {
    const refused = await restore(file, disk.folder)
    expect(refused.code).toBe(1)
    expect(line(refused.errors)).toContain('no space')
    expect(readdirSync(disk.folder)).toEqual([])
  } finally {
    disk.remove()
  }
})

test('backup and restore report each unsupported use in one line', async () => {
  const { file } = await aBackup()
  const url = { DATABASE_URL: 'postgresql://root@127.0.0.1:1/none', TOKEN_SECRET: 'a secret that is only good for tests, of some length' }
  const postgres = await runCommand('backup.ts', [at('pg.backup')], url)
  expect([postgres.code, line(postgres.errors)]).toEqual([1, expect.stringMatching(/pg_dump.*docs\/backup\.md/)])
  expect(line((await runCommand('restore.ts', [file], url)).errors)).toContain('docs/backup.md')
  expect(line((await backUp(at('kept'), file)).errors)).toContain('exists')
  expect(line((await backUp(at('kept'), join(at('kept'), 'in.backup'))).errors)).toContain('is inside DATA_DIR')
  expect(line((await backUp(at('absent'), at('absent.backup'))).errors)).toContain('does not exist')
  expect(line((await restore(at('absent.backup'), at('absent'))).errors)).toContain('cannot be read')
  expect(existsSync(at('absent'))).toBe(false)
})

test('after a restore, editors bring newer edits back, and positions of the lost state are refused', {
  timeout: 180_000,
}, async () => {
  const port = await findFreePort()
  const dataDir = at('older')
  const first = await nodeOn(dataDir, port)
  const ann = await registerPerson(first.url, 'Ann')
  const ben = await registerPerson(first.url, 'Ben')
  const eve = await registerPerson(first.url, 'Eve')
  const name = await createDraft(ann)
  for (const [person, role] of [
    [ben, 'editor'],
    [eve, 'viewer'],
  ] as const)
    expect((await ann.request('PUT', `/api/documents/${name}/members/${person.id}`, { role })).status).toBe(200)
  const [author, other, viewer] = await Promise.all([ann, ben, eve].map(({ token }) => openDocument(first.url, name, token)))
  if (!author || !other || !viewer) throw new Error('not open')
  author.text.insert(0, 'before. ')
  await waitUntil(() => isSaved(author), 'the first words to be saved')
  const position = async (person: Person) => (await person.request('GET', '/api/events')).body.position as number
  const before = await position(ann)
  expect((await backUp(dataDir, at('older.backup'))).code).toBe(0)

  author.text.insert(author.text.length, 'after the backup. ')
  await waitUntil(
    () => isSaved(author) && other.text.length === author.text.length && viewer.text.length === author.text.length,
    'all to have it',
  )
  for (let n = 0; n < 5; n++) await ann.request('POST', '/api/ventures', { name: `lost ${n}` })
  const lost = await position(ann)
  expect(lost).toBeGreaterThan(before)
  await first.kill('SIGKILL')
  rmSync(dataDir, { recursive: true })
  expect((await restore(at('older.backup'), dataDir)).code).toBe(0)

  // only the viewer is connected when the node starts: it keeps the newer text and cannot send it
  author.provider.configuration.websocketProvider.disconnect()
  other.provider.configuration.websocketProvider.disconnect()
  await first.start()
  nodes.add(first)
  await waitUntil(() => viewer.provider.isSynced, 'the viewer to be back')
  const late = await openDocument(first.url, name, ann.token)
  expect(late.text.toString()).toBe('before. ')
  expect(viewer.text.toString()).toBe('before. after the backup. ')

  // Ben reconnects before Ann, so the journal names him as the author of the text that Ann typed
  void other.provider.configuration.websocketProvider.connect()
  await waitUntil(() => late.text.toString() === 'before. after the backup. ', 'the newer words to be brought back')
  const { body: work } = await ann.request('GET', `/api/documents/${name}/history`)
  expect(JSON.stringify(work.items)).toContain(ben.id)

  // a position of the lost state stays invalid, even when there are more new events than lost events
  for (let n = 0; n < 8; n++) expect((await ann.request('POST', '/api/ventures', { name: `new ${n}` })).status).toBe(201)
  const refused = await ann.request('GET', `/api/events?after=${lost}`)
  expect([refused.status, refused.body.type]).toEqual([410, 'urn:problem:cannot-replay'])
  const again = subscribeByWebSocket(first.url, { token: ann.token, after: lost })
  await waitUntil(() => again.closeReason, 'the subscriber to be told')
  expect(again.frames.at(-1)).toMatchObject({ code: 'cannot-replay', position: refused.body.position })
  // a position from before the backup stays valid, and the next event reports the restore
  const { body: missed } = await ann.request('GET', `/api/events?after=${before}`)
  expect(missed.items[0]).toMatchObject({ event: 'installation.restored' })
  expect(await position(ann)).toBe(missed.position)
  for (const one of [author, other, viewer, late]) one.close()
  again.close()
  await first.kill('SIGTERM')
})
