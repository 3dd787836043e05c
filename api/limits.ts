/** How often one may ask: counted a minute for each account, or address when signed out; over Redis where there is one. */
import type { Context } from 'koa'
import type { Redis } from 'ioredis'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { DomainError } from '../domain/kernel/errors.ts'
import type { Actor } from '../domain/kernel/operation.ts'

const minute = 60

/** Counts this request. @throws DomainError rate-limited past the limit */
export type Limiter = (context: Context) => Promise<void> | void

/**
 * @param points requests a minute; Infinity for no limit
 * @param keyOf whose count this is
 */
export function limitRequests(name: string, points: number, redis: Redis | undefined, keyOf: (context: Context) => string): Limiter {
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
    const seconds = Math.max(1, Math.ceil(result.msBeforeNext / 1000))
    context.set('RateLimit-Policy', `"${name}";q=${points};w=${minute}`)
    context.set('RateLimit', `"${name}";r=${Math.max(0, points - result.consumedPoints)};t=${seconds}`)
    if (result.consumedPoints > points)
      throw new DomainError('rate-limited', `At most ${points} requests a minute.`, { retryAfter: seconds })
  }
}

export const byActor = (context: Context): string => {
  const actor = context.state.actor as Actor | undefined
  return actor?.kind === 'user' ? `user:${actor.userId}` : `address:${context.ip}`
}

export const byAddress = (context: Context): string => context.ip
