import { afterAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { type OpenDocument, openDocument, registerPerson, isSaved } from '../support/client.ts'
import { createEmptyDatabase, usesPostgres, startNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

const onRedis = process.env.TEST_REDIS_URL !== undefined
const { env, remove } = await createEmptyDatabase()
const nodes: Node[] = []
const openDocuments: OpenDocument[] = []
afterAll(async () => {
  for (const { close } of openDocuments) close()
  for (const node of nodes) await node.stop()
  await remove()
})

const readStatus = (client: OpenDocument, id: string) => client.document.getMap<Y.Map<unknown>>('tasks').get(id)?.get('status')

describe.skipIf(!usesPostgres || !onRedis)('boards on two nodes', () => {
  test('only the node of the author corrects an invalid change, at most once, and both nodes converge', async () => {
    nodes.push(await startNode(env), await startNode(env))
    const ann = await registerPerson(nodes[0]?.url as string, 'Ann')
    const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Team' })
    const { body: task } = await ann.request('POST', `/api/spaces/${space.id}/tasks`, { title: 'Lamp' })
    const [firstClient, secondClient] = (await Promise.all(nodes.map(({ url }) => openDocument(url, space.documentName, ann.token)))) as [
      OpenDocument,
      OpenDocument,
    ]
    openDocuments.push(firstClient, secondClient)
    const firstRows = (await (nodes[0] as Node).journal.rowsAfter(space.id, 0)).length
    for (let n = 0; n < 5; n++) {
      firstClient.document.getMap<Y.Map<unknown>>('tasks').get(task.id)?.set('status', `WRONG ${n}`)
      secondClient.document.getMap<Y.Map<unknown>>('tasks').get(task.id)?.set('status', 'DOING')
      await waitUntil(() => isSaved(firstClient) && isSaved(secondClient), 'both clients to be saved')
      await waitUntil(() => ['TODO', 'DOING'].includes(readStatus(firstClient, task.id) as string), 'the status to be corrected')
    }
    await waitUntil(() => readStatus(firstClient, task.id) === readStatus(secondClient, task.id), 'both nodes to converge')
    expect(['TODO', 'DOING']).toContain(readStatus(secondClient, task.id))
    const actors = (await (nodes[1] as Node).journal.rowsAfter(space.id, firstRows)).map(({ actor }) => actor)
    expect(actors.filter((actor) => actor === null).length).toBeLessThanOrEqual(5)
    const board = (await ann.request('GET', `/api/spaces/${space.id}/board`)).body
    expect(board.tasks[0].status).toBe(readStatus(secondClient, task.id))

    // rows from another node are not validated again, because two correcting nodes could loop forever
    const otherReplica = new Y.Doc()
    Y.applyUpdate(otherReplica, Y.encodeStateAsUpdate(firstClient.document))
    const vectorBefore = Y.encodeStateVector(otherReplica)
    otherReplica.getMap<Y.Map<unknown>>('tasks').get(task.id)?.set('status', 'OLD')
    const rowsBefore = (await (nodes[0] as Node).journal.rowsAfter(space.id, 0)).length
    await (nodes[1] as Node).journal.append(space.id, ann.id, Y.encodeStateAsUpdate(otherReplica, vectorBefore))
    await waitUntil(
      () => readStatus(firstClient, task.id) === 'OLD' && readStatus(secondClient, task.id) === 'OLD',
      'the row to arrive on both nodes',
    )
    // an invalid task is not listed, and the next edit of the task corrects it
    expect((await ann.request('GET', `/api/spaces/${space.id}/board`)).body.tasks).toEqual([])
    firstClient.document.getMap<Y.Map<unknown>>('tasks').get(task.id)?.set('title', 'Lamp, again')
    await waitUntil(() => readStatus(secondClient, task.id) === undefined, 'the invalid field to be removed')
    await (nodes[0] as Node).journal.drain()
    const rows = (await (nodes[0] as Node).journal.rowsAfter(space.id, rowsBefore)).map(({ actor }) => actor)
    expect(rows).toEqual([ann.id, ann.id, null])
    expect((await ann.request('GET', `/api/spaces/${space.id}/board`)).body.tasks[0]).toMatchObject({
      title: 'Lamp, again',
      status: 'TODO',
    })
  })
})
