/** Limits requests per minute for each account, or address when signed out. With Redis they are counted over all nodes. */
import type { Context } from 'koa'
import type { Redis } from 'ioredis'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { DomainError } from '../../domain/kernel/errors.ts'
import type { Actor } from '../../domain/kernel/actor.ts'

const windowSeconds = 60

/** Counts a request. @throws DomainError rate-limited when the limit is exceeded */
export type RequestLimiter = (context: Context) => Promise<void> | void

/**
 * @param points requests per minute; Infinity for no limit
 * @param keyOf returns the account or address for which a request counts
 */
export function limitRequests(name: string, points: number, redis: Redis | undefined, keyOf: (context: Context) => string): RequestLimiter {
  if (points === Number.POSITIVE_INFINITY) return () => {}
  const memory = new RateLimiterMemory({ keyPrefix: name, points, duration: windowSeconds })
  // while Redis is unavailable each node counts for itself
  const limiter: RateLimiterAbstract = redis
    ? new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `limit:${name}`,
        points,
        duration: windowSeconds,
        insuranceLimiter: memory,
      })
    : memory
  return async (context) => {
    const result = await limiter.consume(keyOf(context)).catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused
      throw refused
    })
    const seconds = Math.max(1, Math.ceil(result.msBeforeNext / 1000))
    context.set('RateLimit-Policy', `"${name}";q=${points};w=${windowSeconds}`)
    context.set('RateLimit', `"${name}";r=${Math.max(0, points - result.consumedPoints)};t=${seconds}`)
    if (result.consumedPoints > points)
      throw new DomainError('rate-limited', `Too many requests: the limit is ${points} per minute. Try again later.`, {
        retryAfter: seconds,
      })
  }
}

export const keyByActor = (context: Context): string => {
  const actor = context.state.actor as Actor | undefined
  return actor?.id ? `${actor.kind}:${actor.id}` : `address:${context.ip}`
}

export const keyByAddress = (context: Context): string => context.ip
