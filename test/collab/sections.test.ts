import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { shareSubject, createSpace } from '../support/builders.ts'
import { type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
const openDocuments: OpenDocument[] = []
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})
afterAll(() => {
  for (const { close } of openDocuments) close()
})

async function createSharedSpace(): Promise<{ id: string; name: string }> {
  const { id, documentName } = await createSpace(ann)
  await shareSubject(ann, `/api/documents/${documentName}`, 'editor', ben)
  return { id, name: documentName }
}

async function openBoard(name: string, person: Person): Promise<OpenDocument & { repairs: { path: string; problem: string }[] }> {
  const client = await openDocument(node.url, name, person.token)
  openDocuments.push(client)
  const repairs: { path: string; problem: string }[] = []
  client.provider.on('stateless', ({ payload }: { payload: string }) => repairs.push(...JSON.parse(payload).repaired))
  return { ...client, repairs }
}

const getTask = (client: OpenDocument, id: string) => client.document.getMap<Y.Map<unknown>>('tasks').get(id)

test('REST changes to the board reach open clients, and REST reads the changes of open clients', async () => {
  const { id, name } = await createSharedSpace()
  const editor = await openBoard(name, ben)
  const firstResponse = await ann.request('POST', `/api/spaces/${id}/tasks`, { title: 'Lamp' })
  expect(firstResponse.status).toBe(201)
  expect(firstResponse.body).toMatchObject({ title: 'Lamp', status: 'TODO', priority: 3, assigneeId: null })
  const secondTask = (await ann.request('POST', `/api/spaces/${id}/tasks`, { title: 'Seal' })).body
  await waitUntil(() => getTask(editor, secondTask.id), 'the new tasks to arrive')
  expect(getTask(editor, firstResponse.body.id)?.toJSON()).toMatchObject({ title: 'Lamp', status: 'TODO' })

  const moved = await ann.request('POST', `/api/spaces/${id}/tasks/${secondTask.id}/move`, {
    status: 'TODO',
    before: firstResponse.body.id,
  })
  expect(moved.status).toBe(200)
  const readBoard = async () =>
    (await ann.request('GET', `/api/spaces/${id}/board`)).body.tasks.map((boardTask: any) => `${boardTask.status} ${boardTask.title}`)
  expect(await readBoard()).toEqual(['TODO Seal', 'TODO Lamp'])
  expect((await ann.request('PATCH', `/api/spaces/${id}/tasks/${secondTask.id}`, { status: 'DOING', text: 'rubber' })).body).toMatchObject({
    title: 'Seal',
    status: 'DOING',
    text: 'rubber',
  })
  getTask(editor, firstResponse.body.id)?.set('status', 'DONE')
  await waitUntil(() => isSaved(editor), 'the change to be saved')
  expect(await readBoard()).toEqual(['DOING Seal', 'DONE Lamp'])
  expect((await ann.request('DELETE', `/api/spaces/${id}/tasks/${secondTask.id}`)).status).toBe(200)
  await waitUntil(() => !getTask(editor, secondTask.id), 'the deleted task to disappear')
})

