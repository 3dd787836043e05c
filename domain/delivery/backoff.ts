/** Retry delays of deliveries. */
import type { Channel } from './delivery.ts'

export const [secondMs, minuteMs, hourMs] = [1000, 60_000, 3_600_000]

/** Delays after each failed attempt, milliseconds; after the last attempt there is none. */
const retryDelaysMs: Partial<Record<Channel, readonly number[]>> = {
  // as the specification recommends: ten attempts over three days
  webhook: [5 * secondMs, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 5 * hourMs, 10 * hourMs, 14 * hourMs, 20 * hourMs, 24 * hourMs],
  // as mail servers retry, over five days (RFC 5321 4.5.4.1)
  email: [
    minuteMs,
    5 * minuteMs,
    15 * minuteMs,
    30 * minuteMs,
    hourMs,
    2 * hourMs,
    4 * hourMs,
    8 * hourMs,
    16 * hourMs,
    24 * hourMs,
    24 * hourMs,
    24 * hourMs,
  ],
  // within the day in which it is still news
  push: [30 * secondMs, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 6 * hourMs, 12 * hourMs],
}
/** Maximum delay that a receiver can request by `Retry-After`. Milliseconds. */
const maxRetryAfterMs = 24 * hourMs

/**
 * Milliseconds to wait after a failed attempt; undefined after the last one. Random jitter adds up to a tenth, so that deliveries that
 * failed together are not retried together.
 * @param attempts how many there were
 * @param retryAfter as the receiver sent it: seconds, or a date
 */
export function retryDelayMs(
  channel: Channel,
  attempts: number,
  { retryAfter, now, chance = Math.random() }: { retryAfter?: string | undefined; now: Date; chance?: number },
): number | undefined {
  const delayMs = retryDelaysMs[channel]?.[attempts - 1]
  if (delayMs === undefined) return undefined
  return Math.max(delayMs * (1 + chance / 10), parseRetryAfterMs(retryAfter, now))
}

function parseRetryAfterMs(retryAfter: string | undefined, now: Date): number {
  if (retryAfter === undefined) return 0
  const requestedMs = /^\d{1,9}$/.test(retryAfter.trim()) ? Number(retryAfter) * secondMs : Date.parse(retryAfter) - now.getTime()
  return Number.isFinite(requestedMs) ? Math.min(Math.max(0, requestedMs), maxRetryAfterMs) : 0
}
