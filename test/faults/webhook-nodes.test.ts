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

let inbox: HttpReceiver
beforeAll(async () => {
  inbox = await startHttpReceiver()
})
afterAll(async () => {
  await inbox?.stop()
})

const came = (path: string) => inbox.received.filter((one) => one.path === path)

test.skipIf(!usesPostgres)(
  'two nodes deliver concurrently, and each event is delivered once',
  async () => {
    const empty = await createEmptyDatabase()
    const nodes: Node[] = []
    try {
      for (let n = 0; n < 2; n++) nodes.push(await startNode(empty.env, { WEBHOOK_ALLOW_PRIVATE: 'on' }))
      const [here, there] = nodes as [Node, Node]
      const dora = await registerPerson(here.url, 'Dora')
      const space = (await dora.request('POST', '/api/spaces', { name: 'Space' })).body.id
      // hold responses until more deliveries run than one node runs concurrently
      const kept: ServerResponse[] = []
      inbox.respondWith((_, response) => void kept.push(response))
      const asked = { url: `${inbox.url}/both`, audience: `space:${space}`, events: ['space.changed'] }
      const webhook = (await dora.request('POST', '/api/webhooks', asked)).body.id
      const author = { authorization: `Bearer ${dora.token}` }
      for (let n = 0; n < 60; n++) {
        const { url } = n % 2 ? here : there
        expect((await sendRequest(url, 'PATCH', `/api/spaces/${space}`, { name: `Space ${n}` }, author)).status).toBe(200)
      }
      await waitUntil(() => kept.length === 8, 'both to tell')
      inbox.respondWith(204)
      for (const response of kept) response.writeHead(204).end()
      const log = async () =>
        (await sql<any>`select id, position, state, attempts from delivery where webhook_id = ${webhook}`.execute(here.database.sql)).rows
      await waitUntil(async () => (await log()).filter(({ state }) => state === 'delivered').length === 60, 'all to be told')
      const told = await log()
      expect(told.filter(({ attempts }) => attempts !== 1)).toEqual([])
      expect(new Set(told.map(({ position }) => position)).size).toBe(told.length)
      const arrived = came('/both').map(({ headers }) => headers['webhook-id'])
      expect([arrived.length, new Set(arrived)]).toEqual([60, new Set(told.map(({ id }) => id))])
    } finally {
      for (const one of nodes) await one.stop()
      await empty.remove()
    }
  },
  120_000,
)

test('deliveries of a killed node are repeated by another node with the same ids, one row per event', async () => {
  const empty = await createEmptyDatabase()
  const first = (await tryStartNodeProcess({ ...empty.env, WEBHOOK_ALLOW_PRIVATE: 'on' })) as NodeProcess
  let second: Node | undefined
  try {
    // the receiver does not respond, so the deliveries are running when the node is killed
    inbox.respondWith(() => {})
    const cleo = await registerPerson(first.url, 'Cleo')
    const { body: space } = await cleo.request('POST', '/api/spaces', { name: 'Space' })
    const asked = { url: `${inbox.url}/killed`, audience: `space:${space.id}`, events: ['space.changed'] }
    const { body: webhook } = await cleo.request('POST', '/api/webhooks', asked)
    for (const name of ['A', 'B', 'C']) await cleo.request('PATCH', `/api/spaces/${space.id}`, { name })
    await waitUntil(() => came('/killed').length >= 3, 'it to be told')
    await first.kill('SIGKILL')
    const before = new Set(came('/killed').map(({ headers }) => headers['webhook-id']))
    inbox.received.length = 0
    inbox.respondWith(204)
    second = await startNode(empty.env, { WEBHOOK_ALLOW_PRIVATE: 'on' })
    // another node does not deliver before the lease has expired
    await second.deliveryWorker.deliverDue()
    expect(came('/killed')).toEqual([])
    await second.deliveryWorker.deliverDue(new Date(Date.now() + 180_000))
    expect(new Set(came('/killed').map(({ headers }) => headers['webhook-id']))).toEqual(before)
    const again = (await sendRequest(second.url, 'POST', '/api/auth/login', { email: cleo.email, password: cleo.password })).body
      .accessToken
    const log = await sendRequest(second.url, 'GET', `/api/webhooks/${webhook.id}/deliveries`, undefined, {
      authorization: `Bearer ${again}`,
    })
    expect(log.body.items.map(({ state, attempts }: any) => [state, attempts])).toEqual([
      ['delivered', 2],
      ['delivered', 2],
      ['delivered', 2],
    ])
    expect(new Set(log.body.items.map(({ position }: any) => position)).size).toBe(3)
  } finally {
    await first.kill('SIGKILL')
    await second?.stop()
    await empty.remove()
  }
}, 120_000)
