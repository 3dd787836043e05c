/** Builds a node from top to bottom, and takes it down in reverse. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { Redis } from 'ioredis'
import { createStream } from './api/event-stream.ts'
import { startAttendance } from './api/attendance.ts'
import { createNotifications } from './api/notifications.ts'
import { createApi } from './api/server.ts'
import { createSubscribers } from './api/subscribers.ts'
import { type Collab, createCollab } from './collab/server.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { type Enforcer, startEnforcer } from './domain/access/enforcement.ts'
import { chores, entities, reactions, sections } from './domain/contents.ts'
import { type Journal, openJournal } from './domain/documents/journal.ts'
import { memoryBus, redisBus } from './domain/kernel/bus.ts'
import { type Database, installationName, openDatabase } from './domain/kernel/database.ts'
import { DirectoryInUse } from './domain/kernel/directory.ts'
import { type Domain, openDomain } from './domain/kernel/domain.ts'
import { startFeed } from './domain/kernel/feed.ts'
import { startJobs } from './domain/kernel/jobs.ts'
import { DomainError } from './domain/kernel/errors.ts'
import { createLog } from './domain/kernel/log.ts'
import { createMetrics, type Metrics } from './domain/kernel/metrics.ts'
import { type Operation, type Ports, system } from './domain/kernel/operation.ts'
import { type Relay, startRelay } from './domain/kernel/relay.ts'
import { type Carrier, startCarrier } from './domain/notifications/carrier.ts'
import { openWorld } from './domain/notifications/world.ts'
import { migrations } from './migrations/list.ts'
import packageFile from './package.json' with { type: 'json' }

/** A running node. */
export interface Node {
  /** Where it listens, as `http://127.0.0.1:3000`. */
  readonly url: string
  /** The PostgreSQL it runs on; undefined when embedded. */
  readonly databaseUrl: string | undefined
  readonly domain: Domain
  readonly database: Database
  readonly journal: Journal
  readonly relay: Relay
  readonly carrier: Carrier
  /** Writes to a living document, past the door. */
  readonly write: Ports['write']
  /** Takes it down: stops listening, closes sockets, commits what waits, closes the database. Within 10 seconds. */
  stop(): Promise<void>
}

