/** Row `reconnect`: how late keystrokes arrive while a thousand subscribers reconnect to the node, each with a thousand missed events. */
import { waitUntil } from '../../test/support/wait-until.ts'
import { receiveAll, smartStartEvents, Subscriber } from '../load/subscriber.ts'
import { closePairs, openPair, type Pair, typeFor, typeUntil } from '../load/typing-pairs.ts'
import { createVentures } from '../load/venture-events.ts'
import { formatPercentiles, medianOf, percentile } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import { type Server, startBackgroundLoad } from '../servers/processes.ts'
import { startSmartStart, type System } from '../servers/systems.ts'

const ventures = 10
const pairsTyping = 10

interface Round {
  idleMs: number[]
  reconnectingMs: number[]
  completeMs: number
  maxMemoryBytes: number
}

export const reconnect: Row = {
  name: 'reconnect',
  alias: 'returning',
  title: `${pairsTyping} pairs type while 1,000 subscribers of ${ventures} ventures reconnect at once, 1,000 missed events each; beside the node without them`,
  needs: ['postgres'],
  async run({ rounds: count, short }) {
    const [subscribers, missed] = short ? [100, 200] : [1000, 1000]
    const idleMs = short ? 300 : 5000
    const system = await startSmartStart()
    const rounds: Round[] = []
    try {
      const reconnectAll = await prepareSubscribers(system, subscribers, missed)
      const { names, token } = await system.createDocuments(pairsTyping)
      const pairs: Pair[] = []
      for (const name of names)
        pairs.push(await openPair(system.url, name, token, (document, index) => document.getText(`person ${index}`)))
      // V8 optimizes until about the 25th reconnection
      for (let index = 0; index < (short ? 1 : 25); index++) {
        await typeFor(pairs, Math.min(1000, idleMs))
        await reconnectAll((complete) => complete)
      }
      for (let round = 0; round < count; round++) {
        const idle = await typeFor(pairs, idleMs)
        rounds.push(await reconnectAll((complete) => measure(system.nodes[0] as Server, pairs, idle, complete)))
      }
      closePairs(pairs)
    } finally {
      await system.stop()
    }
    // pooled: one round has too few keystrokes for a p99
    const [idle, busy] = [rounds.flatMap((round) => round.idleMs), rounds.flatMap((round) => round.reconnectingMs)]
    const ratio = formatRatio(percentile(busy, 0.99) / percentile(idle, 0.99))
    printResult('keystroke to the other client, p99', ratio, `reconnecting ${formatPercentiles(busy)}; idle ${formatPercentiles(idle)}`)
    const seconds = (medianOf(rounds, ({ completeMs }) => completeMs) / 1000).toFixed(1)
    const memoryMiB = Math.round(Math.max(...rounds.map(({ maxMemoryBytes }) => maxMemoryBytes)) / 1024 / 1024)
    printResult('', '', `all ${subscribers} subscribers complete after ${seconds} s; memory at most ${memoryMiB} MiB`)
  },
}

async function measure(node: Server, pairs: Pair[], idleMs: number[], complete: Promise<string>): Promise<Round> {
  let maxMemoryBytes = node.memoryBytes()
  const sampler = setInterval(() => (maxMemoryBytes = Math.max(maxMemoryBytes, node.memoryBytes())), 20)
  const { delaysMs, result } = await typeUntil(pairs, complete).finally(() => clearInterval(sampler))
  return { idleMs, reconnectingMs: delaysMs, completeMs: Number(result), maxMemoryBytes }
}

/** Creates the missed events. Returns a function that reconnects all subscribers, runs some work until they are complete, and closes them. */
async function prepareSubscribers(system: System, count: number, missed: number) {
  const { url } = system
  const { owner, audiences, insertEvents } = await createVentures(system, ventures)
  const { position } = (await owner.request('GET', '/api/events')).body
  const subscriber = new Subscriber(url, smartStartEvents(owner.token, { audiences, after: position }, 'bench.left'))
  await subscriber.opened
  await insertEvents(missed)
  await receiveAll([subscriber], missed * ventures, 120_000)
  subscriber.close()
  const args = [url, owner.token, ...[position, count, missed].map(String), ...audiences]
  const isAlone = async () => (await (await fetch(`${url}/metrics`)).text()).includes('\nsmartstart_subscribers 0\n')
  await waitUntil(isAlone, 'the first subscriber to be closed')
  return async <T>(work: (complete: Promise<string>) => Promise<T>): Promise<T> => {
    const background = startBackgroundLoad('load/reconnecting-subscribers.ts', args)
    const result = await work(background.firstLine)
    await background.stop()
    await waitUntil(isAlone, 'all subscribers to be closed')
    return result
  }
}
