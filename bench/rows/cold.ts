/** Row `cold`: a long document opened on a node that has just started, beside one query and `Y.applyUpdate` of the same bytes. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { replayTrace, storeLongDocument } from '../load/long-document.ts'
import { hocuspocusProtocol as protocol } from '../load/protocol.ts'
import { median } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import { runToEnd } from '../servers/processes.ts'
import { startSmartStart } from '../servers/systems.ts'

/** A process opens its first document once, so a round takes several. */
const processesPerRound = 3

export const cold: Row = {
  name: 'cold',
  title: 'a long document opened on a node that has just started, over a socket in use: time to first sync',
  needs: ['postgres', 'trace'],
  async run({ rounds, trace }) {
    const content = replayTrace(trace)
    const system = await startSmartStart()
    const [ours, peer, queries]: number[][] = [[], [], []]
    try {
      const { name, emptyName, token } = await storeLongDocument(system, content)
      for (let count = 0; count < rounds * processesPerRound; count++) {
        const node = await system.startNode()
        ours?.push(await timeToSync(node.url, emptyName, name, token))
        await node.stop()
        const output = await runToEnd('peers/apply-update.ts', { DATABASE_URL: system.database?.url, DOCUMENT: name.split(':')[1] })
        const [totalMs, queryMs] = output.split(' ').map(Number)
        peer?.push(totalMs ?? Number.NaN)
        queries?.push(queryMs ?? Number.NaN)
      }
    } finally {
      await system.stop()
    }
    const [oursMs, peerMs, queryMs] = [ours, peer, queries].map((values) => median(values ?? [])) as [number, number, number]
    printResult(
      'time to first sync',
      formatRatio(oursMs / peerMs),
      `SmartStart ${oursMs.toFixed(1)} ms; query and applyUpdate ${peerMs.toFixed(1)} ms, of it the query ${queryMs.toFixed(1)} ms`,
    )
  },
}

/** Milliseconds from the request for a document to its state, on a socket that already has another document open. */
async function timeToSync(url: string, warmDocument: string, document: string, token: string): Promise<number> {
  const socket = new WebSocket(protocol.address(url, warmDocument), { perMessageDeflate: false })
  await once(socket, 'open')
  const open = (name: string) => {
    for (const frame of protocol.openingFrames(name, token)) socket.send(frame)
    return new Promise<void>((resolve, reject) => {
      socket.on('message', (data: Buffer) => {
        const message = protocol.parse(data)
        if (message.type === 'sync-step-2') resolve()
        else if (message.type === 'refusal') reject(new Error(message.reason))
      })
    }).finally(() => socket.removeAllListeners('message'))
  }
  await open(warmDocument)
  const began = performance.now()
  await open(document)
  const tookMs = performance.now() - began
  socket.close()
  await once(socket, 'close')
  return tookMs
}
