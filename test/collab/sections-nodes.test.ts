import { afterAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { type OpenDocument, openDocument, registerPerson, isSaved } from '../support/client.ts'
import { createEmptyDatabase, usesPostgres, startNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

const onRedis = process.env.TEST_REDIS_URL !== undefined
const { env, remove } = await createEmptyDatabase()
const nodes: Node[] = []
const open: OpenDocument[] = []
afterAll(async () => {
  for (const { close } of open) close()
  for (const node of nodes) await node.stop()
  await remove()
})

const statusOf = (one: OpenDocument, id: string) => one.document.getMap<Y.Map<unknown>>('tasks').get(id)?.get('status')

describe.skipIf(!usesPostgres || !onRedis)('boards on two nodes', () => {
  test('only the node of the author corrects an invalid change, at most once, and both nodes converge', async () => {
    nodes.push(await startNode(env), await startNode(env))
    const ann = await registerPerson(nodes[0]?.url as string, 'Ann')
    const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Team' })
    const { body: task } = await ann.request('POST', `/api/spaces/${space.id}/tasks`, { title: 'Lamp' })
    const [here, there] = (await Promise.all(nodes.map(({ url }) => openDocument(url, space.documentName, ann.token)))) as [
      OpenDocument,
      OpenDocument,
    ]
    open.push(here, there)
    const after = (await (nodes[0] as Node).journal.rowsAfter(space.id, 0)).length
    for (let n = 0; n < 5; n++) {
      here.document.getMap<Y.Map<unknown>>('tasks').get(task.id)?.set('status', `WRONG ${n}`)
      there.document.getMap<Y.Map<unknown>>('tasks').get(task.id)?.set('status', 'DOING')
      await waitUntil(() => isSaved(here) && isSaved(there), 'both to be saved')
      await waitUntil(() => ['TODO', 'DOING'].includes(statusOf(here, task.id) as string), 'it to be put right here')
    }
    await waitUntil(() => statusOf(here, task.id) === statusOf(there, task.id), 'both to agree')
    expect(['TODO', 'DOING']).toContain(statusOf(there, task.id))
    const written = (await (nodes[1] as Node).journal.rowsAfter(space.id, after)).map(({ actor }) => actor)
    expect(written.filter((actor) => actor === null).length).toBeLessThanOrEqual(5)
    const board = (await ann.request('GET', `/api/spaces/${space.id}/board`)).body
    expect(board.tasks[0].status).toBe(statusOf(there, task.id))

    // rows from another node are not validated again, because two correcting nodes could loop forever
    const past = new Y.Doc()
    Y.applyUpdate(past, Y.encodeStateAsUpdate(here.document))
    const known = Y.encodeStateVector(past)
    past.getMap<Y.Map<unknown>>('tasks').get(task.id)?.set('status', 'OLD')
    const from = (await (nodes[0] as Node).journal.rowsAfter(space.id, 0)).length
    await (nodes[1] as Node).journal.append(space.id, ann.id, Y.encodeStateAsUpdate(past, known))
    await waitUntil(() => statusOf(here, task.id) === 'OLD' && statusOf(there, task.id) === 'OLD', 'the row to arrive on both nodes')
    // an invalid task is not listed, and the next edit of the task corrects it
    expect((await ann.request('GET', `/api/spaces/${space.id}/board`)).body.tasks).toEqual([])
    here.document.getMap<Y.Map<unknown>>('tasks').get(task.id)?.set('title', 'Lamp, again')
    await waitUntil(() => statusOf(there, task.id) === undefined, 'the field to go')
    await (nodes[0] as Node).journal.drain()
    const rows = (await (nodes[0] as Node).journal.rowsAfter(space.id, from)).map(({ actor }) => actor)
    expect(rows).toEqual([ann.id, ann.id, null])
    expect((await ann.request('GET', `/api/spaces/${space.id}/board`)).body.tasks[0]).toMatchObject({
      title: 'Lamp, again',
      status: 'TODO',
    })
  })
})
