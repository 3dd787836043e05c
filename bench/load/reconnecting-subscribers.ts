/** Background load of row `reconnect`: opens subscribers that missed events. Prints the milliseconds until all have them, then waits for the end of its input. */
import { openSubscribers, receiveAll, smartStartEvents } from './subscriber.ts'

const [url = '', token = '', after, count, missed, ...audiences] = process.argv.slice(2)

const began = performance.now()
const subscribers = await openSubscribers([url], Number(count), (index) =>
  smartStartEvents(token, { audiences: [audiences[index % audiences.length]], after: Number(after) }, 'bench.left'),
)
await receiveAll(subscribers, Number(missed), 120_000)
console.log(Math.round(performance.now() - began))
process.stdin.on('end', () => process.exit()).resume()
