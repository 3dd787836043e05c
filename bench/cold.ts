/** Row `cold`: a paper opened on a node that has just started, beside one query and `Y.applyUpdate` of the same bytes. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { hocuspocus } from './dialect.ts'
import { median } from './keystrokes.ts'
import { bring, replayPaper } from './paper.ts'
import { output } from './processes.ts'
import { print, type Row, times } from './row.ts'
import { smartStartNode, startSmartStart } from './systems.ts'

/** What a fresh process does once is measured in many. */
const processesARound = 3

export const cold: Row = {
  name: 'cold',
  title: 'a paper that is in nobody’s memory, opened on a fresh node over a warm socket: time to first sync',
  needs: ['postgres', 'trace'],
  async run({ rounds, trace }) {
    const paper = replayPaper(trace)
    const system = await startSmartStart()
    const dataDir = mkdtempSync(join(tmpdir(), 'smartstart-bench-'))
    const ours: number[] = []
    const bare: number[] = []
    const queries: number[] = []
    try {
      const { names, token, empty } = await bring(system, paper)
      const [name = ''] = names
      const databaseUrl = system.database?.url
      for (let turn = 0; turn < rounds * processesARound; turn++) {
        const node = await smartStartNode({ databaseUrl, dataDir })
        ours.push(await timeToSync(node.url, empty, name, token))
        await node.stop()
        const told = await output('bare-open.ts', { DATABASE_URL: databaseUrl, DOCUMENT: name.split(':')[1] })
        const [all, query] = told.split(' ').map(Number) as [number, number]
        bare.push(all)
        queries.push(query)
      }
    } finally {
      await system.stop()
      rmSync(dataDir, { recursive: true, force: true })
    }
    const [mine, floor, query] = [median(ours), median(bare), median(queries)]
    print(
      'time to first sync',
      times(mine / floor),
      `SmartStart ${mine.toFixed(1)} ms; query and applyUpdate ${floor.toFixed(1)} ms, of it the query ${query.toFixed(1)} ms; median of ${ours.length} processes each`,
    )
  },
}

/** Opens a document on a socket that has another open already: milliseconds from the question to the whole state. */
async function timeToSync(url: string, warm: string, document: string, token: string): Promise<number> {
  const socket = new WebSocket(hocuspocus.address(url, warm), { perMessageDeflate: false })
  await once(socket, 'open')
  const answered = () =>
    new Promise<void>((done, fail) => {
      socket.on('message', (data: Buffer) => {
        const heard = hocuspocus.read(data)
        if (heard.is === 'answer') done()
        else if (heard.is === 'refusal') fail(new Error(heard.reason))
      })
    })
  const open = (name: string) => {
    for (const frame of hocuspocus.hello(name, token)) socket.send(frame)
    const come = answered()
    return come.finally(() => socket.removeAllListeners('message'))
  }
  await open(warm)
  const began = performance.now()
  await open(document)
  const took = performance.now() - began
  socket.close()
  await once(socket, 'close')
  return took
}
