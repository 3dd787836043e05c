/** The systems that are compared: SmartStart and its peers. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDraft, registerPerson } from '../../test/support/client.ts'
import { hocuspocusProtocol, type Protocol, relayProtocol, yWebsocketProtocol } from '../load/protocol.ts'
import { createDatabase, type Database, redisUrl } from './database.ts'
import { npmStartFlags, type Server, startServer } from './processes.ts'

/** A running system of one node or more. */
export interface System {
  name: string
  protocol: Protocol
  nodes: Server[]
  url: string
  /** Undefined where nothing is stored, or on the embedded database. */
  database: Database | undefined
  /** Creates empty documents. Returns their names and a token that may write to them. */
  createDocuments(count: number): Promise<{ names: string[]; token: string }>
  /** Whether a document's whole state is in the database. */
  isStored(name: string): Promise<boolean>
  /** Starts another process of the same installation. */
  startNode(): Promise<Server>
  stop(): Promise<void>
}

export type StartSystem = () => Promise<System>

interface SystemOptions {
  /** More than one are connected over Redis. */
  nodes?: number
  /** For Node. */
  flags?: string[]
  embedded?: boolean
}

let namedDocuments = 0
/** Names of the same length as SmartStart's. */
async function nameDocuments(count: number) {
  const nextName = () => `legal:01900000-0000-7000-8000-${String(++namedDocuments).padStart(12, '0')}`
  return { names: Array.from({ length: count }, nextName), token: 'any' }
}

async function startSystem(
  name: string,
  protocol: Protocol,
  { nodes: count = 1 }: SystemOptions,
  database: Database | undefined,
  startNode: (databaseUrl: string | undefined) => Promise<Server>,
): Promise<System> {
  const start = () => startNode(database?.url)
  const nodes: Server[] = []
  for (let node = 0; node < count; node++) nodes.push(await start())
  return {
    name,
    protocol,
    nodes,
    url: nodes[0]?.url ?? '',
    database,
    createDocuments: nameDocuments,
    isStored: async () => false,
    startNode: start,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
      await database?.drop()
    },
  }
}

export const startRelay: StartSystem = () => startSystem('relay', relayProtocol, {}, undefined, () => startServer('peers/relay.ts'))
export const startYWebsocket: StartSystem = () =>
  startSystem('y-websocket server', yWebsocketProtocol, {}, undefined, () => startServer('peers/y-websocket.ts'))
export const startBareHocuspocus = (flags?: string[]): Promise<System> =>
  startSystem('bare Hocuspocus', hocuspocusProtocol, {}, undefined, () => startServer('peers/bare-hocuspocus.ts', {}, flags))

/** Hocuspocus with extension-database on PostgreSQL; on more than one node with extension-redis too. */
export async function startStoredHocuspocus(options: SystemOptions = {}): Promise<System> {
  const database = await createDatabase()
  const redis =
    (options.nodes ?? 1) > 1 ? { REDIS_URL: redisUrl, REDIS_PREFIX: `smartstart-bench-${process.pid}` } : { REDIS_URL: undefined }
  const system = await startSystem('Hocuspocus', hocuspocusProtocol, options, database, (url) =>
    startServer('peers/stored-hocuspocus.ts', { DATABASE_URL: url, ...redis }),
  )
  return { ...system, isStored: async (name) => (await database.query('select from stored where name = $1', [name])).length > 0 }
}

/** A signing key for one run: `SIGNING_CA_KEY`. */
export const createBenchmarkKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** SmartStart as it is served, with authentication, journal and metrics; limits are off. */
export async function startSmartStart(options: SystemOptions = {}): Promise<System> {
  const dataDir = mkdtempSync(join(tmpdir(), 'smartstart-bench-'))
  const database = options.embedded ? undefined : await createDatabase()
  const env = {
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    REDIS_URL: (options.nodes ?? 1) > 1 ? redisUrl : undefined,
    TOKEN_SECRET: 'only for a benchmark on this machine',
    SIGNING_CA_KEY: createBenchmarkKey(),
    LIMITS: 'off',
    LOG_LEVEL: 'error',
  }
  const system = await startSystem('SmartStart', hocuspocusProtocol, options, database, (url) =>
    startServer('../main.ts', { ...env, DATABASE_URL: url }, [...npmStartFlags, ...(options.flags ?? [])]),
  )
  // the first account is the administrator; the rows use ordinary accounts
  await registerPerson(system.url, 'Admin')
  return {
    ...system,
    async createDocuments(count) {
      const owner = await registerPerson(system.url, 'Owner')
      const names: string[] = []
      for (let index = 0; index < count; index++) names.push(await createDraft(owner, `Bench ${index}`))
      return { names, token: owner.token }
    },
    isStored: async (name) =>
      (await database?.query('select from document_snapshot where document = $1', [name.split(':')[1]]))?.length === 1,
    async stop() {
      await system.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
