/** Row `fanout`: one event to many subscribers on two nodes, beside a bare broadcast of the same bytes and Socket.IO over Redis. */
import {
  bareWebSocket,
  openSubscribers,
  receiveAll,
  smartStartEvents,
  socketIo,
  type Subscriber,
  type SubscriberProtocol,
} from '../load/subscriber.ts'
import { createVentures } from '../load/venture-events.ts'
import { median } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import { redisUrl } from '../servers/database.ts'
import { type Server, startServer } from '../servers/processes.ts'
import { startSmartStart } from '../servers/systems.ts'

interface Audience {
  nodes: Server[]
  subscribers: Subscriber[]
  /** Sends all of them one event. */
  send: () => Promise<void>
}

export const fanout: Row = {
  name: 'fanout',
  title: 'one event to 5,000 subscribers on two nodes: server CPU for each delivery, with the command and the bus',
  needs: ['postgres', 'redis'],
  async run({ rounds: count, short }) {
    const subscribers = short ? 500 : 5000
    const system = await startSmartStart({ nodes: 2 })
    const audiences: Audience[] = []
    const rounds: number[][] = []
    try {
      const { owner, audiences: names, send } = await createVentures(system)
      // warms up the command, which takes more turns than its deliveries
      for (let index = 0; index < (short ? 5 : 600); index++) await send()
      const protocol = smartStartEvents(owner.token, { audiences: names }, 'websocket-message.sent')
      const ours = { nodes: system.nodes, subscribers: await open(system.nodes, subscribers, protocol), send }
      audiences.push(ours)
      await send()
      await receiveAll(ours.subscribers, 1)
      const event = ours.subscribers[0]?.lastEvent ?? ''
      audiences.push(
        await startPeers('peers/bare-websocket.ts', bareWebSocket, subscribers, (urls) => Promise.all(urls.map((url) => post(url, event)))),
      )
      audiences.push(await startPeers('peers/socket-io.ts', socketIo, subscribers, ([url]) => post(`${url}/emit`, event)))
      for (const audience of audiences) await cpuPerDeliveryUs(audience, short ? 3 : 20)
      for (let round = 0; round < count; round++) {
        const figures: number[] = []
        for (const audience of audiences) figures.push(await cpuPerDeliveryUs(audience, short ? 5 : 50))
        rounds.push(figures)
      }
    } finally {
      for (const subscriber of audiences.flatMap((audience) => audience.subscribers)) subscriber.close()
      await Promise.all(audiences.slice(1).flatMap(({ nodes }) => nodes.map((node) => node.stop())))
      await system.stop()
    }
    const cpu = (index: number) => `${median(rounds.map((figures) => figures[index] ?? Number.NaN)).toFixed(1)} µs`
    for (const [index, peer] of [
      [1, 'bare ws'],
      [2, 'Socket.IO with its Redis adapter'],
    ] as const) {
      const ratio = median(rounds.map((figures) => (figures[0] ?? Number.NaN) / (figures[index] ?? Number.NaN)))
      printResult(
        `beside ${peer}`,
        formatRatio(ratio),
        `SmartStart ${cpu(0)} a delivery, ${peer} ${cpu(index)}; ${subscribers} subscribers`,
      )
    }
  },
}

/** CPU of all nodes for each delivery, of events sent one after the other. */
async function cpuPerDeliveryUs({ nodes, subscribers, send }: Audience, events: number): Promise<number> {
  const cpuMs = () => nodes.reduce((sum, node) => sum + node.cpuMs(), 0)
  const before = cpuMs()
  for (let index = 0; index < events; index++) {
    const received = subscribers[0]?.received ?? 0
    await send()
    await receiveAll(subscribers, received + 1)
  }
  return ((cpuMs() - before) * 1000) / events / subscribers.length
}

const open = (nodes: Server[], count: number, protocol: SubscriberProtocol) =>
  openSubscribers(
    nodes.map(({ url }) => url),
    count,
    () => protocol,
  )

async function startPeers(
  file: string,
  protocol: SubscriberProtocol,
  count: number,
  send: (urls: string[]) => Promise<unknown>,
): Promise<Audience> {
  const env = { REDIS_URL: redisUrl, REDIS_PREFIX: `smartstart-bench-${process.pid}` }
  const nodes = [await startServer(file, env), await startServer(file, env)]
  return { nodes, subscribers: await open(nodes, count, protocol), send: async () => void (await send(nodes.map(({ url }) => url))) }
}

async function post(url: string, body: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', body })
  if (!response.ok) throw new Error(`${url} answered with ${response.status}`)
}
