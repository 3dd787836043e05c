/** How long to wait before what was not taken is tried again. */
import type { Channel } from './delivery.ts'

export const [second, minute, hour] = [1000, 60_000, 3_600_000]

/** Pauses after each attempt that failed, milliseconds; after the last there is none. */
const pauses: Partial<Record<Channel, readonly number[]>> = {
  // as the specification recommends: ten attempts over three days
  webhook: [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
  // as mail servers themselves try, over five days (RFC 5321 4.5.4.1)
  email: [minute, 5 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 8 * hour, 16 * hour, 24 * hour, 24 * hour, 24 * hour],
  // within the day for which it is news
  push: [30 * second, 5 * minute, 30 * minute, 2 * hour, 6 * hour, 12 * hour],
}
/** A receiver may ask for a longer pause, up to this. Milliseconds. */
const longestAsked = 24 * hour

/**
 * How long to wait after an attempt that failed, milliseconds; undefined: that was the last. Up to a tenth longer by chance, so that what
 * failed together does not come back together.
 * @param attempts how many there were
 * @param retryAfter as the receiver sent it: seconds, or a date
 */
export function pauseAfter(
  channel: Channel,
  attempts: number,
  { retryAfter, now, chance = Math.random() }: { retryAfter?: string | undefined; now: Date; chance?: number },
): number | undefined {
  const pause = pauses[channel]?.[attempts - 1]
  if (pause === undefined) return undefined
  return Math.max(pause * (1 + chance / 10), askedPause(retryAfter, now))
}

function askedPause(retryAfter: string | undefined, now: Date): number {
  if (retryAfter === undefined) return 0
  const asked = /^\d{1,9}$/.test(retryAfter.trim()) ? Number(retryAfter) * second : Date.parse(retryAfter) - now.getTime()
  return Number.isFinite(asked) ? Math.min(Math.max(0, asked), longestAsked) : 0
}
