/** The sequencer: gives committed events their position, publishes them to all nodes, and queues the jobs of their handlers. */
import { sql } from 'kysely'
import type { Bus } from '../bus.ts'
import type { Database } from '../db/database.ts'
import type { PublishedEvent } from './event.ts'
import type { Jobs } from '../jobs.ts'
import type { Log } from '../log.ts'
import type { RunPrepared } from '../db/prepared-read.ts'
import { coalesce } from '../scheduling.ts'

/** The bus channel for events with positions: JSON lists of `PublishedEvent`. */
export const eventChannel = 'events'

export interface Sequencer {
  /**
   * Publishes events that were committed. Returns at once.
   * @param numbered what `insertEvents` returned
   */
  onCommitted(numbered: PublishedEvent[]): void
  /** Resolves when all events committed before the call have positions and were published, and their jobs are queued. */
  drain(): Promise<void>
  stop(): Promise<void>
}

const batchSize = 500
const pollIntervalMs = 1000
/** Every so many polls, jobs are queued for events of a node that died after assigning their positions. */
const pollsPerJobCheck = 5
/** Milliseconds by which jobs are delayed, so that subscribers and the client of the command come first. */
const jobDelayMs = 10

export interface SequencerOptions {
  database: Database
  bus: Bus
  jobs: Jobs
  log: Log
}

/** Starts the sequencer of this node. Every node has one; a lock in the database lets one assign positions at a time. */
export function startSequencer(options: SequencerOptions): Sequencer {
  const sequencer = new NodeSequencer(options)
  sequencer.start()
  return sequencer
}

class NodeSequencer implements Sequencer {
  readonly #options: SequencerOptions
  /** Messages that the bus has not taken yet. */
  readonly #publishing = new Set<Promise<unknown>>()
  #pollTimer: NodeJS.Timeout | undefined
  #jobTimer: NodeJS.Timeout | undefined
  #polls = 0
  #isStopped = false

  constructor(options: SequencerOptions) {
    this.#options = options
  }

  start(): void {
    this.#pollTimer = setInterval(() => this.#poll(), pollIntervalMs)
    this.#poll()
  }

  onCommitted(numbered: PublishedEvent[]): void {
    void this.#publish(numbered)
    // another node held the lock, or there were more events than one batch
    if (numbered.length === 0 || numbered.length === batchSize) void this.#assignAndPublish()
  }

  async drain(): Promise<void> {
    await Promise.all(this.#publishing)
    await this.#assignAndPublish()
    await this.#queueNextJobs()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#pollTimer)
    clearTimeout(this.#jobTimer)
    await this.drain()
  }

  /** Finds events of a node that died between commit and publishing, and events from before the start. */
  #poll(): void {
    void this.#assignAndPublish()
    if (this.#polls++ % pollsPerJobCheck === 0) void this.#queueNextJobs()
  }

  async #publish(events: PublishedEvent[]): Promise<void> {
    if (events.length === 0) return
    const { bus, jobs } = this.#options
    const published = bus.publish(eventChannel, JSON.stringify(events))
    this.#publishing.add(published)
    await published
    this.#publishing.delete(published)
    if (events.some(jobs.hasHandler)) this.#queueJobsSoon()
  }

  readonly #assignAndPublish = coalesce(async () => {
    try {
      while (!this.#isStopped) {
        const events = await assignPositions(this.#options.database)
        await this.#publish(events)
        if (events.length < batchSize) break
      }
    } catch (error) {
      this.#logFailure(error)
    }
  })

  #queueJobsSoon(): void {
    this.#jobTimer ??= setTimeout(() => {
      this.#jobTimer = undefined
      void this.#queueNextJobs()
    }, jobDelayMs)
  }

  readonly #queueNextJobs = coalesce(async () => {
    try {
      while (!this.#isStopped && (await queueJobs(this.#options.database, this.#options.jobs)));
    } catch (error) {
      this.#logFailure(error)
    }
  })

  #logFailure(error: unknown): void {
    this.#options.log.warn({ error: String(error) }, 'sequencer failed; retrying within seconds')
  }
}

/** In one message with the commit: a node that stopped between the two would block the sequencer of all nodes. */
const insertEventsStatement = { name: 'events kept', text: 'select * from keep_events($1::jsonb, $2::int)', commits: true }

/**
 * Inserts events, as the last statement of the transaction that emitted them.
 * @returns the events that received a position with it, including earlier ones; empty when another node holds the lock, so that the
 *   sequencer must run after the commit
 */
export const insertEvents = async (read: RunPrepared, events: object[]): Promise<PublishedEvent[]> =>
  (await read<PublishedEvent & { at: Date | string }>(insertEventsStatement, [JSON.stringify(events), String(batchSize)])).map(
    toPublishedEvent,
  )

const assignPositionsStatement = { name: 'events numbered', text: 'select * from number_events($1::int)' }

/**
 * Assigns positions to the next committed events. Positions are assigned after the commit, by one node at a time, so they have no gaps and
 * follow visibility. A database sequence is taken before the commit, so a reader could pass a number that commits late.
 */
const assignPositions = async (database: Database): Promise<PublishedEvent[]> =>
  (await database.runPrepared<PublishedEvent & { at: Date | string }>(assignPositionsStatement, [String(batchSize)])).map(toPublishedEvent)

/** Queues the jobs of the next events and moves the cursor in the same transaction. @returns whether there may be more */
async function queueJobs(database: Database, jobs: Jobs): Promise<boolean> {
  return database.sql.transaction().execute(async (transaction) => {
    const { rows } = await sql<PublishedEvent & { at: Date | string }>`
      with reached as (select position from event_cursor where name = 'reactions' for update)
      select e.position, e.name as event, e.subject, e.audience, e.actor, e.data, e.at
      from reached cross join lateral (
        select * from event where event.position > reached.position order by event.position limit ${batchSize}
      ) e order by e.position`.execute(transaction)
    const events = rows.map(toPublishedEvent)
    const last = events.at(-1)
    if (!last) return false
    await jobs.enqueueHandlers(transaction, events.filter(jobs.hasHandler))
    await sql`update event_cursor set position = ${last.position} where name = 'reactions' and position < ${last.position}`.execute(
      transaction,
    )
    return events.length === batchSize
  })
}

/** Converts a row of a raw statement. */
export function toPublishedEvent(row: PublishedEvent & { at: Date | string }): PublishedEvent {
  return { ...row, position: Number(row.position), at: new Date(row.at).toISOString() }
}
