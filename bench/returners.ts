/**
 * Those who return, in a process of their own: they would be on machines of their own, so they come after who types on the load's core.
 * Prints after how many milliseconds each had heard what it missed, and stays until its input ends.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { type Hearer, openAll, smartStart } from './hearer.ts'

const [url = '', token = '', after, count, missed, ...audiences] = process.argv.slice(2)

const began = performance.now()
const hearers = await openAll([url], Number(count), (place) =>
  smartStart(token, { audiences: [audiences[place % audiences.length]], after: Number(after) }, 'bench.left'),
)
await all(hearers, Number(missed))
console.log(Math.round(performance.now() - began))
process.stdin.on('end', () => process.exit()).resume()

/** Resolves when each has heard so many, and none more. */
async function all(hearers: Hearer[], count: number): Promise<void> {
  const end = Date.now() + 120_000
  while (hearers.some(({ heard }) => heard < count)) {
    if (Date.now() > end || hearers.some(({ ended }) => ended)) throw new Error('not all subscribers have what they missed')
    await wait(5)
  }
  if (hearers.some(({ heard }) => heard > count)) throw new Error('a subscriber heard an event twice')
}
