import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { shareSubject } from '../support/builders.ts'
import { type ApiResponse, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
/** The administrator. */
let ada: Person
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ada = await registerPerson(node.url, 'Ada')
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})

const createDraft = async (more: object = { templateId: 'mutual-nda' }): Promise<{ id: string; path: string }> => {
  const { body } = await ann.request('POST', '/api/legal/documents', { title: 'Agreement', ...more })
  return { id: body.id, path: `/api/state-machines/legalDocument/${body.id}` }
}
const send = (person: Person, path: string, event: string, more: object = {}, headers?: Record<string, string>): Promise<ApiResponse> =>
  person.request('POST', `${path}/event`, { event, ...more }, headers)
const codeOf = ({ body }: ApiResponse): string => String(body.type).replace('urn:problem:', '')

test('a draft has a machine, which an event moves, and the draft and the history show it', async () => {
  const { id, path } = await createDraft()
  expect((await ann.request('GET', `${path}/state`)).body).toMatchObject({
    type: 'legalDocument',
    id,
    subject: `legal:${id}`,
    state: 'draft',
    version: 1,
    done: false,
    timers: [],
  })
  const before = await ann.request('GET', `/api/legal/documents/${id}`)
  expect((await send(ann, path, 'SUBMIT_FOR_REVIEW', { reason: 'Ready' })).body).toMatchObject({ state: 'under_review', version: 2 })
  const after = await ann.request('GET', `/api/legal/documents/${id}`)
  expect(after.body.state).toBe('under_review')
  expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'))
  const { body: history } = await ann.request('GET', `${path}/history`)
  expect(history.items).toMatchObject([
    {
      version: 2,
      event: 'SUBMIT_FOR_REVIEW',
      from: 'draft',
      to: 'under_review',
      reason: 'Ready',
      actor: { kind: 'person', id: ann.id, name: 'Ann' },
    },
    { version: 1, event: 'START', from: null, to: 'draft', reason: null },
  ])
  const { body: page } = await ann.request('GET', `${path}/history?limit=1`)
  expect(page.items).toEqual(history.items.slice(0, 1))
  expect((await ann.request('GET', `${path}/history?limit=1&cursor=${page.nextCursor}`)).body).toEqual({
    items: history.items.slice(1),
    nextCursor: null,
  })
})

test('an unknown event, one of somebody else and one that is not allowed now are three problems, and change nothing', async () => {
  const { id, path } = await createDraft()
  await shareSubject(ann, `/api/legal/documents/${id}`, 'viewer', ben)
  expect(codeOf(await send(ann, path, 'FLY'))).toBe('invalid-input')
  expect(codeOf(await send(ann, path, 'constructor'))).toBe('invalid-input')
  expect(codeOf(await send(ben, path, 'SUBMIT_FOR_REVIEW'))).toBe('forbidden')
  expect(codeOf(await send(ann, path, 'SIGNATURES_VERIFIED'))).toBe('forbidden')
  expect(codeOf(await send(ann, path, 'TERMINATE'))).toBe('conflict')
  expect(codeOf(await send(ann, path, 'SUBMIT_FOR_REVIEW', { state: 'effective' }))).toBe('invalid-input')
  expect(codeOf(await send(ann, path, 'SUBMIT_FOR_REVIEW', { reason: 'x'.repeat(2001) }))).toBe('invalid-input')
  expect((await ann.request('GET', `${path}/state`)).body).toMatchObject({ state: 'draft', version: 1 })
})

test('an empty draft gets the text of its template, as a job', async () => {
  const { id, path } = await createDraft({ kind: 'nda' })
  expect((await send(ann, path, 'GENERATE_TEMPLATE')).body.state).toBe('template_generation')
  await waitUntil(async () => (await ann.request('GET', `${path}/state`)).body.state === 'draft', 'the text to be generated')
  const { body } = await ann.request('GET', `/api/legal/documents/${id}/variables`)
  expect(body.items.find(({ name }: { name: string }) => name === 'first-party')).toMatchObject({ value: 'Ann' })
  expect((await ann.request('GET', `${path}/history`)).body.items.map(({ event }: { event: string }) => event)).toEqual([
    'TEMPLATE_GENERATED',
    'GENERATE_TEMPLATE',
    'START',
  ])
  expect(codeOf(await send(ann, path, 'GENERATE_TEMPLATE'))).toBe('conflict')
  const other = await createDraft({ kind: 'other' })
  expect((await send(ann, other.path, 'GENERATE_TEMPLATE')).body.detail).toContain('There is no template of its kind.')
})

test('a guard answers with its reason', async () => {
  const { path } = await createDraft({})
  const refused = await send(ann, path, 'SUBMIT_FOR_REVIEW')
  expect([codeOf(refused), refused.body.detail]).toEqual([
    'conflict',
    'SUBMIT_FOR_REVIEW is not allowed in the state draft: The document has no text.',
  ])
})

