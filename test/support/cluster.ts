/** An installation of several nodes, each a process of its own, over a PostgreSQL and a Redis of its own; and what its journal holds. */
import { rmSync } from 'node:fs'
import * as Y from 'yjs'
import { type PostgresServer, postgresServer } from './postgres-server.ts'
import { type NodeProcess, runningProcess } from './process.ts'
import { type RedisServer, redisServer } from './redis-server.ts'
import { freePort, ownFolder } from './servers.ts'

/** A node that keeps its address over its deaths. */
export interface Member {
  readonly url: string
  /** The process that runs now. */
  readonly process: NodeProcess
  /** False from its end until it is ready again. */
  readonly up: boolean
  end(signal: NodeJS.Signals): Promise<number | null>
  /** Starts it again on its port. */
  start(): Promise<void>
  /** A number of its metrics, summed over labels; 0 when it is not there. */
  metric(name: string): Promise<number>
}

export interface Installation {
  readonly postgres: PostgresServer
  readonly redis: RedisServer | undefined
  readonly nodes: Member[]
  stop(): Promise<void>
}

export interface InstallationOptions {
  nodes: number
  /** False: the nodes have their database alone. */
  redis?: boolean
  /** Variables of one node, over those that all have. */
  env?: (node: number, servers: { postgres: PostgresServer; redis: RedisServer | undefined }) => Promise<Record<string, string>>
}

export const testSecret = 'a secret that is only good for tests, of some length'

/** Starts the servers and the nodes. */
export async function installation({ nodes: count, redis: wanted = true, env }: InstallationOptions): Promise<Installation> {
  const [postgres, redis] = await Promise.all([postgresServer(), wanted ? redisServer() : undefined])
  const folder = ownFolder('nodes')
  const nodes: Member[] = []
  for (let n = 0; n < count; n++) {
    const own: Record<string, string> = {
      DATA_DIR: `${folder}/${n}`,
      PORT: String(await freePort()),
      LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
      LIMITS: 'off',
      TOKEN_SECRET: testSecret,
      DATABASE_URL: postgres.url,
      ...(redis && { REDIS_URL: redis.url }),
      ...(await env?.(n, { postgres, redis })),
    }
    nodes.push(await member(own))
  }
  return {
    postgres,
    redis,
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.end('SIGKILL')))
      await Promise.all([postgres.remove(), redis?.remove()])
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** A node with these variables, among them its `PORT`. */
export async function member(env: Record<string, string>): Promise<Member> {
  let running = await runningProcess(env)
  let up = true
  return {
    url: running.url,
    get up() {
      return up
    },
    get process() {
      return running
    },
    end(signal) {
      up = false
      return running.end(signal)
    },
    async start() {
      running = await runningProcess(env)
      up = true
    },
    async metric(name) {
      const text = await (await fetch(`${running.url}/metrics`)).text()
      const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))]
      return values.reduce((sum, [, value]) => sum + Number(value), 0)
    },
  }
}

export interface Row {
  seq: number
  actor: string | null
  update: Uint8Array
}

/** Follows one document's journal in the database, past every node: what is here is committed. */
export function journalOf(postgres: PostgresServer, documentName: string) {
  const id = documentName.split(':')[1] as string
  const document = new Y.Doc()
  const rows: Row[] = []
  return {
    /** All that the journal brings, as of the last look. */
    document,
    rows,
    /** Reads what is new. @throws when the numbers are not dense */
    async look(): Promise<void> {
      const found = await postgres.ask('select seq, actor, update from document_update where document = $1 and seq > $2 order by seq', [
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
    async head(): Promise<number> {
      return Number((await postgres.ask('select head from document where id = $1', [id]))[0].head)
    },
  }
}
