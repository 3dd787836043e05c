import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { afterAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createDraft, registerPerson } from '../support/client.ts'
import { type Cluster, startCluster, followJournal, type ClusterNode } from '../support/cluster.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { isInstalled } from '../support/servers.ts'
import { waitUntil } from '../support/wait-until.ts'

const restarts = 4
const people = 6
const possible = isInstalled('a rolling restart', 'postgresql', 'redis-server')
let all: Cluster
afterAll(() => all?.stop())

/** A provider with the reconnect delays of the workspace (`web/lib/collab/provider-websocket.ts`) instead of the default 1 s. */
function provide(url: string, name: string, token: string) {
  const websocketProvider = new HocuspocusProviderWebsocket({ url: `${url.replace('http', 'ws')}/collab`, delay: 500, minDelay: 500 })
  const provider = new HocuspocusProvider({ websocketProvider, name, document: new Y.Doc(), token })
  provider.attach()
  return { provider, websocketProvider, text: provider.document.getText('text') }
}

test.skipIf(!possible)(
  'clients move to the other node and lose no edit while nodes are restarted one after the other',
  { timeout: 180_000 },
  async () => {
    all = await startCluster({ nodes: 2 })
    const nodes = all.nodes as [ClusterNode, ClusterNode]
    const ann = await registerPerson(nodes[0].url, 'Ann')
    const name = await createDraft(ann)
    const line = await startTcpProxy(nodes[0].url)
    const everybody = Array.from({ length: people }, () => provide(line.url, name, ann.token))
    const settled = () => everybody.every(({ provider }) => provider.isSynced && !provider.hasUnsyncedChanges)
    await waitUntil(settled, 'everybody to be there')
    let typed = 0
    const typing = setInterval(() => {
      for (const { text } of everybody) {
        text.insert(text.length, `${typed} `)
        typed++
      }
    }, 20)

    const away: number[] = []
    for (let restart = 0; restart < restarts; restart++) {
      const [going, staying] = restart % 2 === 0 ? nodes : [nodes[1], nodes[0]]
      const began = performance.now()
      const left = everybody.map(({ provider }) => new Promise((done) => provider.on('disconnect', done)))
      const back = everybody.map(
        ({ provider }, place) =>
          left[place]
            ?.then(() => new Promise<void>((done) => provider.on('authenticated', () => done())))
            .then(() => {
              away.push(performance.now() - began)
            }) as Promise<void>,
      )
      const ended = going.kill('SIGTERM')
      await Promise.all(left)
      // switch nodes as a proxy does when a node accepts no new connections
      line.restore(staying.url)
      await Promise.all(back)
      expect(await ended).toBe(0)
      await going.start()
    }
    clearInterval(typing)
    await waitUntil(settled, 'everybody to be saved')
    const shown = () => new Set(everybody.map(({ text }) => text.toString()))
    // an edit can be saved before all other clients have received it
    await waitUntil(() => shown().size === 1, 'everybody to have the same')
    const texts = shown()
    const journal = followJournal(all.postgres, name)
    await journal.readNewRows()
    texts.add(journal.document.getText('text').toString())
    expect(texts.size).toBe(1)
    const [text = ''] = texts
    expect(text.split(' ').filter(Boolean).toSorted()).toEqual(Array.from({ length: typed }, (_, n) => String(n)).toSorted())
    away.sort((one, other) => one - other)
    console.log(
      `rolling restart: ${restarts} restarts under ${people} clients, ${typed} edits, lost 0; back on the other node after ` +
        `${Math.round(away[Math.floor(away.length / 2)] as number)} ms (median), ${Math.round(away.at(-1) as number)} ms (slowest)`,
    )
    for (const { provider, websocketProvider } of everybody) {
      provider.destroy()
      websocketProvider.destroy()
    }
    await line.stop()
  },
)
