/** A node. Its parts start in order and stop in reverse. */
import { Redis } from 'ioredis'
import { SubscriberHub } from './api/events/hub.ts'
import { startPresence } from './api/events/presence.ts'
import { createEventStream } from './api/events/sse.ts'
import { createEventSocketServer } from './api/events/websocket.ts'
import { createApi } from './api/server.ts'
import { createHttpServer } from './api/http/server.ts'
import { type Collab, createCollab } from './collab/server.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { type Enforcer, startEnforcer } from './domain/access/enforcement.ts'
import { entities, slices } from './domain/slices.ts'
import { type Journal, openJournal } from './domain/documents/journal/journal.ts'
import { createMemoryBus, type OnFailure, createRedisBus } from './domain/kernel/bus.ts'
import { serveBackups } from './domain/kernel/backup/backup-socket.ts'
import { StartupError } from './domain/kernel/db/data-dir.ts'
import { type Database, readInstallationName, openDatabase } from './domain/kernel/db/database.ts'
import { type Executor, createExecutor } from './domain/kernel/executor.ts'
import { startFeed } from './domain/kernel/events/feed.ts'
import { startJobs } from './domain/kernel/jobs.ts'
import type { RunAsSystem } from './domain/kernel/manifest/background-work.ts'
import { DomainError } from './domain/kernel/errors.ts'
import { createLog, type Log } from './domain/kernel/log.ts'
import { countConnected, createMetrics, type Metrics, observeCommit } from './domain/kernel/metrics.ts'
import { joinCluster, newNodeId } from './domain/kernel/node.ts'
import { system } from './domain/kernel/actor.ts'
import type { Ports } from './domain/kernel/operation.ts'
import { type Sequencer, startSequencer } from './domain/kernel/events/sequencer.ts'
import { detectRestore } from './domain/kernel/backup/restore-detection.ts'
import { createTokenSecret, readTokenSecret } from './domain/kernel/token-secret.ts'
import { listExpiring } from './domain/signing/authority/operations.ts'
import { createSigningKey, parseSigningKey, readSigningKey } from './domain/signing/authority/signing-key.ts'
import { type DeliveryWorker, startDeliveryWorker } from './domain/delivery/worker.ts'
import { createOutbound } from './domain/delivery/outbound/outbound.ts'
import { migrations } from './migrations/list.ts'
import packageFile from './package.json' with { type: 'json' }

const { version } = packageFile
/** Parts of the 10 seconds that a stop may take. */
const closeDocumentsWithinMs = 4000
const finishDeliveriesWithinMs = 1000

/** A running node. */
export interface Node {
  /** Its address, as `http://127.0.0.1:3000`. */
  readonly url: string
  /** PostgreSQL; undefined when embedded. */
  readonly databaseUrl: string | undefined
  readonly domain: Executor
  readonly database: Database
  readonly journal: Journal
  readonly sequencer: Sequencer
  readonly deliveryWorker: DeliveryWorker
  /** Edits a live document without the executor. */
  readonly write: Ports['editDocument']
  /** Stops it within 10 seconds: closes sockets, commits pending edits, closes the database. */
  stop(): Promise<void>
}

/** A node that is starting. */
interface Starting {
  readonly config: Config
  readonly log: Log
  readonly metrics: Metrics
  /** The parts that have started, and how to stop each. */
  readonly parts: AsyncDisposableStack
  /** Parts that others need before they exist. Each is set when it has started. */
  readonly late: { sequencer?: Sequencer; enforcer?: Enforcer; collab?: Collab; url?: string }
}

