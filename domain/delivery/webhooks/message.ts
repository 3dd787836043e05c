/** Webhook requests, by the Standard Webhooks specification 1.0 (standardwebhooks.com). */
import { createHmac, randomBytes } from 'node:crypto'
import type { PublishedEvent } from '../../kernel/events/event.ts'

const prefix = 'whsec_'

/** A new secret: 32 random bytes (the specification takes 24 to 64). */
export const generateSecret = (): string => prefix + randomBytes(32).toString('base64')

/** One signature: `v1,` and an HMAC-SHA256 over id, time and body. @param seconds since 1970 */
export function sign(secret: string, id: string, seconds: number, body: string): string {
  const key = Buffer.from(secret.slice(prefix.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
}

/** The headers of one attempt. @param secrets one, or two during a rotation: a receiver accepts either signature */
export function createHeaders(id: string, at: Date, body: string, secrets: string[]): Record<string, string> {
  const seconds = Math.floor(at.getTime() / 1000)
  return {
    'content-type': 'application/json',
    'user-agent': 'SmartStart-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': secrets.map((secret) => sign(secret, id, seconds, body)).join(' '),
  }
}

/** The body for an event. Its `data` is the frame that a subscriber of `/notifications` receives. */
export function createBody({ position, event, subject, at, data }: PublishedEvent): string {
  return JSON.stringify({ type: event, timestamp: at, data: { position, event, subject, at, data } })
}

/** The body of a test request. */
export const createTestBody = (webhookId: string, at: Date): string =>
  JSON.stringify({ type: 'webhook.test', timestamp: at.toISOString(), data: { webhookId } })

/** Whether an event matches one of the patterns: a name, a prefix with `.*`, or `*`. */
export const matchesPatterns = (patterns: readonly string[], event: string): boolean =>
  patterns.some((pattern) => pattern === '*' || pattern === event || (pattern.endsWith('.*') && event.startsWith(pattern.slice(0, -1))))

/** An entry of a webhook's `events`: `legal-document.created`, `legal-document.*` or `*`. */
export const eventPattern = /^(\*|[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)*(\.\*)?)$/
