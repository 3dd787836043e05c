/**
 * The carrier of a node: takes what is due and has it tried, a bounded number at a time, beside the live path.
 *
 * At least once: a claim whose node dies is due again after its lease, and what had left by then leaves twice, under the same id. What leaves
 * bears the delivery's id (`webhook-id`, `Message-ID`, `Topic`), so that a receiver can tell.
 */
import type { z } from 'zod'
import type { Feed } from '../kernel/feed.ts'
import type { Log } from '../kernel/log.ts'
import type { Operation } from '../kernel/operation.ts'
import { inTurns } from '../kernel/turn.ts'
import { anythingDue, type Claim, claimDue, tryDelivery } from './attempt.ts'
import { followEvents, webhooksBehind } from './following.ts'

export interface Carrier {
  /** Says that something may be due. Returns at once; many calls become one look. */
  wake(): void
  /**
   * Tells webhooks what happened up to now, and tries all that is due; resolves when nothing due is left untried.
   * @param now the clock, for who does not want to wait; absent: the time it is
   */
  carry(now?: Date): Promise<void>
  /** Begins nothing more, and waits for what is under way up to some milliseconds; what does not end is tried again by another node. */
  stop(patience: number): Promise<void>
}

export interface CarrierOptions {
  /** Asks an operation as SmartStart itself. */
  run: <S extends z.ZodObject, O>(operation: Operation<S, O>, input: object) => Promise<O>
  feed: Feed
  log: Log
}

/** Deliveries that a node tries at once, over all lanes. */
const most = 64
/** What becomes due by the clock, or was queued beside an event, waits no longer than this. Milliseconds. */
const looksEvery = 1000

/** Starts the carrier of this node. Every node has one; each delivery is claimed by one of them. */
export function startCarrier({ run, feed, log }: CarrierOptions): Carrier {
  const under = new Map<Claim, Promise<void>>()
  let stopped = false

  async function begin(now: Date | undefined): Promise<number> {
    const free = most - under.size
    if (stopped || free <= 0 || !(await run(anythingDue, { now }))) return 0
    const claims = await run(claimDue, { now, most: free, under: [...under.keys()].map(({ id, lane }) => ({ id, lane })) })
    for (const claim of claims) {
      const tried = run(tryDelivery, { id: claim.id, attempt: claim.attempt, now })
        .catch((error: unknown) => log.warn({ delivery: claim.id, error: String(error) }, 'an attempt was not settled; tried again later'))
        .finally(() => {
          under.delete(claim)
          // its lane has room again
          wake()
        })
      under.set(claim, tried as Promise<void>)
    }
    return claims.length
  }
  // one claims at a time, so that what is under way is known to the next
  let turns: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const mine = turns.then(step)
    turns = mine.catch(() => {})
    return mine
  }

  const follow = inTurns(async () => {
    while (!stopped && (await run(webhooksBehind, {}))) if (!(await run(followEvents, {}))) break
  })
  const look = inTurns(async () => {
    try {
      await follow()
      while ((await inTurn(() => begin(undefined))) > 0);
    } catch (error) {
      if (!stopped) log.warn({ error: String(error) }, 'what is due could not be looked at; looked at again within a second')
    }
  })
  function wake() {
    if (!stopped) void look()
  }

  const unlisten = feed.listen(wake)
  const timer = setInterval(wake, looksEvery)
  wake()

  return {
    wake,
    async carry(now) {
      await follow()
      for (;;) {
        if ((await inTurn(() => begin(now))) > 0) continue
        if (under.size === 0) return
        await Promise.race(under.values())
      }
    },
    async stop(patience) {
      stopped = true
      unlisten()
      clearInterval(timer)
      await Promise.all([look().catch(() => {}), turns])
      let timeout: NodeJS.Timeout | undefined
      await Promise.race([Promise.all(under.values()), new Promise((resolve) => (timeout = setTimeout(resolve, patience)))])
      clearTimeout(timeout)
    },
  }
}