test('invalid input is refused with its field and changes nothing; strangers cannot read, viewers cannot write', async () => {
  const { id, name } = await createSharedSpace()
  const created = (await ann.request('POST', `/api/spaces/${id}/tasks`, { title: 'Lamp' })).body
  const path = `/api/spaces/${id}/tasks/${created.id}`
  for (const [method, requestPath, body, field] of [
    ['PATCH', path, { status: 'LATER' }, 'status'],
    ['PATCH', path, { title: '' }, 'title'],
    ['PATCH', path, { colour: 'red' }, 'colour'],
    ['PATCH', path, { order: 'A' }, 'order'],
    ['POST', `/api/spaces/${id}/tasks`, { text: 'no title' }, 'title'],
    ['POST', `${path}/move`, { status: 'TODO', before: 'a', after: 'b' }, 'before'],
    ['POST', `/api/spaces/${id}/polls`, { question: 'Which?', options: [{ id: 'a', text: 'one' }] }, 'options'],
  ] as const) {
    const refused = await ann.request(method, requestPath, body)
    expect(refused.status, `${method} ${JSON.stringify(body)}`).toBe(400)
    expect(refused.body.type).toBe('urn:problem:invalid-input')
    expect(refused.body.errors[0].path).toBe(field)
  }
  expect((await ann.request('POST', `${path}/move`, { status: 'DONE', before: 'gone' })).status).toBe(409)
  expect((await ann.request('PATCH', `/api/spaces/${id}/tasks/gone`, { title: 'x' })).status).toBe(404)
  expect((await ann.request('DELETE', `/api/spaces/${id}/tasks/gone`)).status).toBe(404)
  const { tasks } = (await ann.request('GET', `/api/spaces/${id}/board`)).body
  expect(tasks).toEqual([created])

  const stranger = await registerPerson(node.url, 'Stranger')
  expect((await stranger.request('GET', `/api/spaces/${id}/board`)).status).toBe(404)
  expect((await stranger.request('PATCH', path, { title: 'mine' })).status).toBe(404)
  await ann.request('PUT', `/api/documents/${name}/members/${stranger.id}`, { role: 'viewer' })
  expect((await stranger.request('GET', `/api/spaces/${id}/board`)).status).toBe(200)
  expect((await stranger.request('PATCH', path, { title: 'mine' })).status).toBe(403)
})

test('a poll has one vote per person, and changes to votes by clients are reverted', async () => {
  const { id, name } = await createSharedSpace()
  const options = [
    { id: 'a', text: 'Monday' },
    { id: 'b', text: 'Friday' },
  ]
  const poll = (await ann.request('POST', `/api/spaces/${id}/polls`, { question: 'When?', options })).body
  const votesPath = `/api/spaces/${id}/polls/${poll.id}/votes`
  await ann.request('POST', votesPath, { optionId: 'a' })
  await ben.request('POST', votesPath, { optionId: 'a' })
  const changed = await ben.request('POST', votesPath, { optionId: 'b' })
  expect(changed.body).toMatchObject({ mine: 'b', options: [{ votes: 1 }, { votes: 1 }] })
  expect((await ben.request('POST', votesPath, { optionId: 'c' })).status).toBe(400)

  const editor = await openBoard(name, ben)
  const votesMap = editor.document.getMap<Y.Map<unknown>>('votes')
  const forgedKey = `${poll.id}:01900000-0000-7000-8000-000000000000`
  editor.document.transact(() => {
    votesMap.set(forgedKey, new Y.Map(Object.entries({ pollId: poll.id, userId: forgedKey.split(':')[1], optionId: 'b' })))
    votesMap.get(`${poll.id}:${ann.id}`)?.set('optionId', 'b')
    votesMap.delete(`${poll.id}:${ben.id}`)
  })
  await waitUntil(() => editor.repairs.length === 3, 'the repairs to be reported to the author')
  await waitUntil(() => votesMap.size === 2 && votesMap.get(`${poll.id}:${ann.id}`)?.get('optionId') === 'a', 'the votes to be reverted')
  expect(votesMap.get(`${poll.id}:${ben.id}`)?.get('optionId')).toBe('b')
  await ann.request('PATCH', `/api/spaces/${id}/polls/${poll.id}`, { closed: true })
  expect((await ben.request('POST', votesPath, { optionId: 'a' })).status).toBe(409)
})

