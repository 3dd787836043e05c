/** Work that follows: reactions to events, and chores by the clock. pg-boss on both databases. */
import type { Transaction } from 'kysely'
import { fromKysely, fromPglite, type Job, PgBoss } from 'pg-boss'
import type { Database } from './database.ts'
import type { HeardEvent } from './events.ts'
import type { Log } from './log.ts'

/** What follows an event: runs after its commit, again when it failed, once per event and reaction when it succeeds. */
export interface Reaction {
  /** `slice.whatItDoes`, unique: the queue's name. */
  readonly name: string
  /** Names of events. */
  readonly to: readonly string[]
  /** Whether anything follows of an event; absent: of each. What it answers false to makes no job. */
  readonly wants?: ((event: HeardEvent) => boolean) | undefined
  /** It may run twice when a node dies in between, so it must bear that. */
  readonly run: (event: HeardEvent) => Promise<void>
}

/** What is done again and again. */
export interface Chore {
  readonly name: string
  /** Cron of five fields, UTC. */
  readonly at: string
  readonly run: () => Promise<void>
}

export interface Jobs {
  /** Whether a job follows an event. */
  wants: (event: HeardEvent) => boolean
  /** Queues one job for each reaction to each event, inside the relay's transaction. */
  enqueueReactions(transaction: Transaction<unknown>, events: HeardEvent[]): Promise<void>
  stop(): Promise<void>
}

/**
 * How a node works off the jobs of one reaction. Told of new ones by NOTIFY, it looks at once; by itself, for those that are to be tried again and for
 * what NOTIFY lost, every two seconds; and goes on without a pause while there are as many as it takes.
 */
const atOnce = {
  batchSize: 8,
  burstWhenBatchFull: true,
  perJobResults: true,
  pollingIntervalSeconds: 1,
  notifyPollingIntervalSeconds: 2,
} as const

/** Starts the workers of this node. Queues are made before anything is sent: looking one up inside a transaction would hang PGlite (stack 7). */
export async function startJobs(
  { database, url, log }: { database: Database; url: string | undefined; log: Log },
  reactions: readonly Reaction[],
  chores: readonly Chore[],
): Promise<Jobs> {
  const boss = database.pglite
    ? new PgBoss({ db: fromPglite(database.pglite), backend: 'pglite', useListenNotify: true })
    : new PgBoss({ connectionString: url as string, max: 3, useListenNotify: true })
  boss.on('error', (error) => log.warn({ error: String(error) }, 'jobs'))
  await boss.start()

  const retry = { retryLimit: 8, retryDelay: 2, retryBackoff: true }
  for (const { name } of chores) await boss.createQueue(name, retry)
  for (const { name, run } of reactions) {
    await boss.createQueue(name, retry)
    // a queue of an older version is told of too
    await boss.updateQueue(name, { notify: true })
    await boss.getQueue(name)
    await boss.work(name, atOnce, (batch: Job<HeardEvent>[]) =>
      Promise.all(
        batch.map(({ id, data }) =>
          run(data).then(
            () => ({ id, status: 'completed' as const }),
            // one that fails is tried again alone; the others of its batch are done
            (error: unknown) => ({ id, status: 'failed' as const, output: { error: String(error) } }),
          ),
        ),
      ),
    )
  }
  for (const chore of chores) {
    await boss.work(chore.name, { batchSize: 1, pollingIntervalSeconds: 30 }, () => chore.run())
    await boss.schedule(chore.name, chore.at)
  }

  const follows = ({ to, wants }: Reaction, event: HeardEvent) => to.includes(event.event) && (wants?.(event) ?? true)
  return {
    wants: (event) => reactions.some((reaction) => follows(reaction, event)),
    async enqueueReactions(transaction, events) {
      const db = fromKysely(transaction)
      for (const reaction of reactions) {
        const { name } = reaction
        const jobs = events.flatMap((event) => (follows(reaction, event) ? [{ data: event }] : []))
        if (jobs.length > 0) await boss.insert(name, jobs, { db })
      }
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: 5000 })
    },
  }
}
