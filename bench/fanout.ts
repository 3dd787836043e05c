/** Row `fanout`: one event to many subscribers on two nodes, beside a bare broadcast of the same bytes, and Socket.IO over Redis. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Hearer, openAll, plain, smartStart, socketIo, type Speech } from './hearer.ts'
import { median } from './keystrokes.ts'
import { newsOf } from './news.ts'
import { redisUrl } from './nodes.ts'
import { launch, type Served } from './processes.ts'
import { print, type Row, times } from './row.ts'
import { startSmartStart } from './systems.ts'

interface Crowd {
  nodes: Served[]
  hearers: Hearer[]
  /** Tells all of them one event. */
  tell(): Promise<void>
  stop(): Promise<void>
}

const post = async (url: string, message: string) => {
  const response = await fetch(url, { method: 'POST', body: message })
  if (!response.ok) throw new Error(`not told: ${response.status}`)
}

export const fanout: Row = {
  name: 'fanout',
  title: 'one event to 5,000 subscribers on two nodes: server CPU for each delivery, the command and the bus included',
  needs: ['postgres', 'redis'],
  async run({ rounds, brief }) {
    const count = brief ? 500 : 5000
    const ours = await smartStartCrowd(count, brief ? 5 : 600)
    const crowds = [ours]
    const told: number[][] = []
    try {
      await ours.tell()
      await heardBy(ours, 1)
      const message = (ours.hearers[0] as Hearer).last
      crowds.push(await bareCrowd(count, message), await socketIoCrowd(count, message))
      // so that the code of all is warm
      for (const crowd of crowds) await perDelivery(crowd, brief ? 3 : 20)
      for (let round = 0; round < rounds; round++) {
        const figures: number[] = []
        for (const crowd of crowds) figures.push(await perDelivery(crowd, brief ? 5 : 50))
        told.push(figures)
      }
    } finally {
      for (const crowd of crowds) await crowd.stop()
    }
    const each = (place: number) => `${(median(told.map((figures) => (figures[place] as number) * 1000))).toFixed(1)} µs`
    const beside = (place: number) => times(median(told.map((figures) => (figures[0] as number) / (figures[place] as number))))
    print('a bare ws broadcast (reach 1.2 x)', beside(1), `SmartStart ${each(0)} a delivery, bare ws ${each(1)}; ${count} subscribers`)
    print('Socket.IO with its Redis adapter (reach: less)', beside(2), `Socket.IO ${each(2)}`)
  },
}

/** Milliseconds of CPU of all nodes for each delivery of some events, told one after the other. */
async function perDelivery(crowd: Crowd, events: number): Promise<number> {
  const cpu = () => crowd.nodes.reduce((sum, node) => sum + node.cpu(), 0)
  const before = cpu()
  for (let n = 0; n < events; n++) {
    const heard = (crowd.hearers[0] as Hearer).heard
    await crowd.tell()
    await heardBy(crowd, heard + 1)
  }
  return (cpu() - before) / events / crowd.hearers.length
}

async function heardBy({ hearers }: Crowd, count: number): Promise<void> {
  const end = Date.now() + 30_000
  while (hearers.some(({ heard }) => heard < count)) {
    if (Date.now() > end || hearers.some(({ ended }) => ended)) throw new Error('not all subscribers heard the event')
    await wait(1)
  }
  if (hearers.some(({ heard }) => heard > count)) throw new Error('a subscriber heard an event twice')
}

/** @param warming commands before the crowd comes: twenty events warm what sends them, five thousand times each, but not what a command takes */
async function smartStartCrowd(count: number, warming: number): Promise<Crowd> {
  const system = await startSmartStart({ nodes: 2, redisUrl })
  const { owner, audiences, send } = await newsOf(system)
  for (let n = 0; n < warming; n++) await send()
  const urls = system.nodes.map(({ url }) => url)
  const hearers = await openAll(urls, count, () => smartStart(owner.token, { audiences }, 'websocket.sent'))
  return { nodes: system.nodes, hearers, tell: send, stop: () => stop(hearers, () => system.stop()) }
}

async function peers(count: number, file: string, speech: Speech, env: Record<string, string>): Promise<Omit<Crowd, 'tell'>> {
  const nodes = [await launch(file, env), await launch(file, env)]
  const hearers = await openAll(
    nodes.map(({ url }) => url),
    count,
    () => speech,
  )
  return { nodes, hearers, stop: () => stop(hearers, async () => void (await Promise.all(nodes.map((node) => node.stop())))) }
}

async function bareCrowd(count: number, message: string): Promise<Crowd> {
  const crowd = await peers(count, 'bare-broadcast.ts', plain, {})
  return { ...crowd, tell: async () => void (await Promise.all(crowd.nodes.map(({ url }) => post(url, message)))) }
}

async function socketIoCrowd(count: number, message: string): Promise<Crowd> {
  const crowd = await peers(count, 'socket-io.ts', socketIo, { REDIS_URL: redisUrl, REDIS_PREFIX: `smartstart-bench-${process.pid}` })
  return { ...crowd, tell: () => post(`${crowd.nodes[0]?.url}/emit`, message) }
}

async function stop(hearers: Hearer[], servers: () => Promise<void>) {
  for (const hearer of hearers) hearer.end()
  await servers()
}
