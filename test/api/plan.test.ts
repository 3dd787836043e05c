import { afterAll, beforeAll, expect, test } from 'vitest'
import type * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let id: string
let planPath: string
let editor: OpenDocument
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  const { body } = await ann.request('POST', '/api/ventures', { name: 'Lanternfish' })
  id = body.id
  planPath = `/api/ventures/${id}/plan`
  editor = await openDocument(node.url, body.planDocumentName, ann.token)
})
afterAll(() => editor.close())

const readPlan = async () => (await ann.request('GET', planPath)).body

test('an empty plan has 30 days and no start date; starting it several times adds phases and milestones once', async () => {
  expect(await readPlan()).toEqual({
    startsOn: null,
    days: 30,
    launchesOn: null,
    phases: [],
    milestones: [],
    raci: [],
    goals: [],
    risks: [],
    figures: [],
  })
  const path = `/api/ventures/${id}/timeline`
  const responses = await Promise.all([0, 1].map(() => ann.request('POST', path, { startsOn: '2027-03-01' })))
  expect(responses.map(({ status }) => status)).toEqual([201, 201])
  const { body } = await ann.request('GET', path)
  expect(body.phases.map((phase: any) => [phase.name, phase.startDay, phase.endDay])).toEqual([
    ['Foundation', 1, 7],
    ['Sprint 1', 8, 15],
    ['Sprint 2', 16, 23],
    ['Launch', 24, 30],
  ])
  expect(body.milestones.map((milestone: any) => milestone.day)).toEqual([3, 15, 28])
  expect(editor.document.getMap('phases').size).toBe(4)
  // later changes are kept
  await ann.request('PATCH', `${planPath}/phases/foundation`, { state: 'COMPLETED' })
  expect((await ann.request('POST', path, { days: 45 })).body).toMatchObject({ startsOn: '2027-03-01', days: 45 })
  expect((await readPlan()).phases[0]).toMatchObject({ id: 'foundation', state: 'COMPLETED' })
})

test('an entry of each section is added over REST, changed in the live document, read over REST, and deleted', async () => {
  for (const [name, input, field, value] of [
    ['phases', { name: 'After', startDay: 31, endDay: 40 }, 'endDay', 45],
    ['milestones', { title: 'First sale', day: 29 }, 'state', 'ACHIEVED'],
    ['raci', { activity: 'Build the lamp', responsible: 'Ann' }, 'accountable', 'Ben'],
    ['goals', { title: 'Ten divers', target: 10, unit: 'divers', dueOn: '2027-03-30' }, 'current', 4],
    ['risks', { title: 'It leaks', impact: 5, probability: 3 }, 'probability', 2],
    ['figures', { name: 'Orders', unit: 'lamps' }, 'unit', 'pieces'],
  ] as const) {
    const added = await ann.request('POST', `${planPath}/${name}`, input)
    expect(added.status, JSON.stringify(added.body)).toBe(201)
    expect(added.body).toMatchObject(input)
    const entries = editor.document.getMap<Y.Map<unknown>>(name)
    const entry = await waitUntil(() => entries.get(added.body.id), `the new entry of ${name} to appear`)
    entry.set(field, value)
    await waitUntil(() => isSaved(editor), 'the change to be saved')
    const stored = (await readPlan())[name].find((item: any) => item.id === added.body.id)
    expect(stored).toMatchObject({ ...input, [field]: value })
    expect((await ann.request('PATCH', `${planPath}/${name}/${added.body.id}`, { nonsense: 1 })).body.errors[0].path).toBe('nonsense')
    expect((await ann.request('DELETE', `${planPath}/${name}/${added.body.id}`)).status).toBe(200)
    await waitUntil(() => !entries.has(added.body.id), `the deleted entry of ${name} to disappear`)
  }
})

test('the old risks path lists risks by score, highest first; a score of 15 or more is high', async () => {
  const risks = `/api/ventures/${id}/risks`
  await ann.request('POST', risks, { title: 'Rain', impact: 2, probability: 2 })
  await ann.request('POST', risks, { title: 'No money', impact: 5, probability: 3 })
  await ann.request('POST', risks, { title: 'No divers', impact: 4, probability: 3 })
  expect((await ann.request('POST', risks, { title: 'Odd', impact: 6, probability: 3 })).body.errors[0].path).toBe('impact')
  const { body } = await ann.request('GET', risks)
  expect(body.items.map(({ title, score, high }: any) => [title, score, high])).toEqual([
    ['No money', 15, true],
    ['No divers', 12, false],
    ['Rain', 4, false],
  ])
})

test('readings of a figure are sorted by date; the old path adds and changes milestones', async () => {
  const figure = (await ann.request('POST', `${planPath}/figures`, { name: 'Divers', unit: 'people' })).body
  for (const [on, value] of [
    ['2027-03-10', 7],
    ['2027-03-02', 3],
  ])
    await ann.request('POST', `${planPath}/readings`, { figureId: figure.id, on, value })
  const stored = (await readPlan()).figures.find((item: any) => item.id === figure.id)
  expect(stored.readings.map(({ value }: any) => value)).toEqual([3, 7])
  const added = await ann.request('POST', `/api/ventures/${id}/timeline/milestones`, { title: 'Price agreed', day: 20 })
  expect(added.status).toBe(201)
  const updated = await ann.request('PUT', `/api/ventures/${id}/timeline/milestones/${added.body.id}`, { state: 'DELAYED' })
  expect(updated.body).toMatchObject({ title: 'Price agreed', state: 'DELAYED' })
})

test('the server corrects an invalid live change of a plan', async () => {
  const goal = (await ann.request('POST', `${planPath}/goals`, { title: 'Ten divers' })).body
  const entry = await waitUntil(() => editor.document.getMap<Y.Map<unknown>>('goals').get(goal.id), 'the goal to appear')
  entry.set('current', Number.POSITIVE_INFINITY)
  await waitUntil(() => entry.get('current') === 0, 'the number to be corrected')
})
