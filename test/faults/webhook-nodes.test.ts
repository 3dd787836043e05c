/** Webhook deliveries of two nodes at once, and of a node that is killed. */
import type { ServerResponse } from 'node:http'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { sendRequest, registerPerson } from '../support/client.ts'
import { createEmptyDatabase, usesPostgres, startNode } from '../support/node.ts'
import { tryStartNodeProcess, type NodeProcess } from '../support/process.ts'
import { type HttpReceiver, startHttpReceiver } from '../support/http-receiver.ts'
import { waitUntil } from '../support/wait-until.ts'

let receiver: HttpReceiver
beforeAll(async () => {
  receiver = await startHttpReceiver()
})
afterAll(async () => {
  await receiver?.stop()
})

const listReceived = (path: string) => receiver.received.filter((request) => request.path === path)

test.skipIf(!usesPostgres)(
  'two nodes deliver concurrently, and each event is delivered once',
  async () => {
    const database = await createEmptyDatabase()
    const nodes: Node[] = []
    try {
      for (let n = 0; n < 2; n++) nodes.push(await startNode(database.env, { WEBHOOK_ALLOW_PRIVATE: 'on' }))
      const [firstNode, secondNode] = nodes as [Node, Node]
      const dora = await registerPerson(firstNode.url, 'Dora')
      const space = (await dora.request('POST', '/api/spaces', { name: 'Space' })).body.id
      // hold responses until more deliveries run than one node runs concurrently
      const openResponses: ServerResponse[] = []
      receiver.respondWith((_, response) => void openResponses.push(response))
      const registration = { url: `${receiver.url}/both`, audience: `space:${space}`, events: ['space.changed'] }
      const webhook = (await dora.request('POST', '/api/webhooks', registration)).body.id
      const author = { authorization: `Bearer ${dora.token}` }
      for (let n = 0; n < 60; n++) {
        const { url } = n % 2 ? firstNode : secondNode
        expect((await sendRequest(url, 'PATCH', `/api/spaces/${space}`, { name: `Space ${n}` }, author)).status).toBe(200)
      }
      await waitUntil(() => openResponses.length === 8, 'deliveries of both nodes')
      receiver.respondWith(204)
      for (const response of openResponses) response.writeHead(204).end()
      const listDeliveries = async () =>
        (await sql<any>`select id, position, state, attempts from delivery where webhook_id = ${webhook}`.execute(firstNode.database.sql))
          .rows
      await waitUntil(
        async () => (await listDeliveries()).filter(({ state }) => state === 'delivered').length === 60,
        'all events to be delivered',
      )
      const deliveries = await listDeliveries()
      expect(deliveries.filter(({ attempts }) => attempts !== 1)).toEqual([])
      expect(new Set(deliveries.map(({ position }) => position)).size).toBe(deliveries.length)
      const receivedIds = listReceived('/both').map(({ headers }) => headers['webhook-id'])
      expect([receivedIds.length, new Set(receivedIds)]).toEqual([60, new Set(deliveries.map(({ id }) => id))])
    } finally {
      for (const node of nodes) await node.stop()
      await database.remove()
    }
  },
  120_000,
)

test('deliveries of a killed node are repeated by another node with the same ids, one row per event', async () => {
  const database = await createEmptyDatabase()
  const killedProcess = (await tryStartNodeProcess({ ...database.env, WEBHOOK_ALLOW_PRIVATE: 'on' })) as NodeProcess
  let secondNode: Node | undefined
  try {
    // the receiver does not respond, so the deliveries are running when the node is killed
    receiver.respondWith(() => {})
    const cleo = await registerPerson(killedProcess.url, 'Cleo')
    const { body: space } = await cleo.request('POST', '/api/spaces', { name: 'Space' })
    const registration = { url: `${receiver.url}/killed`, audience: `space:${space.id}`, events: ['space.changed'] }
    const { body: webhook } = await cleo.request('POST', '/api/webhooks', registration)
    for (const name of ['A', 'B', 'C']) await cleo.request('PATCH', `/api/spaces/${space.id}`, { name })
    await waitUntil(() => listReceived('/killed').length >= 3, 'three deliveries')
    await killedProcess.kill('SIGKILL')
    const idsBefore = new Set(listReceived('/killed').map(({ headers }) => headers['webhook-id']))
    receiver.received.length = 0
    receiver.respondWith(204)
    secondNode = await startNode(database.env, { WEBHOOK_ALLOW_PRIVATE: 'on' })
    // another node does not deliver before the lease has expired
    await secondNode.deliveryWorker.deliverDue()
    expect(listReceived('/killed')).toEqual([])
    await secondNode.deliveryWorker.deliverDue(new Date(Date.now() + 180_000))
    expect(new Set(listReceived('/killed').map(({ headers }) => headers['webhook-id']))).toEqual(idsBefore)
    const accessToken = (await sendRequest(secondNode.url, 'POST', '/api/auth/login', { email: cleo.email, password: cleo.password })).body
      .accessToken
    const deliveriesResponse = await sendRequest(secondNode.url, 'GET', `/api/webhooks/${webhook.id}/deliveries`, undefined, {
      authorization: `Bearer ${accessToken}`,
    })
    expect(deliveriesResponse.body.items.map(({ state, attempts }: any) => [state, attempts])).toEqual([
      ['delivered', 2],
      ['delivered', 2],
      ['delivered', 2],
    ])
    expect(new Set(deliveriesResponse.body.items.map(({ position }: any) => position)).size).toBe(3)
  } finally {
    await killedProcess.kill('SIGKILL')
    await secondNode?.stop()
    await database.remove()
  }
}, 120_000)
