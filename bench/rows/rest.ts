/** Row `rest`: a REST read, beside a bare Koa route that does one query. */
import { createHttpClient } from '../load/http-client.ts'
import { median } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import { startServer } from '../servers/processes.ts'
import { startSmartStart } from '../servers/systems.ts'

const connections = 16

export const rest: Row = {
  name: 'rest',
  title: `GET /api/legal/documents/:id on ${connections} connections, one request at a time on each: answers a second`,
  needs: ['postgres'],
  async run({ rounds, short }) {
    const system = await startSmartStart()
    const peer = await startServer('peers/bare-koa.ts', { DATABASE_URL: system.database?.url })
    const [ours, bare]: [number[], number[]] = [[], []]
    let maxBusyShare = 0
    try {
      const durationMs = short ? 2000 : 5000
      for (let round = 0; round < rounds; round++) {
        const { names, token } = await system.createDocuments(1)
        const path = `/api/legal/documents/${names[0]?.split(':')[1]}`
        for (const [url, rates] of [
          [system.url, ours],
          [peer.url, bare],
        ] as const) {
          await answersPerSecond(url, path, token, durationMs / 2)
          const { rate, loadShare } = await answersPerSecond(url, path, token, durationMs)
          rates.push(rate)
          maxBusyShare = Math.max(maxBusyShare, loadShare)
        }
      }
    } finally {
      await peer.stop()
      await system.stop()
    }
    const ratio = formatRatio(median(ours.map((rate, round) => rate / (bare[round] ?? Number.NaN))))
    const rates = `SmartStart ${Math.round(median(ours))}, bare Koa with one query ${Math.round(median(bare))}`
    printResult('answers a second', ratio, `${rates}; load ${Math.round(maxBusyShare * 100)} % busy`)
  },
}

async function answersPerSecond(url: string, path: string, token: string, durationMs: number) {
  const cpuBefore = process.cpuUsage()
  const began = performance.now()
  const elapsedMs = () => performance.now() - began
  let answers = 0
  const requestUntilEnd = async () => {
    const client = createHttpClient(url, token)
    while (elapsedMs() < durationMs) {
      const status = await client('GET', path)
      if (status !== 200) throw new Error(`${path} was answered with ${status}`)
      answers++
    }
  }
  await Promise.all(Array.from({ length: connections }, requestUntilEnd))
  const { user, system } = process.cpuUsage(cpuBefore)
  return { rate: (answers * 1000) / elapsedMs(), loadShare: (user + system) / 1000 / elapsedMs() }
}
