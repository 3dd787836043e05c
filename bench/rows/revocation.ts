/** Row `revocation`: how soon a member who has a document open loses access, over three nodes. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { createDraft, registerPerson } from '../../test/support/client.ts'
import { waitUntil } from '../../test/support/wait-until.ts'
import { formatPercentiles } from '../measure/rounds.ts'
import { printResult, type Row } from '../measure/row.ts'
import { startSmartStart } from '../servers/systems.ts'

const nodes = 3

export const revocation: Row = {
  name: 'revocation',
  title: `a member with an open document is removed by a request to another of ${nodes} nodes`,
  needs: ['postgres', 'redis'],
  async run({ rounds, short }) {
    const count = short ? 10 : 40 * rounds
    const system = await startSmartStart({ nodes })
    const [confirmedMs, closedMs, answeredMs]: [number[], number[], number[]] = [[], [], []]
    let unconfirmed = 0
    try {
      const [owner, member] = [await registerPerson(system.url, 'Owner'), await registerPerson(system.url, 'Member')]
      const name = await createDraft(owner)
      const path = `/api/documents/${name}/members/${member.id}`
      const urlOf = (index: number) => system.nodes[index % nodes]?.url ?? ''
      for (let index = 0; index < count; index++) {
        await owner.request('PUT', path, { role: 'editor' })
        const websocketProvider = new HocuspocusProviderWebsocket({ url: `${urlOf(index).replace('http', 'ws')}/collab` })
        const provider = new HocuspocusProvider({ websocketProvider, name, token: member.token })
        const closed = new Promise<number>((resolve) => provider.on('close', () => resolve(performance.now())))
        provider.attach()
        await waitUntil(() => provider.isSynced && !provider.hasUnsyncedChanges, 'the document to be open')

        const began = performance.now()
        const headers = { authorization: `Bearer ${owner.token}` }
        const response = await fetch(urlOf(index + 1) + path, { method: 'DELETE', headers })
        const { enforcement } = (await response.json()) as { enforcement: { confirmed: number; milliseconds: number } }
        answeredMs.push(performance.now() - began)
        closedMs.push((await closed) - began)
        confirmedMs.push(enforcement.milliseconds)
        if (enforcement.confirmed < nodes) unconfirmed++
        provider.destroy()
        websocketProvider.destroy()
      }
    } finally {
      await system.stop()
    }
    printResult('confirmed by all nodes (enforcement.milliseconds)', '', formatPercentiles(confirmedMs))
    printResult('request to the closed connection', '', formatPercentiles(closedMs))
    printResult(
      'request to its answer',
      '',
      `${formatPercentiles(answeredMs)}; ${count} removals, ${unconfirmed} not confirmed by all nodes`,
    )
  },
}
