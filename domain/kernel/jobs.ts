/** Jobs: event handlers and schedules, run by pg-boss on both databases. */
import type { Transaction } from 'kysely'
import { fromKysely, fromPglite, type Job, PgBoss } from 'pg-boss'
import type { Database } from './db/database.ts'
import type { Tables } from './db/schema.ts'
import type { PublishedEvent } from './events/event.ts'
import type { Log } from './log.ts'
import type { EventHandler, RunAsSystem, Schedule } from './manifest/background-work.ts'
import type { Slice } from './manifest/define-slice.ts'

export interface Jobs {
  /** Whether a job handles an event. */
  hasHandler: (event: PublishedEvent) => boolean
  /** Queues one job for each handler of each event, in the sequencer's transaction. */
  enqueueHandlers(transaction: Transaction<Tables>, events: PublishedEvent[]): Promise<void>
  stop(): Promise<void>
}

/**
 * How a node runs the jobs of one handler. NOTIFY starts it at once. It polls every two seconds for retries and lost notifications, and
 * continues without a pause while batches are full.
 */
const workOptions = {
  batchSize: 8,
  burstWhenBatchFull: true,
  perJobResults: true,
  pollingIntervalSeconds: 1,
  notifyPollingIntervalSeconds: 2,
} as const

/** Options for long jobs: each worker takes one job, of a subject without a running job, so that no batch waits for its longest job. */
const fairWorkOptions = { ...workOptions, batchSize: 1, localConcurrency: 4, localGroupConcurrency: 1 } as const

/** Starts the workers of this node. Queues are created before anything is sent: looking one up inside a transaction would block PGlite. */
export async function startJobs(
  { database, url, log }: { database: Database; url: string | undefined; log: Log },
  slices: readonly Pick<Slice, 'handlers' | 'schedules'>[],
  run: RunAsSystem,
): Promise<Jobs> {
  const handlers = slices.flatMap((slice) => slice.handlers).map((handler) => ({ ...handler, on: new Set(handler.on()) }))
  const schedules = slices.flatMap((slice) => slice.schedules)
  const boss = database.pglite
    ? new PgBoss({ db: fromPglite(database.pglite), backend: 'pglite', useListenNotify: true })
    : new PgBoss({ connectionString: url as string, max: 3, useListenNotify: true })
  boss.on('error', (error) => log.warn({ error: String(error) }, 'jobs'))
  try {
    await boss.start()
    await startWorkers(boss, handlers, schedules, run)
  } catch (error) {
    // pg-boss has its own connections and timers
    await boss.stop({ graceful: false }).catch(() => {})
    throw error
  }

  const handles = ({ on, filter }: (typeof handlers)[number], event: PublishedEvent) => on.has(event.event) && (filter?.(event) ?? true)
  return {
    hasHandler: (event) => handlers.some((handler) => handles(handler, event)),
    async enqueueHandlers(transaction, events) {
      const db = fromKysely(transaction)
      for (const handler of handlers) {
        const { name } = handler
        const grouped = (event: PublishedEvent) => handler.serialPerSubject && { group: { id: event.subject } }
        const jobs = events.flatMap((event) => (handles(handler, event) ? [{ data: event, ...grouped(event) }] : []))
        if (jobs.length > 0) await boss.insert(name, jobs, { db })
      }
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: 5000 })
    },
  }
}

/** A running job whose node is silent for so long is retried; without it, after 15 minutes. Looked at once a minute. */
const heartbeatSeconds = 30

async function startWorkers(
  boss: PgBoss,
  handlers: readonly Pick<EventHandler, 'name' | 'handle' | 'serialPerSubject'>[],
  schedules: readonly Schedule[],
  run: RunAsSystem,
): Promise<void> {
  const retry = { retryLimit: 8, retryDelay: 2, retryBackoff: true, heartbeatSeconds }
  for (const { name } of schedules) await boss.createQueue(name, retry)
  for (const { name, handle, serialPerSubject } of handlers) {
    await boss.createQueue(name, retry)
    // queues of an older version get notifications and heartbeats, too
    await boss.updateQueue(name, { notify: true, heartbeatSeconds })
    await boss.getQueue(name)
    await boss.work(name, serialPerSubject ? fairWorkOptions : workOptions, (batch: Job<PublishedEvent>[]) =>
      Promise.all(
        batch.map(({ id, data }) =>
          handle(run, data).then(
            () => ({ id, status: 'completed' as const }),
            // a failed job is retried alone; the others of its batch are done
            (error: unknown) => ({ id, status: 'failed' as const, output: { error: String(error) } }),
          ),
        ),
      ),
    )
  }
  for (const { name, cron, runOnce } of schedules) {
    await boss.work(name, { batchSize: 1, pollingIntervalSeconds: 30 }, () => runOnce(run))
    await boss.schedule(name, cron)
  }
}
