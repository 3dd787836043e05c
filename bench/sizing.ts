/** Memory and disk for docs/sizing.md: `npx node bench/sizing.ts [embedded]`. PostgreSQL at DATABASE_URL otherwise. Takes a minute; needs Linux. */
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { Counters, DocumentClient } from './load/document-client.ts'
import { openClients } from './load/workload.ts'
import { npmStartFlags } from './servers/processes.ts'
import { startSmartStart } from './servers/systems.ts'

const embedded = process.argv[2] === 'embedded'
const collectGarbage = ['--expose-gc', '--import', new URL('./servers/collect-garbage.ts', import.meta.url).pathname]
const system = await startSmartStart({ embedded, flags: [...npmStartFlags, ...collectGarbage] })
const [node] = system.nodes
if (!node) throw new Error('no node')
const opened: { close(): unknown }[] = []
const print = (what: string, bytes: number) => console.log(`${what.padEnd(58)} ${(bytes / 1024).toFixed(1).padStart(10)} KiB`)

async function memoryBytes(): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let unchanged = 0; unchanged < 2; ) {
    node?.signal('SIGUSR2')
    await wait(400)
    const bytes = node?.memoryBytes() ?? 0
    unchanged = bytes < least * 0.995 ? 0 : unchanged + 1
    least = Math.min(least, bytes)
  }
  return least
}

/** Prints what each of `count` costs. The first few load code and fill pools, and are not counted. */
async function measure(what: string, count: number, open: (index: number) => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count / 4; index++) await open(index)
  const before = await memoryBytes()
  for (let index = 0; index < count; index++) await open(Math.ceil(count / 4) + index)
  print(what, ((await memoryBytes()) - before) / count)
}

print('a node after its start', await memoryBytes())
const { names, token } = await system.createDocuments(500)
const counters = new Counters()
const target = (document: string) => ({ protocol: system.protocol, url: system.url, document, token })
await measure('each further idle connection on one document', 400, async () => {
  const client = new DocumentClient(target(names[0] ?? ''), [], counters)
  opened.push(client)
  await openClients([client])
})
await measure('each subscriber of events', 400, async () => {
  const socket = new WebSocket(`${system.url.replace('http', 'ws')}/notifications`, { perMessageDeflate: false })
  opened.push(socket)
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'hello', token }))
  await once(socket, 'message')
})

// documents share one socket, as in a page
const websocketProvider = new HocuspocusProviderWebsocket({ url: `${system.url.replace('http', 'ws')}/collab` })
let next = 1
async function openDocument(characters: number): Promise<void> {
  const provider = new HocuspocusProvider({ websocketProvider, name: names[next++] ?? '', token })
  const isSaved = () => provider.isSynced && !provider.hasUnsyncedChanges
  provider.attach()
  while (!isSaved()) await wait(5)
  if (characters === 0) return
  const paragraphs = Array.from({ length: Math.ceil(characters / 200) }, (_, index) => {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(String(index).padEnd(200, ' lorem ipsum'))])
    return paragraph
  })
  provider.document.getXmlFragment('default').push(paragraphs)
  while (!isSaved()) await wait(5)
}
await measure('each open document, empty', 100, () => openDocument(0))
await measure('each open document of 10,000 characters', 60, () => openDocument(10_000))
await measure('each open document of 100,000 characters', 20, () => openDocument(100_000))
print('the node at the end', node.memoryBytes())
if (counters.error) throw new Error(counters.error)
websocketProvider.destroy()
await system.stop()
process.exit()
