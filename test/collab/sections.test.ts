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
const open: OpenDocument[] = []
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})
afterAll(() => {
  for (const { close } of open) close()
})

async function space(): Promise<{ id: string; name: string }> {
  const { id, documentName } = await createSpace(ann)
  await shareSubject(ann, `/api/documents/${documentName}`, 'editor', ben)
  return { id, name: documentName }
}

async function at(name: string, person: Person): Promise<OpenDocument & { told: { path: string; problem: string }[] }> {
  const one = await openDocument(node.url, name, person.token)
  open.push(one)
  const told: { path: string; problem: string }[] = []
  one.provider.on('stateless', ({ payload }: { payload: string }) => told.push(...JSON.parse(payload).repaired))
  return { ...one, told }
}

const task = (one: OpenDocument, id: string) => one.document.getMap<Y.Map<unknown>>('tasks').get(id)

test('REST changes to the board reach open clients, and REST reads the changes of open clients', async () => {
  const { id, name } = await space()
  const page = await at(name, ben)
  const first = await ann.request('POST', `/api/spaces/${id}/tasks`, { title: 'Lamp' })
  expect(first.status).toBe(201)
  expect(first.body).toMatchObject({ title: 'Lamp', status: 'TODO', priority: 3, assigneeId: null })
  const second = (await ann.request('POST', `/api/spaces/${id}/tasks`, { title: 'Seal' })).body
  await waitUntil(() => task(page, second.id), 'the tasks to appear')
  expect(task(page, first.body.id)?.toJSON()).toMatchObject({ title: 'Lamp', status: 'TODO' })

  const moved = await ann.request('POST', `/api/spaces/${id}/tasks/${second.id}/move`, { status: 'TODO', before: first.body.id })
  expect(moved.status).toBe(200)
  const board = async () => (await ann.request('GET', `/api/spaces/${id}/board`)).body.tasks.map((one: any) => `${one.status} ${one.title}`)
  expect(await board()).toEqual(['TODO Seal', 'TODO Lamp'])
  expect((await ann.request('PATCH', `/api/spaces/${id}/tasks/${second.id}`, { status: 'DOING', text: 'rubber' })).body).toMatchObject({
    title: 'Seal',
    status: 'DOING',
    text: 'rubber',
  })
  task(page, first.body.id)?.set('status', 'DONE')
  await waitUntil(() => isSaved(page), 'the move to be saved')
  expect(await board()).toEqual(['DOING Seal', 'DONE Lamp'])
  expect((await ann.request('DELETE', `/api/spaces/${id}/tasks/${second.id}`)).status).toBe(200)
  await waitUntil(() => !task(page, second.id), 'the task to go')
})

test('invalid input is refused with its field and changes nothing; strangers cannot read, viewers cannot write', async () => {
  const { id, name } = await space()
  const made = (await ann.request('POST', `/api/spaces/${id}/tasks`, { title: 'Lamp' })).body
  const path = `/api/spaces/${id}/tasks/${made.id}`
  for (const [method, where, body, field] of [
    ['PATCH', path, { status: 'LATER' }, 'status'],
    ['PATCH', path, { title: '' }, 'title'],
    ['PATCH', path, { colour: 'red' }, 'colour'],
    ['PATCH', path, { order: 'A' }, 'order'],
    ['POST', `/api/spaces/${id}/tasks`, { text: 'no title' }, 'title'],
    ['POST', `${path}/move`, { status: 'TODO', before: 'a', after: 'b' }, 'before'],
    ['POST', `/api/spaces/${id}/polls`, { question: 'Which?', options: [{ id: 'a', text: 'one' }] }, 'options'],
  ] as const) {
    const refused = await ann.request(method, where, body)
    expect(refused.status, `${method} ${JSON.stringify(body)}`).toBe(400)
    expect(refused.body.type).toBe('urn:problem:invalid-input')
    expect(refused.body.errors[0].path).toBe(field)
  }
  expect((await ann.request('POST', `${path}/move`, { status: 'DONE', before: 'gone' })).status).toBe(409)
  expect((await ann.request('PATCH', `/api/spaces/${id}/tasks/gone`, { title: 'x' })).status).toBe(404)
  expect((await ann.request('DELETE', `/api/spaces/${id}/tasks/gone`)).status).toBe(404)
  const { tasks } = (await ann.request('GET', `/api/spaces/${id}/board`)).body
  expect(tasks).toEqual([made])

  const stranger = await registerPerson(node.url, 'Stranger')
  expect((await stranger.request('GET', `/api/spaces/${id}/board`)).status).toBe(404)
  expect((await stranger.request('PATCH', path, { title: 'mine' })).status).toBe(404)
  await ann.request('PUT', `/api/documents/${name}/members/${stranger.id}`, { role: 'viewer' })
  expect((await stranger.request('GET', `/api/spaces/${id}/board`)).status).toBe(200)
  expect((await stranger.request('PATCH', path, { title: 'mine' })).status).toBe(403)
})

