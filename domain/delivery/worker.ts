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
export function startDeliveryWorker({ run, feed, log }: DeliveryWorkerOptions): DeliveryWorker {
  const inProgress = new Map<Claim, Promise<void>>()
  let stopped = false

  async function startDue(now: Date | undefined): Promise<number> {
    const free = maxConcurrent - inProgress.size
    if (stopped || free <= 0 || !(await run(hasDueDeliveries, { now }))) return 0
    const claims = await run(claimDueDeliveries, { now, most: free, under: [...inProgress.keys()].map(({ id, lane }) => ({ id, lane })) })
    for (const claim of claims) {
      const attempt = run(tryDelivery, { id: claim.id, attempt: claim.attempt, now })
        .catch((error: unknown) => log.warn({ delivery: claim.id, error: String(error) }, 'delivery attempt failed; retrying later'))
        .finally(() => {
          inProgress.delete(claim)
          // its lane has a free slot
          wake()
        })
      inProgress.set(claim, attempt as Promise<void>)
    }
    return claims.length
  }
  // one claim at a time, so that the next one knows what is in progress
  let lastTurn: Promise<unknown> = Promise.resolve()
  const runInTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const mine = lastTurn.then(step)
    lastTurn = mine.catch(() => {})
    return mine
  }

  const enqueueWebhooks = coalesce(async () => {
    while (!stopped && (await run(hasPendingWebhookEvents, {}))) if (!(await run(enqueueWebhookDeliveries, {}))) break
  })
  const poll = coalesce(async () => {
    try {
      await enqueueWebhooks()
      while ((await runInTurn(() => startDue(undefined))) > 0);
    } catch (error) {
      if (!stopped) log.warn({ error: String(error) }, 'delivery check failed; retrying within a second')
    }
  })
  function wake() {
    if (!stopped) void poll()
  }

  const unlisten = feed.listen(wake)
  const timer = setInterval(wake, pollIntervalMs)
  wake()

  return {
    wake,
    async deliverDue(now) {
      await enqueueWebhooks()
      for (;;) {
        if ((await runInTurn(() => startDue(now))) > 0) continue
        if (inProgress.size === 0) return
        await Promise.race(inProgress.values())
      }
    },
    async stop(timeoutMs) {
      stopped = true
      unlisten()
      clearInterval(timer)
      await Promise.all([poll().catch(() => {}), lastTurn])
      let timeout: NodeJS.Timeout | undefined
      await Promise.race([Promise.all(inProgress.values()), new Promise((resolve) => (timeout = setTimeout(resolve, timeoutMs)))])
      clearTimeout(timeout)
    },
  }
}
