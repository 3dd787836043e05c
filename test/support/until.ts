import { setTimeout as wait } from 'node:timers/promises'

/** Waits for a condition. @throws after `patience` milliseconds, naming what was waited for */
export async function until<T>(condition: () => T | Promise<T>, what: string, patience = 45_000): Promise<NonNullable<T>> {
  const end = Date.now() + patience
  // soon at first, then seldomer: a question may cost more than the wait
  for (let pause = 1; ; pause = Math.min(pause * 1.3, 40)) {
    const value = await condition()
    if (value) return value as NonNullable<T>
    if (Date.now() > end) throw new Error(`waited ${patience} ms in vain for ${what}`)
    await wait(pause)
  }
}