test('a machine is not found by strangers, of an unknown type, or of nothing', async () => {
  const { id, path } = await createDraft()
  const nothing = `/api/state-machines/legalDocument/${ann.id}`
  for (const [person, base] of [
    [ben, path],
    [ann, `/api/state-machines/rocket/${id}`],
    [ann, nothing],
    [ada, nothing],
  ] as const) {
    for (const view of ['state', 'history', 'events', 'diagram']) {
      expect([base, view, codeOf(await person.request('GET', `${base}/${view}`))]).toEqual([base, view, 'not-found'])
    }
    expect(codeOf(await send(person, base, 'CANCEL'))).toBe('not-found')
  }
  expect(codeOf(await ben.request('POST', '/api/state-machines/create', { type: 'legalDocument', id }))).toBe('not-found')
  expect(codeOf(await ann.request('POST', '/api/state-machines/create', { type: 'rocket', id }))).toBe('not-found')
  expect(codeOf(await ann.request('POST', '/api/state-machines/create', { type: 'legalDocument', id }))).toBe('conflict')
})

test('the events of a state say what a person can send, and why not the others', async () => {
  const { id, path } = await createDraft()
  await shareSubject(ann, `/api/legal/documents/${id}`, 'editor', ben)
  const eventsOf = async (person: Person) => {
    const { body } = await person.request('GET', `${path}/events`)
    return Object.fromEntries(
      body.events.map((one: { event: string; allowed: boolean; reasons: string[] }) => [one.event, one.allowed || one.reasons]),
    )
  }
  expect(await eventsOf(ann)).toEqual({ SUBMIT_FOR_REVIEW: true, GENERATE_TEMPLATE: ['The document has a text already.'], CANCEL: true })
  expect(await eventsOf(ben)).toMatchObject({
    SUBMIT_FOR_REVIEW: true,
    CANCEL: ['CANCEL takes an owner of the draft. This requires the role owner; your role is editor.'],
  })
})

test('the diagram is Mermaid text with the current state marked', async () => {
  const { path } = await createDraft()
  const { body } = await ann.request('GET', `${path}/diagram`)
  const lines = body.mermaid.split('\n')
  expect(lines[0]).toBe('stateDiagram-v2')
  for (const line of ['[*] --> draft', 'draft --> under_review: SUBMIT_FOR_REVIEW', 'cancelled --> [*]', 'class draft current'])
    expect(lines).toContain(`  ${line}`)
})

test('one idempotency key moves a machine once', async () => {
  const { path } = await createDraft()
  const key = { 'idempotency-key': `submit ${path}` }
  const responses = await Promise.all(Array.from({ length: 5 }, () => send(ann, path, 'SUBMIT_FOR_REVIEW', {}, key)))
  expect(responses.map(({ status, body }) => [status, body.version])).toEqual(Array.from({ length: 5 }, () => [200, 2]))
  expect((await ann.request('GET', `${path}/history`)).body.items).toHaveLength(2)
  expect(codeOf(await send(ann, path, 'CANCEL', {}, key))).toBe('idempotency-key-reused')
})

test('of eight people who send at once one wins, and the others get a conflict', async () => {
  const { id, path } = await createDraft()
  await shareSubject(ann, `/api/legal/documents/${id}`, 'owner', ben)
  for (const event of ['SUBMIT_FOR_REVIEW', 'CANCEL']) {
    const responses = await Promise.all(Array.from({ length: 8 }, (_, n) => send(n % 2 ? ann : ben, path, event)))
    const codes = responses.map((response) => (response.status === 200 ? 'moved' : codeOf(response)))
    expect(codes.sort()).toEqual([...Array.from({ length: 7 }, () => 'conflict'), 'moved'])
  }
  expect((await ann.request('GET', `${path}/history`)).body.items.map(({ version }: { version: number }) => version)).toEqual([3, 2, 1])
})

test('an event with a stale If-Match is refused', async () => {
  const { path } = await createDraft()
  const etag = (await ann.request('GET', `${path}/state`)).headers.get('etag') as string
  expect((await send(ann, path, 'SUBMIT_FOR_REVIEW', {}, { 'if-match': etag })).status).toBe(200)
  expect(codeOf(await send(ann, path, 'CANCEL', {}, { 'if-match': etag }))).toBe('precondition-failed')
})

test('the active machines are those that a person can see; administrators see all', async () => {
  const { id, path } = await createDraft()
  const other = await createDraft()
  await shareSubject(ann, `/api/legal/documents/${id}`, 'viewer', ben)
  await send(ann, path, 'SUBMIT_FOR_REVIEW')
  await send(ann, other.path, 'CANCEL')
  const idsOf = async (person: Person, search = '') => {
    const found: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: ApiResponse = await person.request('GET', `/api/state-machines/active?limit=2${search}${cursor && `&cursor=${cursor}`}`)
      found.push(...page.body.items.map((machine: { id: string }) => machine.id))
      cursor = page.body.nextCursor
    }
    return found
  }
  expect(await idsOf(ben, '&type=legalDocument&state=under_review')).toEqual([id])
  const all = await idsOf(ada)
  expect(new Set(all).size).toBe(all.length)
  expect(all).toContain(id)
  expect(all).not.toContain(other.id)
  expect(await idsOf(ann)).toEqual(all)
  for (const filter of ['type=rocket', 'state=flying', 'type=legalDocument&state=compliant'])
    expect(codeOf(await ann.request('GET', `/api/state-machines/active?${filter}`))).toBe('invalid-input')
})
