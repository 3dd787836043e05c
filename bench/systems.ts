/** What is measured: SmartStart and its peers, each started alike. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { draftOf, register } from '../test/support/client.ts'
import type { Counted } from './counted.ts'
import { type OwnDatabase, ownDatabase } from './database.ts'
import { type Dialect, hocuspocus, relayed, yWebsocket } from './dialect.ts'
import { launch, ofNpmStart, type Served } from './processes.ts'

/** A system that runs, on one node or more. */
export interface System {
  name: string
  dialect: Dialect
  nodes: Served[]
  /** Makes empty documents. Answers their names, and a token that may write to them. */
  documents(count: number): Promise<{ names: string[]; token: string }>
  /** Where it stores; undefined when nowhere, or embedded. */
  database: OwnDatabase | undefined
  /** Bytes that went to the database; undefined where nobody counts them. */
  sent: (() => number) | undefined
  /** Whether the whole state of a document is in the database. */
  stored(name: string): Promise<boolean>
  stop(): Promise<void>
}

export type Start = () => Promise<System>

/** What stands between a server and its database. */
export type WayTo = (url: string) => Promise<Counted>

let named = 0
/** Names as long as SmartStart's. */
async function anyNames(count: number) {
  return { names: Array.from({ length: count }, () => `legal:01900000-0000-7000-8000-${String(++named).padStart(12, '0')}`), token: 'any' }
}

async function peer(name: string, file: string, dialect: Dialect, flags: string[] = []): Promise<System> {
  const node = await launch(file, {}, flags)
  return {
    name,
    dialect,
    nodes: [node],
    documents: anyNames,
    database: undefined,
    sent: undefined,
    stored: async () => false,
    stop: () => node.stop(),
  }
}

export const startRelay: Start = () => peer('relay', 'relay.ts', relayed)
export const startYWebsocket: Start = () => peer('y-websocket server', 'y-websocket.ts', yWebsocket)
export const startBareHocuspocus = (flags?: string[]) => peer('bare Hocuspocus', 'bare-hocuspocus.ts', hocuspocus, flags)

/** Hocuspocus that stores in PostgreSQL; on more than one node over Redis. */
export async function startStoredHocuspocus({
  nodes = 1,
  redisUrl,
  wayTo,
}: {
  nodes?: number
  redisUrl?: string
  wayTo?: WayTo
} = {}): Promise<System> {
  const database = await ownDatabase()
  const way = await wayTo?.(database.url)
  const env = { DATABASE_URL: way?.url ?? database.url, REDIS_URL: redisUrl, REDIS_PREFIX: `smartstart-bench-${process.pid}` }
  const started: Served[] = []
  for (let node = 0; node < nodes; node++) started.push(await launch('stored-hocuspocus.ts', env))
  return {
    name: 'Hocuspocus',
    dialect: hocuspocus,
    nodes: started,
    documents: anyNames,
    database,
    sent: way && (() => way.sent()),
    stored: async (name) => (await database.query('select from stored where name = $1', [name])).length > 0,
    async stop() {
      await Promise.all(started.map((node) => node.stop()))
      way?.stop()
      await database.drop()
    },
  }
}

export interface SmartStartOptions {
  nodes?: number
  /** For more than one node. */
  redisUrl?: string
  embedded?: boolean
  flags?: string[]
  wayTo?: WayTo
}

/** SmartStart as it is served: authentication, journal on PostgreSQL, metrics; no limits. */
export async function startSmartStart({
  nodes = 1,
  redisUrl,
  embedded = false,
  flags = [],
  wayTo,
}: SmartStartOptions = {}): Promise<System> {
  const dataDir = mkdtempSync(join(tmpdir(), 'smartstart-bench-'))
  const database = embedded ? undefined : await ownDatabase()
  const way = database && (await wayTo?.(database.url))
  const databaseUrl = way?.url ?? database?.url
  const started: Served[] = []
  for (let node = 0; node < nodes; node++) started.push(await smartStartNode({ databaseUrl, redisUrl, dataDir, flags }))
  const [{ url }] = started as [Served]
  // the first account is the administrator; the work is done by somebody else
  await register(url, 'Admin')
  return {
    name: 'SmartStart',
    dialect: hocuspocus,
    nodes: started,
    database,
    sent: way && (() => way.sent()),
    async documents(count) {
      const ann = await register(url, 'Ann')
      const names: string[] = []
      for (let made = 0; made < count; made++) names.push(await draftOf(ann, `Bench ${made}`))
      return { names, token: ann.token }
    },
    async stored(name) {
      return (await database?.query('select from document_snapshot where document = $1', [name.split(':')[1]]))?.length === 1
    },
    async stop() {
      await Promise.all(started.map((node) => node.stop()))
      way?.stop()
      await database?.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export interface NodeOptions {
  databaseUrl: string | undefined
  redisUrl?: string | undefined
  dataDir: string
  flags?: string[]
}

/** One node of SmartStart. */
export const smartStartNode = ({ databaseUrl, redisUrl, dataDir, flags = [] }: NodeOptions): Promise<Served> =>
  launch(
    '../main.ts',
    {
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_DIR: dataDir,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      TOKEN_SECRET: 'only for a benchmark on this machine',
      LIMITS: 'off',
      LOG_LEVEL: 'error',
    },
    [...ofNpmStart, ...flags],
  )
