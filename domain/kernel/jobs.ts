/** Work that follows: reactions to events, and chores by the clock. pg-boss on both databases. */
import type { Transaction } from 'kysely'
import { fromKysely, fromPglite, PgBoss } from 'pg-boss'
import type { Database } from './database.ts'
import type { HeardEvent } from './events.ts'
import type { Log } from './log.ts'

/** What follows an event: runs after its commit, again when it failed, once per event and reaction when it succeeds. */
export interface Reaction {
  /** `slice.whatItDoes`, unique: the queue's name. */
  readonly name: string
  /** Names of events. */
  readonly to: readonly string[]
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
  /** Queues one job for each reaction to each event, inside the relay's transaction. */
  enqueueReactions(transaction: Transaction<unknown>, events: HeardEvent[]): Promise<void>
  /** Has this node look now for the jobs of events whose transaction is committed; the others look within a second. */
  wake(events: readonly HeardEvent[]): void
  stop(): Promise<void>
}

/** Starts the workers of this node. Queues are made before anything is sent: looking one up inside a transaction would hang PGlite (stack 7). */
export async function startJobs(
  { database, url, log }: { database: Database; url: string | undefined; log: Log },
  reactions: readonly Reaction[],
  chores: readonly Chore[],
): Promise<Jobs> {
  const boss = database.pglite
    ? new PgBoss({ db: fromPglite(database.pglite), backend: 'pglite' })
    : new PgBoss({ connectionString: url as string, max: 3 })
  boss.on('error', (error) => log.warn({ error: String(error) }, 'jobs'))
  await boss.start()

  const retry = { retryLimit: 8, retryDelay: 2, retryBackoff: true }
  for (const { name } of [...reactions, ...chores]) await boss.createQueue(name, retry)
  const workers = new Map<Reaction, string>()
  for (const reaction of reactions) {
    await boss.getQueue(reaction.name)
    const worker: string = await boss.work<HeardEvent>(reaction.name, { batchSize: 1, pollingIntervalSeconds: 1 }, async ([job]) => {
      if (job) await reaction.run(job.data)
      // where one was there may be more; a batch would have all its jobs run again when one fails
      boss.notifyWorker(worker)
    })
    workers.set(reaction, worker)
  }
  for (const chore of chores) {
    await boss.work(chore.name, { batchSize: 1, pollingIntervalSeconds: 30 }, () => chore.run())
    await boss.schedule(chore.name, chore.at)
  }

  return {
    async enqueueReactions(transaction, events) {
      const db = fromKysely(transaction)
      for (const event of events) {
        for (const reaction of reactions) {
          if (reaction.to.includes(event.event)) await boss.send(reaction.name, event, { db })
        }
      }
    },
    wake(events) {
      const names = new Set(events.map(({ event }) => event))
      for (const [{ to }, worker] of workers) if (to.some((name) => names.has(name))) boss.notifyWorker(worker)
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: 5000 })
    },
  }
}
