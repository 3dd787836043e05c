import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { afterAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createDraft, registerPerson } from '../support/client.ts'
import { type Cluster, startCluster, followJournal, type ClusterNode } from '../support/cluster.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { isInstalled } from '../support/servers.ts'
import { waitUntil } from '../support/wait-until.ts'

const restartCount = 4
const clientCount = 6
const isPossible = isInstalled('a rolling restart', 'postgresql', 'redis-server')
let cluster: Cluster
afterAll(() => cluster?.stop())

/** A provider with the reconnect delays of the workspace (`web/lib/collab/provider-websocket.ts`) instead of the default 1 s. */
function connectProvider(url: string, name: string, token: string) {
  const websocketProvider = new HocuspocusProviderWebsocket({ url: `${url.replace('http', 'ws')}/collab`, delay: 500, minDelay: 500 })
  const provider = new HocuspocusProvider({ websocketProvider, name, document: new Y.Doc(), token })
  provider.attach()
  return { provider, websocketProvider, text: provider.document.getText('text') }
}

test.skipIf(!isPossible)(
  'clients move to the other node and lose no edit while nodes are restarted one after the other',
  { timeout: 180_000 },
  async () => {
    cluster = await startCluster({ nodes: 2 })
    const nodes = cluster.nodes as [ClusterNode, ClusterNode]
    const ann = await registerPerson(nodes[0].url, 'Ann')
    const name = await createDraft(ann)
    const proxy = await startTcpProxy(nodes[0].url)
    const clients = Array.from({ length: clientCount }, () => connectProvider(proxy.url, name, ann.token))
    const areSaved = () => clients.every(({ provider }) => provider.isSynced && !provider.hasUnsyncedChanges)
    await waitUntil(areSaved, 'all clients to be synced')
    let typedCount = 0
    const typing = setInterval(() => {
      for (const { text } of clients) {
        text.insert(text.length, `${typedCount} `)
        typedCount++
      }
    }, 20)

    const reconnectTimesMs: number[] = []
    for (let restart = 0; restart < restartCount; restart++) {
      const [stoppingNode, otherNode] = restart % 2 === 0 ? nodes : [nodes[1], nodes[0]]
      const startedAt = performance.now()
      const disconnected = clients.map(({ provider }) => new Promise((done) => provider.on('disconnect', done)))
      const reconnected = clients.map(
        ({ provider }, index) =>
          disconnected[index]
            ?.then(() => new Promise<void>((done) => provider.on('authenticated', () => done())))
            .then(() => {
              reconnectTimesMs.push(performance.now() - startedAt)
            }) as Promise<void>,
      )
      const exiting = stoppingNode.kill('SIGTERM')
      await Promise.all(disconnected)
      // switch nodes as a proxy does when a node accepts no new connections
      proxy.restore(otherNode.url)
      await Promise.all(reconnected)
      expect(await exiting).toBe(0)
      await stoppingNode.start()
    }
    clearInterval(typing)
    await waitUntil(areSaved, 'all clients to be saved')
    const listDistinctTexts = () => new Set(clients.map(({ text }) => text.toString()))
    // an edit can be saved before all other clients have received it
    await waitUntil(() => listDistinctTexts().size === 1, 'all clients to converge')
    const texts = listDistinctTexts()
    const journal = followJournal(cluster.postgres, name)
    await journal.readNewRows()
    texts.add(journal.document.getText('text').toString())
    expect(texts.size).toBe(1)
    const [text = ''] = texts
    expect(text.split(' ').filter(Boolean).toSorted()).toEqual(Array.from({ length: typedCount }, (_, n) => String(n)).toSorted())
    reconnectTimesMs.sort((one, other) => one - other)
    console.log(
      `rolling restart: ${restartCount} restarts under ${clientCount} clients, ${typedCount} edits, lost 0; back on the other node after ` +
        `${Math.round(reconnectTimesMs[Math.floor(reconnectTimesMs.length / 2)] as number)} ms (median), ${Math.round(reconnectTimesMs.at(-1) as number)} ms (slowest)`,
    )
    for (const { provider, websocketProvider } of clients) {
      provider.destroy()
      websocketProvider.destroy()
    }
    await proxy.stop()
  },
)
