/** What a webhook is told, and how: the Standard Webhooks specification 1.0 (standardwebhooks.com). */
import { createHmac, randomBytes } from 'node:crypto'
import type { HeardEvent } from '../kernel/events.ts'

const prefix = 'whsec_'

/** A new secret: 32 random bytes (the specification takes 24 to 64). */
export const newSecret = (): string => prefix + randomBytes(32).toString('base64')

/** One signature: `v1,` and an HMAC-SHA256 over id, time and body. @param seconds since 1970 */
export function sign(secret: string, id: string, seconds: number, body: string): string {
  const key = Buffer.from(secret.slice(prefix.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
}

/** The headers of one attempt. @param secrets one, or two while rotating: the receiver is content with either */
export function headersOf(id: string, at: Date, body: string, secrets: string[]): Record<string, string> {
  const seconds = Math.floor(at.getTime() / 1000)
  return {
    'content-type': 'application/json',
    'user-agent': 'SmartStart-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': secrets.map((secret) => sign(secret, id, seconds, body)).join(' '),
  }
}

/** The body that tells an event: what a subscriber of `/notifications` reads in the frame. */
export function bodyOf({ position, event, subject, at, data }: HeardEvent): string {
  return JSON.stringify({ type: event, timestamp: at, data: { position, event, subject, at, data } })
}

/** The body of a test. */
export const testBody = (webhookId: string, at: Date): string =>
  JSON.stringify({ type: 'webhook.test', timestamp: at.toISOString(), data: { webhookId } })

/** Whether an event is one of those that are asked for: a name, `*`, or a beginning and `.*`. */
export const wanted = (patterns: readonly string[], event: string): boolean =>
  patterns.some((pattern) => pattern === '*' || pattern === event || (pattern.endsWith('.*') && event.startsWith(pattern.slice(0, -1))))

/** What `events` takes: `legal.drafted`, `legal.*`, `*`. */
export const eventPattern = /^(\*|[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)*(\.\*)?)$/

const [second, minute, hour] = [1000, 60_000, 3_600_000]
/** Pauses after each attempt that failed, as the specification recommends: ten attempts over three days. Milliseconds. */
const pauses = [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour]
/** A receiver may ask for a longer pause, up to this. Milliseconds. */
const longestAsked = 24 * hour

/**
 * How long to wait after an attempt that failed, milliseconds; undefined: that was the last. Up to a tenth longer by chance, so that what
 * failed together does not come back together.
 * @param attempts how many there were
 * @param retryAfter as the receiver sent it: seconds, or a date
 */
export function pauseAfter(
  attempts: number,
  { retryAfter, now, chance = Math.random() }: { retryAfter?: string | undefined; now: Date; chance?: number },
): number | undefined {
  const pause = pauses[attempts - 1]
  if (pause === undefined) return undefined
  return Math.max(pause * (1 + chance / 10), askedPause(retryAfter, now))
}

function askedPause(retryAfter: string | undefined, now: Date): number {
  if (retryAfter === undefined) return 0
  const asked = /^\d{1,9}$/.test(retryAfter.trim()) ? Number(retryAfter) * second : Date.parse(retryAfter) - now.getTime()
  return Number.isFinite(asked) ? Math.min(Math.max(0, asked), longestAsked) : 0
}