/** Starts a node. When a part fails to start, those before it are stopped. @throws StartupError, ConfigError with a message for the operator */
export async function start(config: Config): Promise<Node> {
  const log = createLog(config.logLevel)
  const parts = new AsyncDisposableStack()
  try {
    const node = await startParts({ config, log, metrics: createMetrics(), parts, late: {} })
    let stopped: Promise<void> | undefined
    return { ...node, stop: () => (stopped ??= parts.disposeAsync().then(() => log.info('stopped'))) }
  } catch (error) {
    await parts.disposeAsync().catch((failure: unknown) => log.error({ error: String(failure) }, 'a part failed to stop'))
    throw error
  }
}

/** Starts the parts in order. */
async function startParts(starting: Starting): Promise<Omit<Node, 'stop'>> {
  const { config, log, metrics, parts, late } = starting
  const storage = await openStorage(starting)
  const { database, bus, membership } = storage
  const domain = await createDomain(starting, storage)
  const runAsSystem: RunAsSystem = (operation, input) => domain.run(system, operation, input)
  const jobs = parts.adopt(await startJobs({ database, url: config.databaseUrl, log }, slices, runAsSystem), (part) => part.stop())
  const sequencer = (late.sequencer = parts.adopt(startSequencer({ database, bus, jobs, log }), (part) =>
    part.drain().then(() => part.stop()),
  ))
  const feed = parts.adopt(await startFeed({ database, bus, log }), (part) => part.stop())
  const enforcer = (late.enforcer = parts.adopt(await startEnforcer({ bus, feed, log, nodes: database.countNodes }), (part) => part.stop()))
  const journal = parts.adopt(openJournal({ database, log, observe: observeCommit(metrics) }), (part) => part.drain())
  // before the sockets, so that it stops after them: it waits until all connections have ended
  const http = parts.adopt(createHttpServer(), (part) => part.stop())
  const { limits } = config
  const sections = Object.fromEntries(
    slices.flatMap(({ documents }) => Object.entries(documents)).map(([kind, documentKind]) => [kind, documentKind.sections]),
  )
  const caughtUp = () => enforcer.catchUp()
  const isSingleNode = database.kind === 'pglite'
  const collab = (late.collab = createCollab({ domain, journal, bus, membership, isSingleNode, caughtUp, log, metrics, sections, limits }))
  parts.defer(() => collab.stop(closeDocumentsWithinMs))
  const hub = new SubscriberHub({ domain, feed, read: database.runPrepared, metrics, maxPerUser: limits.connectionsPerAccount })
  parts.defer(() => hub.stop())
  const presence = parts.adopt(await startPresence({ domain, bus, hub, membership }), (part) => part.stop())
  const eventSockets = parts.adopt(createEventSocketServer({ domain, hub, presence, log }), (part) => part.stop())
  enforcer.onAccessChange((change) => collab.enforce(change))
  enforcer.onAccessChange((change) => hub.enforce(change))
  const stream = createEventStream(domain, hub)
  const state = { isJournalFailing: () => journal.isFailing, isDraining: () => http.isDraining }
  const api = createApi({ ...config, ...storage, ...state, domain, stream, metrics, log, version }).callback()
  const url = await http
    .listen(config, (request, response) => void api(request, response), [collab, eventSockets])
    .catch((error: NodeJS.ErrnoException) => {
      throw new ConfigError(`PORT: cannot listen on ${config.host}:${config.port} (${error.code})`)
    })
  // e-mails contain the address, so deliveries start after it is known
  late.url = url
  const deliveryWorker = startDeliveryWorker({ run: runAsSystem, feed, log })
  parts.defer(() => deliveryWorker.stop(finishDeliveriesWithinMs))
  if (database.pglite)
    parts.adopt(await serveBackups({ dataDir: config.dataDir, pglite: database.pglite, version, log }), (part) => part.stop())
  // stops first: no new connections while the other parts stop
  parts.defer(() => http.drain())
  log.info({ url, database: database.kind, bus: bus.isShared ? 'redis' : 'memory', version }, 'listening')
  return { url, databaseUrl: config.databaseUrl, domain, database, journal, sequencer, deliveryWorker, write: collab.write }
}

