/** A cluster for tests: node processes with their own PostgreSQL and Redis, and a reader of the journal. */
import { rmSync } from 'node:fs'
import * as Y from 'yjs'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { testSigningKey } from './signing-key.ts'
import { type NodeProcess, startNodeProcess } from './process.ts'
import { type RedisServer, startRedis } from './redis-server.ts'
import { findFreePort, createFolder } from './servers.ts'

/** A node that keeps its address when it is restarted. */
export interface ClusterNode {
  readonly url: string
  /** The current process. */
  readonly process: NodeProcess
  /** False from the signal until it is ready again. */
  readonly isUp: boolean
  kill(signal: NodeJS.Signals): Promise<number | null>
  /** Starts it again on its port. */
  start(): Promise<void>
  /** Reads a metric, summed over its labels; 0 if it is absent. */
  readMetric(name: string): Promise<number>
}

export interface Cluster {
  readonly postgres: PostgresServer
  readonly redis: RedisServer | undefined
  readonly nodes: ClusterNode[]
  stop(): Promise<void>
}

export interface ClusterOptions {
  nodes: number
  /** False: the nodes have no bus. */
  redis?: boolean
  /** Additional variables of one node. */
  env?: (node: number, servers: { postgres: PostgresServer; redis: RedisServer | undefined }) => Promise<Record<string, string>>
}

export const testSecret = 'a secret that is only good for tests, of some length'

/** Starts the servers and the nodes. */
export async function startCluster({ nodes: count, redis: hasRedis = true, env }: ClusterOptions): Promise<Cluster> {
  const [postgres, redis] = await Promise.all([startPostgres(), hasRedis ? startRedis() : undefined])
  const folder = createFolder('nodes')
  const nodes: ClusterNode[] = []
  for (let n = 0; n < count; n++) {
    const nodeEnv: Record<string, string> = {
      DATA_DIR: `${folder}/${n}`,
      PORT: String(await findFreePort()),
      LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
      LIMITS: 'off',
      TOKEN_SECRET: testSecret,
      SIGNING_CA_KEY: testSigningKey,
      DATABASE_URL: postgres.url,
      ...(redis && { REDIS_URL: redis.url }),
      ...(await env?.(n, { postgres, redis })),
    }
    nodes.push(await startClusterNode(nodeEnv))
  }
  return {
    postgres,
    redis,
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.kill('SIGKILL')))
      await Promise.all([postgres.remove(), redis?.remove()])
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Starts a node. @param env its variables, with `PORT` */
export async function startClusterNode(env: Record<string, string>): Promise<ClusterNode> {
  let running = await startNodeProcess(env)
  let up = true
  return {
    url: running.url,
    get isUp() {
      return up
    },
    get process() {
      return running
    },
    kill(signal) {
      up = false
      return running.kill(signal)
    },
    async start() {
      running = await startNodeProcess(env)
      up = true
    },
    async readMetric(name) {
      const text = await (await fetch(`${running.url}/metrics`)).text()
      const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))]
      return values.reduce((sum, [, value]) => sum + Number(value), 0)
    },
  }
}

export interface JournalRow {
  seq: number
  actor: string | null
  update: Uint8Array
}

/** Reads the journal of one document from the database: what it returns is committed. */
export function followJournal(postgres: PostgresServer, documentName: string) {
  const id = documentName.split(':')[1] as string
  const document = new Y.Doc()
  const rows: JournalRow[] = []
  return {
    /** The document after the rows that were read so far. */
    document,
    rows,
    /** Reads and applies new rows. @throws when sequence numbers are missing */
    async readNewRows(): Promise<void> {
      const found = await postgres.query('select seq, actor, update from document_update where document = $1 and seq > $2 order by seq', [
        id,
        rows.length,
      ])
      document.transact(() => {
        for (const { seq, actor, update } of found) {
          if (Number(seq) !== rows.length + 1) throw new Error(`row ${seq} of the journal follows row ${rows.length}`)
          rows.push({ seq: Number(seq), actor, update })
          Y.applyUpdate(document, update)
        }
      })
    },
    async readHead(): Promise<number> {
      return Number((await postgres.query('select head from document where id = $1', [id]))[0].head)
    },
  }
}
