/** Follows "Point-in-time recovery" of docs/backup.md step by step on a separate PostgreSQL server. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createDraft, openDocument, registerPerson, isSaved } from '../support/client.ts'
import { startClusterNode, type ClusterNode, testSecret } from '../support/cluster.ts'
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts'
import { findFreePort, isInstalled, createFolder, findPostgresBinaries, findPostgresUser } from '../support/servers.ts'
import { waitUntil } from '../support/wait-until.ts'
import { testSigningKey } from '../support/signing-key.ts'

let postgres: PostgresServer | undefined
let node: ClusterNode | undefined
const folder = createFolder('archive')
afterAll(async () => {
  await node?.kill('SIGKILL')
  await postgres?.remove()
  rmSync(folder, { recursive: true, force: true })
})

test.skipIf(!isInstalled('point-in-time recovery of PostgreSQL', 'postgresql'))(
  'point-in-time recovery keeps edits acknowledged before the target time and refuses later event positions',
  { timeout: 180_000 },
  async () => {
    postgres = await startPostgres()
    const { dataDir, port } = postgres
    const user = findPostgresUser()
    const bin = findPostgresBinaries() as string
    const archive = join(folder, 'wal')
    const base = join(folder, 'base')
    for (const path of [archive, base]) mkdirSync(path, { mode: 0o700 })
    if (user) for (const path of [folder, archive, base]) chownSync(path, user.uid, user.gid)
    const run = (program: string, ...args: string[]) => execFileSync(join(bin, program), args, { stdio: 'pipe', cwd: folder, ...user })

    // 1. Archive the write-ahead log.
    appendFileSync(
      join(dataDir, 'postgresql.conf'),
      `\narchive_mode = on\narchive_command = 'test ! -f ${archive}/%f && cp %p ${archive}/%f'\nrestore_command = 'cp ${archive}/%f %p'\n`,
    )
    await postgres.stop('fast')
    await postgres.start()
    const secrets = { TOKEN_SECRET: testSecret, SIGNING_CA_KEY: testSigningKey }
    const env = { DATABASE_URL: postgres.url, ...secrets, DATA_DIR: join(folder, 'none'), LIMITS: 'off', LOG_LEVEL: 'silent' }
    node = await startClusterNode({ ...env, PORT: String(await findFreePort()) })
    const ann = await registerPerson(node.url, 'Ann')
    const name = await createDraft(ann)

    // 2. Make a base backup while the node runs.
    run('pg_basebackup', '-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-D', base, '-X', 'none', '-c', 'fast')

    const author = await openDocument(node.url, name, ann.token)
    author.text.insert(0, 'before the moment')
    await waitUntil(() => isSaved(author), 'the text to be saved')
    const positionBefore = (await ann.request('GET', '/api/events')).body.position as number
    const targetTime = (await postgres.query('select clock_timestamp()::text as now'))[0].now as string
    author.text.insert(author.text.length, ', and after')
    await waitUntil(() => isSaved(author), 'the later text to be saved')
    for (let n = 0; n < 3; n++) await ann.request('POST', '/api/ventures', { name: `lost ${n}` })
    const lostPosition = (await ann.request('GET', '/api/events')).body.position as number
    author.close()

    // 3. Stop every node, archive the end of the log, and stop PostgreSQL.
    await node.kill('SIGTERM')
    const [{ name: lastSegment }] = await postgres.query('select pg_walfile_name(pg_switch_wal()) as name')
    const isArchived = async () =>
      (await postgres?.query('select 1 from pg_stat_archiver where last_archived_wal >= $1', [lastSegment]))?.length === 1
    await waitUntil(isArchived, 'the log to be archived')
    await postgres.stop('fast')

    // 4. Replace the data directory with the base backup and set the target time.
    execFileSync('sh', ['-c', `rm -rf "${dataDir}" && cp -a "${base}" "${dataDir}"`])
    appendFileSync(join(dataDir, 'postgresql.auto.conf'), `recovery_target_time = '${targetTime}'\nrecovery_target_action = 'promote'\n`)
    writeFileSync(join(dataDir, 'recovery.signal'), '')
    if (user) for (const file of ['postgresql.auto.conf', 'recovery.signal']) chownSync(join(dataDir, file), user.uid, user.gid)
    await postgres.start()
    await waitUntil(async () => (await postgres?.query('select pg_is_in_recovery() as is'))?.[0].is === false, 'the recovery to end')

    // 5. Start the nodes.
    await node.start()
    const reader = await openDocument(node.url, name, ann.token)
    expect(reader.text.toString()).toBe('before the moment')
    reader.close()
    for (let n = 0; n < 5; n++) expect((await ann.request('POST', '/api/ventures', { name: `new ${n}` })).status).toBe(201)
    expect((await ann.request('GET', `/api/events?after=${lostPosition}`)).body.type).toBe('urn:problem:cannot-replay')
    const { body } = await ann.request('GET', `/api/events?after=${positionBefore}`)
    expect(body.items[0].event).toBe('installation.restored')
  },
)