/** Starts a node. @throws DirectoryInUse when another process has the embedded database */
export async function start(config: Config): Promise<Node> {
  const began = performance.now()
  const log = createLog(config.logLevel)
  const metrics = createMetrics()
  const database = await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir, entities, migrations, log })
  const prefix = `smartstart:${await installationName(database)}:`
  const bus = config.redisUrl ? redisBus(config.redisUrl, log, prefix) : memoryBus()
  const redis = config.redisUrl
    ? new Redis(config.redisUrl, { keyPrefix: prefix, maxRetriesPerRequest: 0, enableOfflineQueue: false })
    : undefined
  redis?.on('error', () => {})
  if (config.databaseUrl && !config.redisUrl) log.warn('DATABASE_URL without REDIS_URL: a second node would hear of this one late')

  let relay: Relay | undefined
  let enforcer: Enforcer | undefined
  let collab: Collab | undefined
  let url = ''
  const outside = openWorld({ ...config, allowPrivate: config.webhookAllowPrivate, ownUrl: () => url })
  const domain = openDomain({
    database,
    log,
    committed: (numbered) => relay?.committed(numbered),
    ports: {
      tokenSecret: config.tokenSecret,
      enforce: async (change) => (await enforcer?.enforce(change)) ?? { nodes: 0, confirmed: 0, milliseconds: 0 },
      async write(documentName, actor, change) {
        if (!collab) throw new DomainError('unavailable', 'This node is starting; try again.')
        return collab.write(documentName, actor, change)
      },
      connected: async () => ({
        subscribers: await counted(metrics.subscribers),
        sockets: await counted(metrics.sockets),
        connections: collab?.connections() ?? 0,
        documents: await counted(metrics.documents),
        uptime: Math.round((performance.now() - began) / 1000),
      }),
      outside,
    },
  })
  const jobs = await startJobs(
    { database, url: config.databaseUrl, log },
    reactions.map(({ to, operation, wants, input = ({ data }) => data }) => ({
      name: operation.name,
      to: to.map(({ name }) => name),
      wants,
      run: async (event) => void (await domain.run(system, operation, input(event))),
    })),
    chores.map((chore) => ({
      name: chore.name,
      at: chore.at,
      async run() {
        const done = async () => domain.run(system, chore.operation as unknown as Operation, {})
        while (Number(await done()) > 0 && 'untilNone' in chore);
      },
    })),
  )
  relay = startRelay({ database, bus, jobs, log })
  const feed = await startFeed({ database, bus, log })
  enforcer = await startEnforcer({ bus, feed, log, nodes: () => database.nodes() })
  const journal = openJournal({
    database,
    log,
    observe(rows, bytes, milliseconds) {
      metrics.edits.inc(rows)
      metrics.editBytes.inc(bytes)
      metrics.commits.observe(milliseconds / 1000)
    },
  })
  const live = createCollab({
    domain,
    journal,
    bus,
    alone: database.kind === 'pglite',
    caughtUp: async () => enforcer?.caughtUp(),
    log,
    metrics,
    sections,
    limits: config.limits,
  })
  const subscribers = createSubscribers({ domain, feed, read: database.read, metrics, connections: config.limits.connections })
  const attendance = await startAttendance({ domain, bus, subscribers })
  const notifications = createNotifications({ domain, subscribers, attendance, log })
  collab = live
  enforcer.judgeBy((change) => live.enforce(change))
  enforcer.judgeBy((change) => subscribers.enforce(change))

  let draining = false
  const api = createApi({
    domain,
    stream: createStream(domain, subscribers),
    database,
    metrics,
    log,
    redis,
    limits: config.limits,
    publicUrl: config.publicUrl,
    version: packageFile.version,
    draining: () => draining,
  })
  const handle = api.callback()
  const server = createServer((request, response) => void handle(request, response))
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', ignore)
    if (draining) refuseUpgrade(socket, '503 Service Unavailable')
    else if (![live, notifications].some((one) => one.handleUpgrade(request, socket, head))) refuseUpgrade(socket, '404 Not Found')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.port, config.host, resolve)
  }).catch(async (error: NodeJS.ErrnoException) => {
    await jobs.stop()
    await relay.stop()
    await feed.stop()
    await bus.stop()
    await database.stop()
    throw new ConfigError(`PORT: cannot listen on ${config.host}:${config.port} (${error.code})`)
  })
  const { port } = server.address() as AddressInfo
  url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
  // after the address is known: it stands in mails
  const carrier = startCarrier({ run: (operation, input) => domain.run(system, operation, input), feed, log })
  log.info({ port, database: database.kind, bus: config.redisUrl ? 'redis' : 'memory', version: packageFile.version }, 'listening')

  let stopped: Promise<void> | undefined
  async function stop() {
    draining = true
    const closed = new Promise((resolve) => server.close(resolve))
    const idle = setInterval(() => server.closeIdleConnections(), 50)
    await attendance.stop()
    subscribers.stop()
    notifications.stop()
    await live.stop(4000)
    const forced = setTimeout(() => server.closeAllConnections(), 1500)
    await closed
    clearTimeout(forced)
    clearInterval(idle)
    await journal.settled()
    await carrier.stop(1000)
    outside.stop()
    await enforcer?.stop()
    await feed.stop()
    await relay?.settled()
    await relay?.stop()
    await jobs.stop()
    redis?.disconnect()
    await bus.stop()
    await database.stop()
    log.info('stopped')
  }
  return {
    url,
    databaseUrl: config.databaseUrl,
    domain,
    database,
    journal,
    relay,
    carrier,
    write: live.write,
    stop: () => (stopped ??= stop()),
  }
}

const counted = async (gauge: Metrics['sockets']): Promise<number> => (await gauge.get()).values[0]?.value ?? 0

/** One for all sockets: made in the handler of their request, it would keep the request for as long as they live. */
const ignore = () => {}

function refuseUpgrade(socket: Duplex, status: string) {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** Runs a node as a process: until SIGTERM or Ctrl-C, then down within ten seconds. */
async function run() {
  try {
    const node = await start(readConfig(process.env))
    const end = () => {
      // whatever hangs, the process does not
      setTimeout(() => process.exit(1), 9500).unref()
      node.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    }
    process.once('SIGTERM', end)
    process.once('SIGINT', end)
    console.log(`SmartStart is ready at ${node.url}`)
  } catch (error) {
    const known = error instanceof ConfigError || error instanceof DirectoryInUse
    console.error(known ? (error as Error).message : error)
    process.exit(1)
  }
}

if (import.meta.main) await run()
