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
import { testSigningKey } from '../support/signing-key.ts'

const folder = createFolder('backup')
const nodes = new Set<ClusterNode>()
afterAll(async () => {
  for (const node of nodes) await node.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

const toPath = (name: string) => join(folder, name)
const runBackup = (dataDir: string, file: string) => runCommand('backup.ts', [file], { DATA_DIR: dataDir })
const runRestore = (file: string, dataDir: string) => runCommand('restore.ts', [file], { DATA_DIR: dataDir })

async function startNodeOn(dataDir: string, port?: number): Promise<ClusterNode> {
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
const expectOneLine = (text: string) => {
  expect(text.trim().split('\n')).toHaveLength(1)
  return text.trim()
}

/** A backup of an installation with one account, made once and shared by several tests. */
let sharedBackup: Promise<{ file: string; ann: Person; name: string }> | undefined
const getSharedBackup = () =>
  (sharedBackup ??= (async () => {
    const node = await startNodeOn(toPath('kept'))
    const ann = await registerPerson(node.url, 'Ann')
    const name = await createDraft(ann)
    const author = await openDocument(node.url, name, ann.token)
    author.text.insert(0, 'kept words')
    await waitUntil(() => isSaved(author), 'the text to be saved')
    author.close()
    await node.kill('SIGKILL')
    const file = toPath('kept.backup')
    expect((await runBackup(toPath('kept'), file)).code).toBe(0)
    return { file, ann, name }
  })())

test('a backup of a running node has all edits acknowledged before it and does not block typing', { timeout: 180_000 }, async () => {
  const random = createRandom(readSeed('backup while people type'))
  const node = await startNodeOn(toPath('running'))
  const ann = await registerPerson(node.url, 'Ann')
  const documentName = await createDraft(ann)
  const typingClients = Array.from({ length: 3 }, (_, n) =>
    createTypingClient({ url: node.url, documentName, token: ann.token, name: `t${n}`, random }),
  )
  await waitUntil(() => typingClients.every(({ replica }) => replica.provider.isSynced), 'all clients to be synced')
  for (const client of typingClients) client.startTyping()
  for (let round = 0; round < 1; round++) {
    await waitUntil(() => typingClients.every(({ acknowledged }) => acknowledged > 20 * (round + 1)), 'edits to be acknowledged')
    const acknowledgedBefore = acknowledgedKeys(typingClients)
    const file = toPath(`running${round}.backup`)
    const backup = await runBackup(toPath('running'), file)
    expect(backup.errors).toBe('')
    expect(expectOneLine(backup.output)).toMatch(/^Backed up .* into .*running\d\.backup \(\d+\.\d MB, checked, made at .*\)\.$/)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const restored = await runRestore(file, toPath(`restored${round}`))
    expect(expectOneLine(restored.output)).toMatch(/^Restored \d+ files into .* Start with: npm start$/)
    const copy = await startNodeOn(toPath(`restored${round}`))
    // the restored node has the same token secret, so signed-in sessions stay valid
    const reader = await openDocument(copy.url, documentName, ann.token)
    expect(findMissingKeys(acknowledgedBefore, reader.document)).toEqual([])
    // the backup is of one moment: it has the edits of each client without a gap
    for (const { name: clientName } of typingClients) {
      const numbers = [...getLedger(reader.document).keys()]
        .filter((key) => key.startsWith(`${clientName}.`))
        .map((key) => Number(key.split('.')[1]))
      expect(numbers.toSorted((one, other) => one - other)).toEqual(numbers.map((_, n) => n))
    }
    reader.close()
    await copy.kill('SIGKILL')
  }
  for (const client of typingClients) await client.stopTyping()
  await waitUntil(() => typingClients.every(({ replica }) => isSaved(replica)), 'all edits to be acknowledged')
  const reader = await openDocument(node.url, documentName, ann.token)
  expect(findMissingKeys(acknowledgedKeys(typingClients), reader.document)).toEqual([])
  reader.close()
  for (const { replica } of typingClients) replica.close()
  await node.kill('SIGKILL')
})

test('a backup of a killed node restores the acknowledged edits, and the restored node can be backed up', async () => {
  const { file, ann, name } = await getSharedBackup()
  expect((await runRestore(file, toPath('again'))).code).toBe(0)
  for (const secret of ['token-secret', 'signing-ca-key'])
    expect(readFileSync(join(toPath('again'), secret), 'utf8')).toBe(readFileSync(join(toPath('kept'), secret), 'utf8'))
  const node = await startNodeOn(toPath('again'))
  const reader = await openDocument(node.url, name, ann.token)
  expect(reader.text.toString()).toBe('kept words')
  reader.close()
  await node.kill('SIGTERM')
  expect((await runBackup(toPath('again'), toPath('again.backup'))).code).toBe(0)
})

test('a backup client that reads nothing does not block edits for long', async () => {
  await getSharedBackup()
  expect((await runRestore(toPath('kept.backup'), toPath('stalled'))).code).toBe(0)
  const node = await startNodeOn(toPath('stalled'))
  const pausedClient = connect(join(toPath('stalled'), 'backup.socket'))
  pausedClient.pause()
  await new Promise((resolve) => pausedClient.once('connect', resolve))
  const { ann, name } = await getSharedBackup()
  const author = connectDocument(node.url, name, ann.token)
  author.text.insert(0, 'still ')
  await waitUntil(() => isSaved(author), 'the edit to be acknowledged')
  author.close()
  pausedClient.destroy()
  await node.kill('SIGKILL')
})

test('a truncated or altered backup is refused, and no directory is created', async () => {
  const { file } = await getSharedBackup()
  const seed = readSeed('altered backups')
  const random = createRandom(seed)
  const fileBytes = readFileSync(file)
  const badFile = toPath('bad.backup')
  const cases: [string, Buffer][] = [
    ['empty', Buffer.alloc(0)],
    ['another file', Buffer.from('not a backup\n'.repeat(100))],
    ['without its end', fileBytes.subarray(0, -1)],
    ['longer', Buffer.concat([fileBytes, Buffer.from('x')])],
    ...[16, 200, fileBytes.length / 2, fileBytes.length - 33].map((bytes): [string, Buffer] => [
      `cut to ${bytes}`,
      fileBytes.subarray(0, bytes),
    ]),
    ...[30, 120, fileBytes.length - 1, ...Array.from({ length: 6 }, () => Math.floor(random() * fileBytes.length))].map(
      (index): [string, Buffer] => {
        const altered = Buffer.from(fileBytes)
        altered[index] = (altered[index] as number) ^ (1 << Math.floor(random() * 8))
        return [`altered at ${index}`, altered]
      },
    ),
  ]
  for (const [title, bytes] of cases) {
    writeFileSync(badFile, bytes)
    const { code, output, errors } = await runRestore(badFile, toPath('nothing'))
    expect({ code, output }, title).toEqual({ code: 1, output: '' })
    expect(expectOneLine(errors), title).toMatch(/is incomplete or was changed|is not a SmartStart backup/)
    expect(existsSync(toPath('nothing')), title).toBe(false)
  }
})

test('restore refuses a directory that is not empty and does not change it', async () => {
  const { file } = await getSharedBackup()
  const namesBefore = readdirSync(toPath('kept')).toSorted()
  const refused = await runRestore(file, toPath('kept'))
  expect(refused.code).toBe(1)
  expect(expectOneLine(refused.errors)).toContain('is not empty')
  expect(readdirSync(toPath('kept')).toSorted()).toEqual(namesBefore)
})

test('a restore to a disk that is too small leaves the directory empty', async () => {
  const { file } = await getSharedBackup()
  const disk = mountSmallDisk(8 * 1024 * 1024)
  if (!disk) return
  try {
    const refused = await runRestore(file, disk.folder)
    expect(refused.code).toBe(1)
    expect(expectOneLine(refused.errors)).toContain('no space')
    expect(readdirSync(disk.folder)).toEqual([])
  } finally {
    disk.remove()
  }
})

test('backup and restore report each unsupported use in one line', async () => {
  const { file } = await getSharedBackup()
  const secrets = { TOKEN_SECRET: 'a secret that is only good for tests, of some length', SIGNING_CA_KEY: testSigningKey }
  const url = { DATABASE_URL: 'postgresql://root@127.0.0.1:1/none', ...secrets }
  const postgres = await runCommand('backup.ts', [toPath('pg.backup')], url)
  expect([postgres.code, expectOneLine(postgres.errors)]).toEqual([1, expect.stringMatching(/pg_dump.*docs\/backup\.md/)])
  expect(expectOneLine((await runCommand('restore.ts', [file], url)).errors)).toContain('docs/backup.md')
  expect(expectOneLine((await runBackup(toPath('kept'), file)).errors)).toContain('exists')
  expect(expectOneLine((await runBackup(toPath('kept'), join(toPath('kept'), 'in.backup'))).errors)).toContain('is inside DATA_DIR')
  expect(expectOneLine((await runBackup(toPath('absent'), toPath('absent.backup'))).errors)).toContain('does not exist')
  expect(expectOneLine((await runRestore(toPath('absent.backup'), toPath('absent'))).errors)).toContain('cannot be read')
  expect(existsSync(toPath('absent'))).toBe(false)
})

test('after a restore, editors bring newer edits back, and positions of the lost state are refused', {
  timeout: 180_000,
}, async () => {
  const port = await findFreePort()
  const dataDir = toPath('older')
  const node = await startNodeOn(dataDir, port)
  const ann = await registerPerson(node.url, 'Ann')
  const ben = await registerPerson(node.url, 'Ben')
  const eve = await registerPerson(node.url, 'Eve')
  const name = await createDraft(ann)
  for (const [person, role] of [
    [ben, 'editor'],
    [eve, 'viewer'],
  ] as const)
    expect((await ann.request('PUT', `/api/documents/${name}/members/${person.id}`, { role })).status).toBe(200)
  const [annsClient, bensClient, evesClient] = await Promise.all([ann, ben, eve].map(({ token }) => openDocument(node.url, name, token)))
  if (!annsClient || !bensClient || !evesClient) throw new Error('not open')
  annsClient.text.insert(0, 'before. ')
  await waitUntil(() => isSaved(annsClient), 'the first text to be saved')
  const readPosition = async (person: Person) => (await person.request('GET', '/api/events')).body.position as number
  const positionBefore = await readPosition(ann)
  expect((await runBackup(dataDir, toPath('older.backup'))).code).toBe(0)

  annsClient.text.insert(annsClient.text.length, 'after the backup. ')
  await waitUntil(
    () => isSaved(annsClient) && bensClient.text.length === annsClient.text.length && evesClient.text.length === annsClient.text.length,
    'the edit to reach all clients',
  )
  for (let n = 0; n < 5; n++) await ann.request('POST', '/api/ventures', { name: `lost ${n}` })
  const lostPosition = await readPosition(ann)
  expect(lostPosition).toBeGreaterThan(positionBefore)
  await node.kill('SIGKILL')
  rmSync(dataDir, { recursive: true })
  expect((await runRestore(toPath('older.backup'), dataDir)).code).toBe(0)

  // only the viewer is connected when the node starts: it keeps the newer text and cannot send it
  annsClient.provider.configuration.websocketProvider.disconnect()
  bensClient.provider.configuration.websocketProvider.disconnect()
  await node.start()
  nodes.add(node)
  await waitUntil(() => evesClient.provider.isSynced, 'the viewer to reconnect')
  const lateClient = await openDocument(node.url, name, ann.token)
  expect(lateClient.text.toString()).toBe('before. ')
  expect(evesClient.text.toString()).toBe('before. after the backup. ')

  // Ben reconnects before Ann, so the journal names him as the author of the text that Ann typed
  void bensClient.provider.configuration.websocketProvider.connect()
  await waitUntil(() => lateClient.text.toString() === 'before. after the backup. ', 'the newer text to be sent again')
  const { body: history } = await ann.request('GET', `/api/documents/${name}/history`)
  expect(JSON.stringify(history.items)).toContain(ben.id)

  // a position of the lost state stays invalid, even when there are more new events than lost events
  for (let n = 0; n < 8; n++) expect((await ann.request('POST', '/api/ventures', { name: `new ${n}` })).status).toBe(201)
  const refused = await ann.request('GET', `/api/events?after=${lostPosition}`)
  expect([refused.status, refused.body.type]).toEqual([410, 'urn:problem:cannot-replay'])
  const subscriber = subscribeByWebSocket(node.url, { token: ann.token, after: lostPosition })
  await waitUntil(() => subscriber.closeReason, 'the subscription to end')
  expect(subscriber.frames.at(-1)).toMatchObject({ code: 'cannot-replay', position: refused.body.position })
  // a position from before the backup stays valid, and the next event reports the restore
  const { body: events } = await ann.request('GET', `/api/events?after=${positionBefore}`)
  expect(events.items[0]).toMatchObject({ event: 'installation.restored' })
  expect(await readPosition(ann)).toBe(events.position)
  for (const client of [annsClient, bensClient, evesClient, lateClient]) client.close()
  subscriber.close()
  await node.kill('SIGTERM')
})
