/**
 * The delivery worker of a node: claims due deliveries and tries a bounded number at once, beside the live path.
 *
 * At least once: a claim whose node dies is due again after its lease, and a delivery that was sent by then is sent again under the same
 * id. Each message has the delivery's id (`webhook-id`, `Message-ID`, `Topic`), so that a receiver can detect duplicates.
 */
import type { z } from 'zod'
import type { Feed } from '../kernel/events/feed.ts'
import type { Log } from '../kernel/log.ts'
import type { Operation } from '../kernel/operation.ts'
import { coalesce } from '../kernel/scheduling.ts'
import { hasDueDeliveries, type Claim, claimDueDeliveries, tryDelivery } from './attempt.ts'
import { enqueueWebhookDeliveries, hasPendingWebhookEvents } from './webhooks/event-cursor.ts'

export interface DeliveryWorker {
  /** Checks for due deliveries soon. Returns at once; calls are coalesced. */
  wake(): void
  /**
   * Queues webhook deliveries of all events up to now, and tries everything due. Resolves when nothing due is left.
   * @param now the clock, for tests; absent: the current time
   */
  deliverDue(now?: Date): Promise<void>
  /** Starts nothing more, and waits up to `timeoutMs` for attempts in progress; others are tried again by another node. */
  stop(timeoutMs: number): Promise<void>
}

export interface DeliveryWorkerOptions {
  /** Runs an operation as SmartStart itself. */
  run: <S extends z.ZodObject, O>(operation: Operation<S, O>, input: object) => Promise<O>
  feed: Feed
  log: Log
}

/** Deliveries that a node tries at once, over all lanes. */
const maxConcurrent = 64
/** Maximum delay for deliveries that become due or were queued without an event. Milliseconds. */
const pollIntervalMs = 1000

/** Starts the delivery worker of this node. Every node has one; each delivery is claimed by one of them. */
export function startDeliveryWorker(options: DeliveryWorkerOptions): DeliveryWorker {
  const worker = new NodeDeliveryWorker(options)
  worker.start()
  return worker
}

class NodeDeliveryWorker implements DeliveryWorker {
  readonly #options: DeliveryWorkerOptions
  readonly #inProgress = new Map<Claim, Promise<void>>()
  #lastTurn: Promise<unknown> = Promise.resolve()
  #pollTimer: NodeJS.Timeout | undefined
  #unlisten = () => {}
  #isStopped = false

  constructor(options: DeliveryWorkerOptions) {
    this.#options = options
  }

  start(): void {
    this.#unlisten = this.#options.feed.listen(() => this.wake())
    this.#pollTimer = setInterval(() => this.wake(), pollIntervalMs)
    this.wake()
  }

  wake(): void {
    if (!this.#isStopped) void this.#poll()
  }

  async deliverDue(now?: Date): Promise<void> {
    await this.#enqueueWebhooks()
    for (;;) {
      if ((await this.#startDueInTurn(now)) > 0) continue
      if (this.#inProgress.size === 0) return
      await Promise.race(this.#inProgress.values())
    }
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#isStopped = true
    this.#unlisten()
    clearInterval(this.#pollTimer)
    await Promise.all([this.#poll().catch(() => {}), this.#lastTurn])
    let timeout: NodeJS.Timeout | undefined
    await Promise.race([Promise.all(this.#inProgress.values()), new Promise((resolve) => (timeout = setTimeout(resolve, timeoutMs)))])
    clearTimeout(timeout)
  }

  readonly #poll = coalesce(async () => {
    try {
      await this.#enqueueWebhooks()
      while ((await this.#startDueInTurn()) > 0);
    } catch (error) {
      if (!this.#isStopped) this.#options.log.warn({ error: String(error) }, 'delivery check failed; retrying within a second')
    }
  })

  readonly #enqueueWebhooks = coalesce(async () => {
    const { run } = this.#options
    while (!this.#isStopped && (await run(hasPendingWebhookEvents, {}))) if (!(await run(enqueueWebhookDeliveries, {}))) break
  })

  /** Starts due deliveries after earlier calls have ended: one claim at a time, so that the next one knows what is in progress. */
  #startDueInTurn(now?: Date): Promise<number> {
    const turn = this.#lastTurn.then(() => this.#startDue(now))
    this.#lastTurn = turn.catch(() => {})
    return turn
  }

  /** Claims and starts due deliveries. @returns how many */
  async #startDue(now: Date | undefined): Promise<number> {
    const { run } = this.#options
    const free = maxConcurrent - this.#inProgress.size
    if (this.#isStopped || free <= 0 || !(await run(hasDueDeliveries, { now }))) return 0
    const under = [...this.#inProgress.keys()].map(({ id, lane }) => ({ id, lane }))
    const claims = await run(claimDueDeliveries, { now, most: free, under })
    for (const claim of claims) this.#inProgress.set(claim, this.#attempt(claim, now))
    return claims.length
  }

  async #attempt(claim: Claim, now: Date | undefined): Promise<void> {
    const { run, log } = this.#options
    try {
      await run(tryDelivery, { id: claim.id, attempt: claim.attempt, now })
    } catch (error) {
      log.warn({ delivery: claim.id, error: String(error) }, 'delivery attempt failed; retrying later')
    } finally {
      this.#inProgress.delete(claim)
      // its lane has a free slot
      this.wake()
    }
  }
}