/** Opens the database, the bus and Redis. */
async function openStorage({ config, log, metrics, parts }: Starting) {
  const { dataDir, redisUrl } = config
  const nodeId = newNodeId()
  // before the database is opened: an unreadable secret stops the start
  const readSecret = config.tokenSecret ?? readTokenSecret(dataDir)
  const readKey = config.signingKey === undefined ? readSigningKey(dataDir) : parseSigningKey(config.signingKey)
  const database = await openDatabase({ url: config.databaseUrl, dataDir, nodeId, entities, migrations, log })
  parts.defer(() => database.stop())
  const tokenSecret = readSecret ?? createTokenSecret(dataDir)
  const signingKey = readKey ?? createSigningKey(dataDir)
  const keyPrefix = `smartstart:${await readInstallationName(database)}:`
  const onFailure: OnFailure = (channel, error) => {
    metrics.busFailures.inc({ channel })
    log.error({ channel, error: (error as Error)?.stack ?? String(error) }, 'bus message handler failed')
  }
  const bus = parts.adopt(redisUrl ? createRedisBus(redisUrl, log, keyPrefix, onFailure) : createMemoryBus(onFailure), (part) =>
    part.stop(),
  )
  const redis = redisUrl ? new Redis(redisUrl, { keyPrefix, maxRetriesPerRequest: 0, enableOfflineQueue: false }) : undefined
  redis?.on('error', () => {})
  parts.defer(() => redis?.disconnect())
  if (config.databaseUrl && !redisUrl) log.warn('REDIS_URL is not set: several nodes would see the changes of each other with a delay')
  const membership = parts.adopt(joinCluster({ nodeId, bus, log }), (part) => part.stop())
  return { database, tokenSecret, signingKey, bus, membership, redis }
}

/** Creates the domain and its ports. */
async function createDomain(
  { config, log, metrics, parts, late }: Starting,
  { database, tokenSecret, signingKey }: Storage,
): Promise<Executor> {
  const startedAt = performance.now()
  const outbound = parts.adopt(createOutbound({ ...config, ownUrl: () => late.url ?? '' }), (part) => part.stop())
  const ports: Ports = {
    tokenSecret,
    signingKey,
    timestampUrl: config.timestampUrl,
    limits: config.limits,
    fontsDir: config.fontsDir,
    auditDir: config.auditDir,
    outbound,
    enforce: async (change) => (await late.enforcer?.enforce(change)) ?? { nodes: 0, confirmed: 0, milliseconds: 0 },
    async editDocument(documentName, actor, change) {
      if (!late.collab) throw new DomainError('unavailable', 'This node is starting. Try again.')
      return late.collab.write(documentName, actor, change)
    },
    readStats: async () => ({
      ...(await countConnected(metrics)),
      connections: late.collab?.connections() ?? 0,
      uptime: Math.round((performance.now() - startedAt) / 1000),
    }),
  }
  const domain = createExecutor({ database, log, ports, onCommitted: (numbered) => late.sequencer?.onCommitted(numbered) })
  await domain.run(system, detectRestore, { storage: await database.readStorageId() })
  for (const expiring of await domain.run(system, listExpiring, {}))
    log.warn(expiring, 'a signing certificate expires soon: set a new SIGNING_CA_KEY')
  return domain
}

type Storage = Awaited<ReturnType<typeof openStorage>>

/** Runs a node as a process until SIGTERM or Ctrl-C, then stops it within ten seconds. */
async function run() {
  try {
    const node = await start(readConfig(process.env))
    const stop = () => {
      // exits even if a part does not stop
      setTimeout(() => process.exit(1), 9500).unref()
      node.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    }
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
    console.log(`SmartStart is ready at ${node.url}`)
  } catch (error) {
    console.error(error instanceof ConfigError || error instanceof StartupError ? error.message : error)
    process.exit(1)
  }
}

if (import.meta.main) await run()