test('an invalid change is corrected and reported to its author; edits of others and the text stay', async () => {
  const { id, name } = await createSharedSpace()
  const validTask = (await ann.request('POST', `/api/spaces/${id}/tasks`, { title: 'Lamp' })).body
  const otherTask = (await ann.request('POST', `/api/spaces/${id}/tasks`, { title: 'Seal' })).body
  const hostileClient = await openBoard(name, ben)
  const honestClient = await openBoard(name, ann)
  const rowsBefore = (await node.journal.rowsAfter(id, 0)).length
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [new Y.XmlText('what Ann writes')])
  honestClient.document.getXmlFragment('default').insert(0, [paragraph])
  await waitUntil(() => isSaved(honestClient), 'the text to be saved')

  const tasks = hostileClient.document.getMap<unknown>('tasks')
  hostileClient.document.transact(() => {
    const taskMap = getTask(hostileClient, validTask.id) as Y.Map<unknown>
    taskMap.set('status', 'BURNED')
    taskMap.set('title', new Y.Text('a type where a value belongs'))
    taskMap.set('__proto__', { admin: true })
    taskMap.set('text', 'this is fine, and stays')
    tasks.set(otherTask.id, 'no map at all')
    tasks.set('no title', new Y.Map())
    tasks.set('new', new Y.Map([['status', 'TODO']]))
    hostileClient.document.getText('own').insert(0, 'a root of their own')
  })
  await waitUntil(() => hostileClient.repairs.length >= 6, 'the repairs to be reported to the author')
  expect(hostileClient.repairs.map(({ path }) => path).sort()).toEqual(
    [`${validTask.id}.__proto__`, `${validTask.id}.status`, `${validTask.id}.title`, otherTask.id, 'new.title', 'no title']
      .map((path) => `tasks.${path}`)
      .sort(),
  )
  for (const client of [hostileClient, honestClient]) {
    await waitUntil(() => client.document.getMap('tasks').size === 2, 'the entries that are not tasks to be removed')
    expect(getTask(client, validTask.id)?.toJSON()).toEqual({ ...validTask, id: undefined, text: 'this is fine, and stays' })
    await waitUntil(() => getTask(client, otherTask.id)?.get?.('title') === 'Seal', 'the task to be restored')
    expect(client.document.getText('own').toString()).toBe('a root of their own')
    expect(client.document.getXmlFragment('default').toString()).toBe('<paragraph>what Ann writes</paragraph>')
  }
  expect(honestClient.repairs).toEqual([])
  // one row by the author and one by the server: the correction does not loop
  await node.journal.drain()
  const actors = (await node.journal.rowsAfter(id, rowsBefore)).map(({ actor }) => actor)
  expect(actors).toEqual([ann.id, ben.id, null])

  honestClient.document.getMap<Y.Map<unknown>>('tasks').get(validTask.id)?.set('title', 'Lamp, still')
  await waitUntil(() => getTask(hostileClient, validTask.id)?.get('title') === 'Lamp, still', 'a later edit to arrive')
})

test('a board root used as a text is emptied, and entries above the limit of 500 are removed', async () => {
  const { id, name } = await createSharedSpace()
  const hostileClient = await openBoard(name, ben)
  const wrongReplica = new Y.Doc()
  wrongReplica.getText('tasks').insert(0, 'a text where a map belongs')
  Y.applyUpdate(hostileClient.document, Y.encodeStateAsUpdate(wrongReplica))
  await waitUntil(() => hostileClient.repairs.some(({ path }) => path === 'tasks'), 'the repairs to be reported to the author')
  await waitUntil(() => hostileClient.document.getMap('tasks').toJSON() && isSaved(hostileClient), 'the correction to be saved')
  const { document } = await import('../../domain/documents/journal/snapshot.ts').then(({ readCommittedDocument }) =>
    readCommittedDocument({ db: node.database.sql }, id),
  )
  expect(document.getText('tasks').toString()).toBe('')

  const ideas = hostileClient.document.getMap<unknown>('ideas')
  hostileClient.document.transact(() => {
    for (let n = 0; n < 700; n++) ideas.set(`i${n}`, new Y.Map([['title', `idea ${n}`]]))
  })
  await waitUntil(() => ideas.size === 500, 'the entries above the limit to be removed')
  // REST reads committed state, which can be later than the broadcast
  await waitUntil(
    async () => (await ann.request('GET', `/api/spaces/${id}/board`)).body.ideas.length === 500,
    'the remaining entries to be committed',
  )
  expect((await ann.request('POST', `/api/spaces/${id}/ideas`, { title: 'one more' })).status).toBe(409)
})
