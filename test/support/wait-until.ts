import { setTimeout as wait } from 'node:timers/promises'

/** Polls until a condition holds. @throws an error with the description after `timeoutMs` */
export async function waitUntil<T>(condition: () => T | Promise<T>, description: string, timeoutMs = 45_000): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs
  // the interval grows, since a check may cost more than the wait
  for (let pause = 1; ; pause = Math.min(pause * 1.3, 40)) {
    const value = await condition()
    if (value) return value as NonNullable<T>
    if (Date.now() > end) throw new Error(`timed out after ${timeoutMs} ms waiting for ${description}`)
    await wait(pause)
  }
}
