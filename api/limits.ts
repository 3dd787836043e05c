/** How often one may ask: counted a minute for each account, or address when signed out; over Redis where there is one. */
import type { Context } from 'koa'
import type { Redis } from 'ioredis'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { DomainError } from '../domain/kernel/errors.ts'
import type { Actor } from '../domain/kernel/operation.ts'
import { type Counts, countOver } from './counts.ts'

const minute = 60

/** Counts this request. @throws DomainError rate-limited past the limit */
export type Limiter = (context: Context) => Promise<void> | void

/**
 * Counts each request on every node before it goes on: for what is guessed at.
 * @param points requests a minute; Infinity for no limit
 * @param keyOf whose count this is
 */
export function limitStrictly(name: string, points: number, redis: Redis | undefined, keyOf: (context: Context) => string): Limiter {
  if (points === Number.POSITIVE_INFINITY) return () => {}
  const memory = new RateLimiterMemory({ keyPrefix: name, points, duration: minute })
  // while Redis is away each node counts for itself
  const limiter: RateLimiterAbstract = redis
    ? new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `limit:${name}`,
        points,
        duration: minute,
        insuranceLimiter: memory,
      })
    : memory
  return async (context) => {
    const result = await limiter.consume(keyOf(context)).catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused
      throw refused
    })
    tell(context, name, points, result.consumedPoints, result.msBeforeNext)
  }
}

/**
 * Counts on this node, and tells the others now and then: a request never waits for it, and a crowd on many nodes may go a few
 * hundredths past the limit.
 */
export function limitRequests(name: string, points: number, redis: Redis | undefined, keyOf: (context: Context) => string): Limiter {
  if (points === Number.POSITIVE_INFINITY) return () => {}
  const counts: Counts = countOver({ redis, prefix: `count:${name}:`, seconds: minute, tellEvery: Math.ceil(points / 100) })
  return (context) => {
    const { used, left } = counts.add(keyOf(context))
    tell(context, name, points, used, left)
  }
}

function tell({ res }: Context, name: string, points: number, used: number, left: number) {
  const seconds = Math.max(1, Math.ceil(left / 1000))
  res.setHeader('RateLimit-Policy', `"${name}";q=${points};w=${minute}`)
  res.setHeader('RateLimit', `"${name}";r=${Math.max(0, points - used)};t=${seconds}`)
  if (used > points) throw new DomainError('rate-limited', `At most ${points} requests a minute.`, { retryAfter: seconds })
}

export const byActor = (context: Context): string => {
  const actor = context.state.actor as Actor | undefined
  return actor?.kind === 'user' ? `user:${actor.userId}` : `address:${context.ip}`
}

export const byAddress = (context: Context): string => context.ip
