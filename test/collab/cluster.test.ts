import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Node } from '../../main.ts'
import { createDraft, type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { createEmptyDatabase, usesPostgres, startNode } from '../support/node.ts'
import { openProvider, createSocket } from '../support/providers.ts'
import { waitUntil } from '../support/wait-until.ts'

const onRedis = process.env.TEST_REDIS_URL !== undefined
const { env, remove } = await createEmptyDatabase()
const open: OpenDocument[] = []
const nodes: Node[] = []
afterAll(async () => {
  for (const { close } of open) close()
  for (const node of nodes) await node.stop()
  await remove()
})

async function openOn(node: Node | undefined, name: string, person: Person): Promise<OpenDocument> {
  const one = await openDocument((node as Node).url, name, person.token)
  open.push(one)
  return one
}

const everywhere = (text: string, ...all: OpenDocument[]) => all.every((one) => one.text.toString() === text)
const namesIn = ({ provider }: OpenDocument) =>
  [...(provider.awareness?.getStates().values() ?? [])].map(({ label }) => label as string | undefined).filter(Boolean)

describe.skipIf(!usesPostgres || !onRedis)('nodes over PostgreSQL and Redis', () => {
  let ann: Person
  beforeAll(async () => {
    nodes.push(await startNode(env), await startNode(env))
    ann = await registerPerson(nodes[0]?.url as string, 'Ann')
  })

  test('clients on two nodes edit one draft and end with the same text', async () => {
    const name = await createDraft(ann)
    const here = await openOn(nodes[0], name, ann)
    const there = await openOn(nodes[1], name, ann)
    here.text.insert(0, 'from here ')
    await waitUntil(() => everywhere('from here ', there), 'the words to arrive there')
    there.text.insert(10, 'and there')
    await waitUntil(() => everywhere('from here and there', here, there) && isSaved(here) && isSaved(there), 'the words to arrive here')
    for (let n = 0; n < 100; n++) {
      here.text.insert(0, 'a')
      there.text.insert(there.text.length, 'z')
    }
    const all = `${'a'.repeat(100)}from here and there${'z'.repeat(100)}`
    await waitUntil(() => everywhere(all, here, there) && isSaved(here) && isSaved(there), 'both to agree')
    const rows = await nodes[0]?.journal.rowsAfter(name.split(':')[1] as string, 0)
    expect(rows?.map(({ seq }) => seq)).toEqual(Array.from({ length: rows?.length ?? 0 }, (_, n) => n + 1))
  })

  test('a document loaded while another node writes to it misses no edit', async () => {
    const name = await createDraft(ann)
    const here = await openOn(nodes[0], name, ann)
    let typing = true
    const typist = (async () => {
      for (let n = 0; typing; n++) {
        here.text.insert(here.text.length, `${n} `)
        await new Promise(setImmediate)
      }
    })()
    const there = await Promise.all(Array.from({ length: 5 }, () => openOn(nodes[1], name, ann)))
    typing = false
    await typist
    await waitUntil(() => isSaved(here) && everywhere(here.text.toString(), ...there), 'all to agree')
  })

  test('awareness states reach the other node, are updated, and are removed with their client or node', async () => {
    const name = await createDraft(ann)
    const here = await openOn(nodes[0], name, ann)
    here.provider.setAwarenessField('label', 'Ann here')
    const third = await startNode(env)
    const there = await openOn(third, name, ann)
    there.provider.setAwarenessField('label', 'Ann there')
    await waitUntil(() => namesIn(here).length === 2 && namesIn(there).length === 2, 'each to see the other')
    there.provider.setAwarenessField('label', 'Ann moved')
    await waitUntil(() => namesIn(here).includes('Ann moved'), 'the cursor to move')
    const guest = await openOn(third, name, ann)
    guest.provider.setAwarenessField('label', 'Guest')
    await waitUntil(() => namesIn(here).length === 3, 'the guest to be seen')
    guest.close()
    await waitUntil(() => namesIn(here).length === 2, 'the guest to be gone')
    there.close()
    await waitUntil(() => namesIn(here).length === 1, 'the other to be gone')
    const last = await openOn(third, name, ann)
    last.provider.setAwarenessField('label', 'Last')
    await waitUntil(() => namesIn(here).includes('Last'), 'the last one to be seen')
    last.provider.configuration.websocketProvider.shouldConnect = false
    await third.stop()
    await waitUntil(() => namesIn(here).length === 1, 'all of the node that is gone to be gone')
  })

  test('a client that moves to another node while its old socket is open exchanges awareness with all nodes', async () => {
    const name = await createDraft(ann)
    const [here, there] = [await openOn(nodes[0], name, ann), await openOn(nodes[1], name, ann)]
    here.provider.setAwarenessField('label', 'Here')
    const wire = await startTcpProxy(nodes[0]?.url as string)
    onTestFinished(() => wire.stop())
    const socket = createSocket(wire.url)
    const one = await openProvider(socket, name, ann.token)
    // after this reconnect the awareness clock that the nodes broadcast is ahead of the client's own
    wire.disconnect()
    await waitUntil(() => !one.provider.isSynced, 'the cut to be noticed')
    wire.restore()
    await waitUntil(() => isSaved(one), 'it to be back')
    for (let n = 0; n < 5; n++) one.provider.setAwarenessField('label', `Moved ${n}`)
    await waitUntil(() => namesIn(here).includes('Moved 4') && namesIn(there).includes('Moved 4'), 'the client to be seen')
    wire.pause()
    wire.restore(nodes[1]?.url)
    socket.onClose({ event: { code: 4408, reason: 'forced' } as CloseEvent })
    await waitUntil(() => isSaved(one) && namesIn(one).includes('Here'), 'it to be back, and to see')
    // a third node asks the others for awareness states, and the first still reports the old socket
    const third = await startNode(env)
    onTestFinished(() => third.stop())
    const beyond = await openOn(third, name, ann)
    await waitUntil(() => namesIn(beyond).includes('Moved 4') && namesIn(beyond).includes('Here'), 'the third to be told')
    for (let n = 5; n < 8; n++) {
      one.provider.setAwarenessField('label', `Moved ${n}`)
      await waitUntil(() => [here, there, beyond].every((other) => namesIn(other).includes(`Moved ${n}`)), 'it to be seen moving')
    }
    one.close()
    await waitUntil(() => !namesIn(there).some((user) => user?.startsWith('Moved')), 'it to be gone there')
    beyond.close()
  })

  test('all nodes confirm a change of access and enforce it', async () => {
    const name = await createDraft(ann)
    const ben = await registerPerson(nodes[1]?.url as string, 'Ben')
    const member = `/api/documents/${name}/members/${ben.id}`
    await ann.request('PUT', member, { role: 'editor' })
    const there = await openOn(nodes[1], name, ben)
    let reason: string | undefined
    there.provider.on('close', ({ event }: { event: { reason: string } }) => {
      reason = event.reason
    })
    const { body } = await ann.request('DELETE', member)
    expect(body.enforcement).toMatchObject({ nodes: 2, confirmed: 2 })
    await waitUntil(() => reason === 'not-found', 'the other node to close the document')
  })
})

describe.skipIf(!usesPostgres)('nodes on one PostgreSQL without Redis', () => {
  test('exchange edits', async () => {
    const { REDIS_URL: _, ...alone } = env
    const pair = [await startNode(alone), await startNode(alone)]
    nodes.push(...pair)
    const ann = await registerPerson(pair[0]?.url as string, 'Ann')
    const name = await createDraft(ann)
    const here = await openOn(pair[0], name, ann)
    const there = await openOn(pair[1], name, ann)
    here.text.insert(0, 'from here ')
    await waitUntil(() => everywhere('from here ', there), 'the words to arrive there')
    there.text.insert(0, 'from there, ')
    await waitUntil(() => everywhere('from there, from here ', here), 'the words to arrive here')
  })

  test('a change of access is reported as unconfirmed by the other node, which enforces it soon after', async () => {
    const fresh = await createEmptyDatabase()
    const { REDIS_URL: _, ...alone } = fresh.env
    const pair = [await startNode(alone), await startNode(alone)]
    const ann = await registerPerson(pair[0]?.url as string, 'Ann')
    const ben = await registerPerson(pair[1]?.url as string, 'Ben')
    const name = await createDraft(ann)
    const member = `/api/documents/${name}/members/${ben.id}`
    await ann.request('PUT', member, { role: 'editor' })
    const there = await openOn(pair[1], name, ben)
    let reason: string | undefined
    there.provider.on('close', ({ event }: { event: { reason: string } }) => {
      reason = event.reason
    })
    const { body } = await ann.request('DELETE', member)
    expect(body.enforcement).toMatchObject({ nodes: 2, confirmed: 1 })
    await waitUntil(() => reason === 'not-found', 'the other node to read of it')
    for (const node of pair) await node.stop()
    await fresh.remove()
  })
})
