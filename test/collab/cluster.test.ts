import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Node } from '../../main.ts'
import { createDraft, type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { createEmptyDatabase, usesPostgres, startNode } from '../support/node.ts'
import { openProvider, createSocket } from '../support/providers.ts'
import { waitUntil } from '../support/wait-until.ts'

const onRedis = process.env.TEST_REDIS_URL !== undefined
const { env, remove } = await createEmptyDatabase()
const openDocuments: OpenDocument[] = []
const nodes: Node[] = []
afterAll(async () => {
  for (const { close } of openDocuments) close()
  for (const node of nodes) await node.stop()
  await remove()
})

async function openOnNode(node: Node | undefined, name: string, person: Person): Promise<OpenDocument> {
  const client = await openDocument((node as Node).url, name, person.token)
  openDocuments.push(client)
  return client
}

const allHaveText = (text: string, ...clients: OpenDocument[]) => clients.every((client) => client.text.toString() === text)
const readLabels = ({ provider }: OpenDocument) =>
  [...(provider.awareness?.getStates().values() ?? [])].map(({ label }) => label as string | undefined).filter(Boolean)

describe.skipIf(!usesPostgres || !onRedis)('nodes over PostgreSQL and Redis', () => {
  let ann: Person
  beforeAll(async () => {
    nodes.push(await startNode(env), await startNode(env))
    ann = await registerPerson(nodes[0]?.url as string, 'Ann')
  })

  test('clients on two nodes edit one draft and end with the same text', async () => {
    const name = await createDraft(ann)
    const firstClient = await openOnNode(nodes[0], name, ann)
    const secondClient = await openOnNode(nodes[1], name, ann)
    firstClient.text.insert(0, 'from here ')
    await waitUntil(() => allHaveText('from here ', secondClient), 'the text to arrive on the second node')
    secondClient.text.insert(10, 'and there')
    await waitUntil(
      () => allHaveText('from here and there', firstClient, secondClient) && isSaved(firstClient) && isSaved(secondClient),
      'the text to arrive on the first node',
    )
    for (let n = 0; n < 100; n++) {
      firstClient.text.insert(0, 'a')
      secondClient.text.insert(secondClient.text.length, 'z')
    }
    const expectedText = `${'a'.repeat(100)}from here and there${'z'.repeat(100)}`
    await waitUntil(
      () => allHaveText(expectedText, firstClient, secondClient) && isSaved(firstClient) && isSaved(secondClient),
      'both replicas to converge',
    )
    const rows = await nodes[0]?.journal.rowsAfter(name.split(':')[1] as string, 0)
    expect(rows?.map(({ seq }) => seq)).toEqual(Array.from({ length: rows?.length ?? 0 }, (_, n) => n + 1))
  })

  test('a document loaded while another node writes to it misses no edit', async () => {
    const name = await createDraft(ann)
    const firstClient = await openOnNode(nodes[0], name, ann)
    let isTyping = true
    const typing = (async () => {
      for (let n = 0; isTyping; n++) {
        firstClient.text.insert(firstClient.text.length, `${n} `)
        await new Promise(setImmediate)
      }
    })()
    const loadingClients = await Promise.all(Array.from({ length: 5 }, () => openOnNode(nodes[1], name, ann)))
    isTyping = false
    await typing
    await waitUntil(() => isSaved(firstClient) && allHaveText(firstClient.text.toString(), ...loadingClients), 'all replicas to converge')
  })

  test('awareness states reach the other node, are updated, and are removed with their client or node', async () => {
    const name = await createDraft(ann)
    const firstClient = await openOnNode(nodes[0], name, ann)
    firstClient.provider.setAwarenessField('label', 'Ann here')
    const thirdNode = await startNode(env)
    const secondClient = await openOnNode(thirdNode, name, ann)
    secondClient.provider.setAwarenessField('label', 'Ann there')
    await waitUntil(
      () => readLabels(firstClient).length === 2 && readLabels(secondClient).length === 2,
      'both awareness states on both nodes',
    )
    secondClient.provider.setAwarenessField('label', 'Ann moved')
    await waitUntil(() => readLabels(firstClient).includes('Ann moved'), 'the changed awareness state')
    const guest = await openOnNode(thirdNode, name, ann)
    guest.provider.setAwarenessField('label', 'Guest')
    await waitUntil(() => readLabels(firstClient).length === 3, 'the guest’s awareness state')
    guest.close()
    await waitUntil(() => readLabels(firstClient).length === 2, 'the guest’s awareness state to be removed')
    secondClient.close()
    await waitUntil(() => readLabels(firstClient).length === 1, 'the second client’s awareness state to be removed')
    const lastClient = await openOnNode(thirdNode, name, ann)
    lastClient.provider.setAwarenessField('label', 'Last')
    await waitUntil(() => readLabels(firstClient).includes('Last'), 'the last client’s awareness state')
    lastClient.provider.configuration.websocketProvider.shouldConnect = false
    await thirdNode.stop()
    await waitUntil(() => readLabels(firstClient).length === 1, 'the states of the stopped node to be removed')
  })

  test('a client that moves to another node while its old socket is open exchanges awareness with all nodes', async () => {
    const name = await createDraft(ann)
    const [firstClient, secondClient] = [await openOnNode(nodes[0], name, ann), await openOnNode(nodes[1], name, ann)]
    firstClient.provider.setAwarenessField('label', 'Here')
    const proxy = await startTcpProxy(nodes[0]?.url as string)
    onTestFinished(() => proxy.stop())
    const socket = createSocket(proxy.url)
    const movingClient = await openProvider(socket, name, ann.token)
    // after this reconnect the awareness clock that the nodes broadcast is ahead of the client's own
    proxy.disconnect()
    await waitUntil(() => !movingClient.provider.isSynced, 'the client to disconnect')
    proxy.restore()
    await waitUntil(() => isSaved(movingClient), 'the client to reconnect')
    for (let n = 0; n < 5; n++) movingClient.provider.setAwarenessField('label', `Moved ${n}`)
    await waitUntil(
      () => readLabels(firstClient).includes('Moved 4') && readLabels(secondClient).includes('Moved 4'),
      'the moving client’s awareness state',
    )
    proxy.pause()
    proxy.restore(nodes[1]?.url)
    socket.onClose({ event: { code: 4408, reason: 'forced' } as CloseEvent })
    await waitUntil(
      () => isSaved(movingClient) && readLabels(movingClient).includes('Here'),
      'the client to reconnect and receive awareness states',
    )
    // a third node asks the others for awareness states, and the first still reports the old socket
    const thirdNode = await startNode(env)
    onTestFinished(() => thirdNode.stop())
    const thirdClient = await openOnNode(thirdNode, name, ann)
    await waitUntil(
      () => readLabels(thirdClient).includes('Moved 4') && readLabels(thirdClient).includes('Here'),
      'the third node to receive all awareness states',
    )
    for (let n = 5; n < 8; n++) {
      movingClient.provider.setAwarenessField('label', `Moved ${n}`)
      await waitUntil(
        () => [firstClient, secondClient, thirdClient].every((client) => readLabels(client).includes(`Moved ${n}`)),
        'the changed awareness state on all nodes',
      )
    }
    movingClient.close()
    await waitUntil(
      () => !readLabels(secondClient).some((user) => user?.startsWith('Moved')),
      'the moved client’s awareness state to be removed',
    )
    thirdClient.close()
  })

  test('all nodes confirm a change of access and enforce it', async () => {
    const name = await createDraft(ann)
    const ben = await registerPerson(nodes[1]?.url as string, 'Ben')
    const membershipPath = `/api/documents/${name}/members/${ben.id}`
    await ann.request('PUT', membershipPath, { role: 'editor' })
    const secondClient = await openOnNode(nodes[1], name, ben)
    let reason: string | undefined
    secondClient.provider.on('close', ({ event }: { event: { reason: string } }) => {
      reason = event.reason
    })
    const { body } = await ann.request('DELETE', membershipPath)
    expect(body.enforcement).toMatchObject({ nodes: 2, confirmed: 2 })
    await waitUntil(() => reason === 'not-found', 'the other node to close the document')
  })
})

describe.skipIf(!usesPostgres)('nodes on one PostgreSQL without Redis', () => {
  test('exchange edits', async () => {
    const { REDIS_URL: _, ...envWithoutRedis } = env
    const nodePair = [await startNode(envWithoutRedis), await startNode(envWithoutRedis)]
    nodes.push(...nodePair)
    const ann = await registerPerson(nodePair[0]?.url as string, 'Ann')
    const name = await createDraft(ann)
    const firstClient = await openOnNode(nodePair[0], name, ann)
    const secondClient = await openOnNode(nodePair[1], name, ann)
    firstClient.text.insert(0, 'from here ')
    await waitUntil(() => allHaveText('from here ', secondClient), 'the text to arrive on the second node')
    secondClient.text.insert(0, 'from there, ')
    await waitUntil(() => allHaveText('from there, from here ', firstClient), 'the text to arrive on the first node')
  })

  test('a change of access is reported as unconfirmed by the other node, which enforces it soon after', async () => {
    const database = await createEmptyDatabase()
    const { REDIS_URL: _, ...envWithoutRedis } = database.env
    const nodePair = [await startNode(envWithoutRedis), await startNode(envWithoutRedis)]
    const ann = await registerPerson(nodePair[0]?.url as string, 'Ann')
    const ben = await registerPerson(nodePair[1]?.url as string, 'Ben')
    const name = await createDraft(ann)
    const membershipPath = `/api/documents/${name}/members/${ben.id}`
    await ann.request('PUT', membershipPath, { role: 'editor' })
    const secondClient = await openOnNode(nodePair[1], name, ben)
    let reason: string | undefined
    secondClient.provider.on('close', ({ event }: { event: { reason: string } }) => {
      reason = event.reason
    })
    const { body } = await ann.request('DELETE', membershipPath)
    expect(body.enforcement).toMatchObject({ nodes: 2, confirmed: 1 })
    await waitUntil(() => reason === 'not-found', 'the other node to close the document')
    for (const node of nodePair) await node.stop()
    await database.remove()
  })
})
