/** Counts by key that begin anew after a while: kept here, told to the other nodes over Redis in portions. */
import type { Redis } from 'ioredis'

export interface Counts {
  /** Adds one. Answers how many there are, as far as this node knows, and the milliseconds until it begins anew. */
  add(key: string): { used: number; left: number }
}

interface Count {
  ends: number
  /** What all nodes had counted when Redis was asked last. */
  told: number
  /** What this node counted since. */
  untold: number
  asking: boolean
}

/**
 * @param redis absent: this node counts for itself, as it does while Redis is away
 * @param tellEvery how many of one key are kept back before they are told
 */
export function countOver(options: { redis: Redis | undefined; prefix: string; seconds: number; tellEvery: number }): Counts {
  const { redis, prefix, seconds, tellEvery } = options
  const counts = new Map<string, Count>()
  let sweptAt = performance.now()

  /** The first of a key is told at once, and so brings back what others counted. */
  async function share(key: string, count: Count, via: Redis) {
    const telling = count.untold
    count.asking = true
    try {
      const answers = await via
        .multi()
        .set(prefix + key, 0, 'EX', seconds, 'NX')
        .incrby(prefix + key, telling)
        .exec()
      count.told = Number(answers?.[1]?.[1])
    } catch {
      count.told += telling
    }
    count.untold -= telling
    count.asking = false
  }

  return {
    add(key) {
      const now = performance.now()
      if (now - sweptAt > seconds * 1000) {
        for (const [old, { ends }] of counts) if (ends <= now) counts.delete(old)
        sweptAt = now
      }
      let count = counts.get(key)
      const fresh = !count || count.ends <= now
      if (!count || fresh) counts.set(key, (count = { ends: now + seconds * 1000, told: 0, untold: 0, asking: false }))
      count.untold++
      if (redis && !count.asking && (fresh || count.untold >= tellEvery)) void share(key, count, redis)
      return { used: count.told + count.untold, left: count.ends - now }
    },
  }
}