test('a poll has one vote per person, and changes to votes by clients are reverted', async () => {
  const { id, name } = await space()
  const options = [
    { id: 'a', text: 'Monday' },
    { id: 'b', text: 'Friday' },
  ]
  const poll = (await ann.request('POST', `/api/spaces/${id}/polls`, { question: 'When?', options })).body
  const votes = `/api/spaces/${id}/polls/${poll.id}/votes`
  await ann.request('POST', votes, { optionId: 'a' })
  await ben.request('POST', votes, { optionId: 'a' })
  const changed = await ben.request('POST', votes, { optionId: 'b' })
  expect(changed.body).toMatchObject({ mine: 'b', options: [{ votes: 1 }, { votes: 1 }] })
  expect((await ben.request('POST', votes, { optionId: 'c' })).status).toBe(400)

  const page = await at(name, ben)
  const cast = page.document.getMap<Y.Map<unknown>>('votes')
  const forged = `${poll.id}:01900000-0000-7000-8000-000000000000`
  page.document.transact(() => {
    cast.set(forged, new Y.Map(Object.entries({ pollId: poll.id, userId: forged.split(':')[1], optionId: 'b' })))
    cast.get(`${poll.id}:${ann.id}`)?.set('optionId', 'b')
    cast.delete(`${poll.id}:${ben.id}`)
  })
  await waitUntil(() => page.told.length === 3, 'the author to be told')
  await waitUntil(() => cast.size === 2 && cast.get(`${poll.id}:${ann.id}`)?.get('optionId') === 'a', 'the votes to be put back')
  expect(cast.get(`${poll.id}:${ben.id}`)?.get('optionId')).toBe('b')
  await ann.request('PATCH', `/api/spaces/${id}/polls/${poll.id}`, { closed: true })
  expect((await ben.request('POST', votes, { optionId: 'a' })).status).toBe(409)
})

test('an invalid change is corrected and reported to its author; edits of others and the text stay', async () => {
  const { id, name } = await space()
  const good = (await ann.request('POST', `/api/spaces/${id}/tasks`, { title: 'Lamp' })).body
  const other = (await ann.request('POST', `/api/spaces/${id}/tasks`, { title: 'Seal' })).body
  const hostile = await at(name, ben)
  const honest = await at(name, ann)
  const rows = (await node.journal.rowsAfter(id, 0)).length
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [new Y.XmlText('what Ann writes')])
  honest.document.getXmlFragment('default').insert(0, [paragraph])
  await waitUntil(() => isSaved(honest), 'the text to be saved')

  const tasks = hostile.document.getMap<unknown>('tasks')
  hostile.document.transact(() => {
    const held = task(hostile, good.id) as Y.Map<unknown>
    held.set('status', 'BURNED')
    held.set('title', new Y.Text('a type where a value belongs'))
    held.set('__proto__', { admin: true })
    held.set('text', 'this is fine, and stays')
    tasks.set(other.id, 'no map at all')
    tasks.set('no title', new Y.Map())
    tasks.set('new', new Y.Map([['status', 'TODO']]))
    hostile.document.getText('own').insert(0, 'a root of their own')
  })
  await waitUntil(() => hostile.told.length >= 6, 'the author to be told')
  expect(hostile.told.map(({ path }) => path).sort()).toEqual(
    [`${good.id}.__proto__`, `${good.id}.status`, `${good.id}.title`, other.id, 'new.title', 'no title']
      .map((path) => `tasks.${path}`)
      .sort(),
  )
  for (const one of [hostile, honest]) {
    await waitUntil(() => one.document.getMap('tasks').size === 2, 'what is no task to go')
    expect(task(one, good.id)?.toJSON()).toEqual({ ...good, id: undefined, text: 'this is fine, and stays' })
    await waitUntil(() => task(one, other.id)?.get?.('title') === 'Seal', 'the task to come back')
    expect(one.document.getText('own').toString()).toBe('a root of their own')
    expect(one.document.getXmlFragment('default').toString()).toBe('<paragraph>what Ann writes</paragraph>')
  }
  expect(honest.told).toEqual([])
  // one row by the author and one by the server: the correction does not loop
  await node.journal.drain()
  const written = (await node.journal.rowsAfter(id, rows)).map(({ actor }) => actor)
  expect(written).toEqual([ann.id, ben.id, null])

  honest.document.getMap<Y.Map<unknown>>('tasks').get(good.id)?.set('title', 'Lamp, still')
  await waitUntil(() => task(hostile, good.id)?.get('title') === 'Lamp, still', 'work to go on')
})

test('a board root used as a text is emptied, and entries above the limit of 500 are removed', async () => {
  const { id, name } = await space()
  const hostile = await at(name, ben)
  const wrong = new Y.Doc()
  wrong.getText('tasks').insert(0, 'a text where a map belongs')
  Y.applyUpdate(hostile.document, Y.encodeStateAsUpdate(wrong))
  await waitUntil(() => hostile.told.some(({ path }) => path === 'tasks'), 'the author to be told')
  await waitUntil(() => hostile.document.getMap('tasks').toJSON() && isSaved(hostile), 'everything to be saved')
  const { document } = await import('../../domain/documents/journal/snapshot.ts').then(({ readCommittedDocument }) =>
    readCommittedDocument({ db: node.database.sql }, id),
  )
  expect(document.getText('tasks').toString()).toBe('')

  const ideas = hostile.document.getMap<unknown>('ideas')
  hostile.document.transact(() => {
    for (let n = 0; n < 700; n++) ideas.set(`i${n}`, new Y.Map([['title', `idea ${n}`]]))
  })
  await waitUntil(() => ideas.size === 500, 'the flood to be cut off')
  // REST reads committed state, which can be later than the broadcast
  await waitUntil(
    async () => (await ann.request('GET', `/api/spaces/${id}/board`)).body.ideas.length === 500,
    'what is left to be committed',
  )
  expect((await ann.request('POST', `/api/spaces/${id}/ideas`, { title: 'one more' })).status).toBe(409)
})
