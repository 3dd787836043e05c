/** `npm run doctor`: checks the installation, one line for each check. Exits with 1 when a check fails. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { WebSocket } from 'ws'
import { type Config, readConfig } from '../config.ts'
import { describeDamage } from '../domain/kernel/db/data-dir.ts'
import { readTokenSecret } from '../domain/kernel/token-secret.ts'
import { readSigningKey } from '../domain/signing/authority/signing-key.ts'
import { checkAuditLog } from './audit-check.ts'
import { migrations } from '../migrations/list.ts'

let hasFailed = false
const print = (state: 'ok' | 'warning' | 'failed', check: string, message: string) => {
  if (state === 'failed') hasFailed = true
  console.log(`${state.padEnd(8)} ${check.padEnd(14)} ${message}`)
}

async function runCheck(name: string, check: () => Promise<string> | string): Promise<void> {
  try {
    print('ok', name, await check())
  } catch (error) {
    const { message } = error as Error
    print(message.startsWith('warning: ') ? 'warning' : 'failed', name, message.replace(/^warning: /, ''))
  }
}

function readSettings(): Config | undefined {
  try {
    return readConfig(process.env)
  } catch (error) {
    print('failed', 'settings', (error as Error).message)
    return undefined
  }
}

await runCheck('node', () => `${process.versions.node}`)
const config = readSettings()
if (config) await checkAll(config)
process.exit(hasFailed ? 1 : 0)

async function checkAll(config: Config): Promise<void> {
  const { dataDir, databaseUrl, redisUrl, host, port, publicUrl } = config
  print('ok', 'settings', 'all variables are valid')
  await runCheck('disk', async () => {
    // the first start creates missing folders in the nearest existing one
    let folder = dataDir
    while (!existsSync(folder)) folder = dirname(folder)
    accessSync(folder, constants.W_OK)
    const { bavail, bsize } = await statfs(folder)
    const free = (bavail * bsize) / 2 ** 30
    if (free < 1) throw new Error(`warning: ${free.toFixed(1)} GiB free in ${dataDir}; free some space`)
    return `${dataDir} is writable; ${free.toFixed(0)} GiB free`
  })
  await runCheck('database', () => (databaseUrl ? checkPostgres(databaseUrl) : checkEmbedded(dataDir)))
  if (redisUrl) await runCheck('bus', () => checkRedis(redisUrl))
  else if (databaseUrl) print('warning', 'bus', 'REDIS_URL is not set: several nodes would see the changes of each other with a delay')
  else print('ok', 'bus', 'in-process')
  await runCheck('audit log', () => checkAuditLog(config))
  await runCheck('port', () => checkPort(host, port))
  if (publicUrl) await runCheck('public address', () => checkPublicUrl(publicUrl))
}

async function checkPostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    const began = Date.now()
    const { rows } = await client.query(
      "select current_setting('server_version') as version, extract(epoch from clock_timestamp()) * 1000 as now, to_regclass('migration') is not null as made",
    )
    const clockSkewMs = Math.abs(Number(rows[0].now) - (began + Date.now()) / 2)
    if (clockSkewMs > 5000)
      throw new Error(
        `the clocks of this machine and the database are ${(clockSkewMs / 1000).toFixed(0)} s apart, so tokens would expire early or late: set the clocks`,
      )
    const applied: string[] = rows[0].made ? (await client.query('select name from migration')).rows.map(({ name }) => name) : []
    const unknown = applied.find((name) => !migrations.some((known) => known.name === name))
    if (unknown) throw new Error(`the database belongs to a newer version of SmartStart (migration ${unknown}): start that version`)
    const pending = migrations.length - applied.length
    return `PostgreSQL ${rows[0].version}, ${pending > 0 ? `${pending} migrations pending until the next start` : 'migrated'}, clocks ${Math.round(clockSkewMs)} ms apart`
  } finally {
    await client.end()
  }
}

function checkEmbedded(dataDir: string): string {
  const damage = describeDamage(dataDir)
  if (damage) throw new Error(`${dataDir} ${damage}`)
  readTokenSecret(dataDir)
  readSigningKey(dataDir)
  try {
    const pid = Number(readFileSync(join(dataDir, 'lock'), 'utf8').split(' ')[0])
    process.kill(pid, 0)
    return `embedded, in use by process ${pid}`
  } catch {
    return 'embedded, not in use'
  }
}

async function checkRedis(url: string): Promise<string> {
  const options = { maxRetriesPerRequest: 0, retryStrategy: () => null, connectTimeout: 5000 }
  const [publisher, subscriber] = [new Redis(url, options), new Redis(url, options)]
  for (const client of [publisher, subscriber]) client.on('error', () => {})
  try {
    const channel = `smartstart:doctor:${process.pid}`
    const began = performance.now()
    const received = new Promise((resolve) => subscriber.once('message', resolve))
    await subscriber.subscribe(channel)
    await publisher.publish(channel, 'hello')
    await received
    return `Redis delivers a message in ${(performance.now() - began).toFixed(1)} ms`
  } catch (error) {
    throw new Error(`Redis does not answer (${(error as Error).message}): start it, or correct REDIS_URL`)
  } finally {
    publisher.disconnect()
    subscriber.disconnect()
  }
}

async function checkPort(host: string, port: number): Promise<string> {
  if (port === 0) return 'any free one'
  const isTaken = await new Promise<boolean>((resolve) => {
    const probe = createServer().once('error', () => resolve(true))
    probe.listen(port, host, () => probe.close(() => resolve(false)))
  })
  if (!isTaken) return `${host}:${port} is free`
  const health = (await fetch(`http://${host}:${port}/api/health`).then(
    (response) => response.json(),
    () => undefined,
  )) as { version?: string } | undefined
  if (health?.version) return `SmartStart ${health.version} answers on ${host}:${port}`
  throw new Error(`${host}:${port} is used by another program: stop it, or set PORT`)
}

async function checkPublicUrl(publicUrl: string): Promise<string> {
  const health = await fetch(new URL('/api/health', publicUrl)).catch((error: Error) => {
    throw new Error(`${publicUrl} does not answer (${error.message})`)
  })
  if (!health.ok) throw new Error(`${publicUrl}/api/health answers ${health.status}`)
  await new Promise<void>((resolve, reject) => {
    const socket = new WebSocket(new URL('/collab', publicUrl.replace(/^http/, 'ws')), { handshakeTimeout: 5000 })
    socket.once('open', () => {
      socket.terminate()
      resolve()
    })
    socket.once('error', (error) =>
      reject(
        new Error(`WebSockets do not pass through ${publicUrl} (${error.message}): configure the proxy to forward the Upgrade header`),
      ),
    )
  })
  return `${publicUrl} answers, and WebSockets pass`
}
