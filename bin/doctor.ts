/** `npm run doctor`: looks at the installation, one line a finding; ends with 1 when something must be mended. */
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { WebSocket } from 'ws'
import { type Config, readConfig } from '../config.ts'
import { migrations } from '../migrations/list.ts'

let failed = false
const say = (state: 'ok' | 'warning' | 'failed', what: string, told: string) => {
  if (state === 'failed') failed = true
  console.log(`${state.padEnd(8)} ${what.padEnd(14)} ${told}`)
}

async function look(what: string, check: () => Promise<string> | string): Promise<void> {
  try {
    say('ok', what, await check())
  } catch (error) {
    const { message } = error as Error
    say(message.startsWith('warning: ') ? 'warning' : 'failed', what, message.replace(/^warning: /, ''))
  }
}

function settings(): Config | undefined {
  try {
    return readConfig(process.env)
  } catch (error) {
    say('failed', 'settings', (error as Error).message)
    return undefined
  }
}

await look('node', () => `${process.versions.node}`)
const config = settings()
if (config) await examine(config)
process.exit(failed ? 1 : 0)

async function examine({ dataDir, databaseUrl, redisUrl, host, port, publicUrl }: Config): Promise<void> {
  say('ok', 'settings', 'every variable holds what it takes')
  await look('disk', async () => {
    mkdirSync(dataDir, { recursive: true })
    accessSync(dataDir, constants.W_OK)
    const { bavail, bsize } = await statfs(dataDir)
    const free = (bavail * bsize) / 2 ** 30
    if (free < 1) throw new Error(`warning: ${free.toFixed(1)} GiB free in ${dataDir}; make room`)
    return `${dataDir} can be written; ${free.toFixed(0)} GiB free`
  })
  await look('database', () => (databaseUrl ? lookAtPostgres(databaseUrl) : lookAtEmbedded(dataDir)))
  if (redisUrl) await look('bus', () => lookAtRedis(redisUrl))
  else if (databaseUrl) say('warning', 'bus', 'no REDIS_URL: a second node would hear of this one late')
  else say('ok', 'bus', 'in-process')
  await look('port', () => lookAtPort(host, port))
  if (publicUrl) await look('public address', () => lookThrough(publicUrl))
}

async function lookAtPostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    const began = Date.now()
    const { rows } = await client.query(
      "select current_setting('server_version') as version, extract(epoch from clock_timestamp()) * 1000 as now, to_regclass('migration') is not null as made",
    )
    const apart = Math.abs(Number(rows[0].now) - (began + Date.now()) / 2)
    if (apart > 5000)
      throw new Error(
        `the clocks of this machine and the database are ${(apart / 1000).toFixed(0)} s apart: tokens would end early or late; set the clocks`,
      )
    const done = rows[0].made ? (await client.query('select count(*)::int as count from migration')).rows[0].count : 0
    const left = migrations.length - done
    return `PostgreSQL ${rows[0].version}, ${left > 0 ? `${left} migrations to come at the next start` : 'migrated'}, clocks ${Math.round(apart)} ms apart`
  } finally {
    await client.end()
  }
}

function lookAtEmbedded(dataDir: string): string {
  try {
    const pid = Number(readFileSync(join(dataDir, 'lock'), 'utf8').split(' ')[0])
    process.kill(pid, 0)
    return `embedded, in use by process ${pid}`
  } catch {
    return 'embedded, not in use'
  }
}

async function lookAtRedis(url: string): Promise<string> {
  const options = { maxRetriesPerRequest: 0, retryStrategy: () => null, connectTimeout: 5000 }
  const [one, other] = [new Redis(url, options), new Redis(url, options)]
  for (const client of [one, other]) client.on('error', () => {})
  try {
    const channel = `smartstart:doctor:${process.pid}`
    const began = performance.now()
    const heard = new Promise((resolve) => other.once('message', resolve))
    await other.subscribe(channel)
    await one.publish(channel, 'hello')
    await heard
    return `Redis carries a message in ${(performance.now() - began).toFixed(1)} ms`
  } catch (error) {
    throw new Error(`Redis does not answer (${(error as Error).message}): start it, or mend REDIS_URL`)
  } finally {
    one.disconnect()
    other.disconnect()
  }
}

async function lookAtPort(host: string, port: number): Promise<string> {
  if (port === 0) return 'any free one'
  const taken = await new Promise<boolean>((resolve) => {
    const probe = createServer().once('error', () => resolve(true))
    probe.listen(port, host, () => probe.close(() => resolve(false)))
  })
  if (!taken) return `${host}:${port} is free`
  const health = (await fetch(`http://${host}:${port}/api/health`).then(
    (response) => response.json(),
    () => undefined,
  )) as { version?: string } | undefined
  if (health?.version) return `SmartStart ${health.version} answers on ${host}:${port}`
  throw new Error(`${host}:${port} is taken by something else: stop it, or set PORT`)
}

async function lookThrough(publicUrl: string): Promise<string> {
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
      reject(new Error(`WebSockets do not pass through ${publicUrl} (${error.message}): let the proxy pass Upgrade`)),
    )
  })
  return `${publicUrl} answers, and WebSockets pass`
}
