import { beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { type Endpoint, impliedFields, pathParameters } from '../../api/http/endpoint.ts'
import { endpoints } from '../../api/routes/endpoints.ts'
import { problems } from '../../domain/kernel/errors.ts'
import type { Node } from '../../main.ts'
import { type ApiResponse, sendRequest, type Person, registerPerson } from '../support/client.ts'
import { waitForNotification } from '../support/inbox.ts'
import { getEmptyNode } from '../support/node.ts'
import { createExample, loadSubjectExamples } from '../support/subject-examples.ts'
import { createPushBrowser } from '../support/push-service.ts'
import { prepareEnvelope } from '../support/signing.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let stranger: Person
/** Ids of Ann's resources, by the part of the path before its first parameter. */
const ids: Record<string, string> = {}
let storedBefore: string

beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  stranger = await registerPerson(node.url, 'Sam')
  for (const example of await loadSubjectExamples()) ids[example.path] = await createExample(ann, example)
  const documentName = `legal:${ids['/legal/documents']}`
  const notification = await waitForNotification(ann, ({ type }) => type === 'user.welcome', 'Ann’s welcome notification')
  const { body: webhook } = await ann.request('POST', '/api/webhooks', { url: 'https://example.org/hook', audience: documentName })
  const { body: exported } = await ann.request('POST', `/api/documents/${documentName}/exports`, { format: 'markdown' })
  const file = { 'content-type': 'application/octet-stream' }
  const { body: imported } = await ann.request('POST', '/api/imports?name=Imported.md', '# Imported', file)
  const envelope = await prepareEnvelope(ann, ids['/legal/documents'] as string, {})
  const mail = await waitUntil(async () => (await ann.request('GET', '/api/outbox')).body.items[0], 'Ann’s welcome mail')
  Object.assign(ids, {
    '/documents': documentName,
    '/subjects': documentName,
    '/users': ann.id,
    '/conversations': ids['/spaces'],
    '/websocket/venture': ids['/ventures'],
    '/websocket/team': ids['/spaces'],
    '/notifications': notification.id,
    '/notifications/settings': ann.id,
    '/notifications/stats': ann.id,
    '/notifications/user': ann.id,
    '/exports': exported.id,
    '/imports': imported.id,
    '/legal/envelopes': envelope.id,
    '/legal/levels': ann.id,
    '/legal/compliance': ann.id,
    '/webhooks': webhook.id,
    '/deliveries': mail.id,
    '/outbox': mail.id,
  })
  storedBefore = await readStored()
})

/** Everything that Ann can see, to compare before and after. */
async function readStored(): Promise<string> {
  const paths = [
    '/api/documents',
    '/api/ventures',
    '/api/spaces',
    '/api/legal/documents',
    '/api/users',
    `/api/documents/${ids['/documents']}/members`,
  ]
  const responses = await Promise.all(paths.map((path) => ann.request('GET', path)))
  // the import finishes at an unknown time
  return JSON.stringify(responses.map(({ body }) => (body.items ?? []).filter(({ title }: { title?: string }) => title !== 'Imported')))
}

function expectProblem({ status, headers, body }: ApiResponse, code: keyof typeof problems) {
  expect(headers.get('content-type')).toContain('application/problem+json')
  expect(body).toMatchObject({
    type: `urn:problem:${code}`,
    status,
    title: expect.any(String),
    detail: expect.any(String),
    id: expect.any(String),
  })
  expect(status).toBe(problems[code].status)
}

/** The part of the path before its first parameter. */
const toPathPrefix = ({ path }: Endpoint) => path.slice(0, path.indexOf('/:'))

/** @throws Error for an endpoint without an example, because its checks would not request an existing resource */
function findExampleId(endpoint: Endpoint): string {
  const id = ids[toPathPrefix(endpoint)]
  if (!id) throw new Error(`There is no example of ${toPathPrefix(endpoint)}: add it to test/support/examples/<slice>.ts or to this file.`)
  return id
}
const absentId = '01a1fc0a-edfa-7688-b7f5-c95999d90817'
/** Parameters that are not UUIDs. */
const nonUuidExamples: Record<string, string> = { emoji: encodeURIComponent('👍'), templateId: 'mutual-nda', type: 'legalDocument' }
/** A valid value of a parameter: the first parameter names an existing resource, later ones name an absent resource. */
function createParameterValue(endpoint: Endpoint, name: string): string {
  if (name === 'userId') return stranger.id
  if (name === 'kind') return endpoint.path.startsWith('/legal/kinds') ? 'privacy-notice' : 'sealed'
  return nonUuidExamples[name] ?? (pathParameters(endpoint.path)[0] === name ? findExampleId(endpoint) : absentId)
}
/** The endpoint's URL, with existing ids and the required query parameters. */
const toAddress = (endpoint: Endpoint, replacements: Record<string, string> = {}) =>
  toPath(endpoint, replacements) + (endpoint.method === 'get' ? createQuery(endpoint) : '')
const toPath = (endpoint: Endpoint, replacements: Record<string, string>) =>
  `/api${endpoint.path.replace(/:(\w+)/g, (_, name: string) => replacements[name] ?? createParameterValue(endpoint, name))}`
const withTitles = (tested: readonly Endpoint[]) =>
  tested.map((endpoint) => [`${endpoint.method.toUpperCase()} ${endpoint.path}`, endpoint] as const)

/** A valid value for each field of a body. */
const validValues: Record<string, unknown> = {
  email: 'x@example.org',
  password: 'long enough',
  name: 'Name',
  title: 'Title',
  purpose: 'Purpose',
  role: 'viewer',
  kind: 'nda',
  refreshToken: 'x',
  status: 'active',
  text: 'Text',
  state: 'open',
  anchor: { start: 'AAAA', end: 'AAAA' },
  userId: absentId,
  clauseId: absentId,
  values: { field: 'Value' },
  content: { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Words' }] }] },
  format: 'pdf',
  until: new Date(Date.now() + 3_600_000).toISOString(),
  recipientId: absentId,
  data: { one: 1 },
  decision: 'approve',
  consentVersion: '2026-11',
  mark: { kind: 'typed', text: 'Name' },
  deadline: new Date(Date.now() + 3_600_000).toISOString(),
  level: 'MEMBER',
  event: 'SUBMIT_FOR_REVIEW',
  type: 'userCompliance',
  expectedHash: '0'.repeat(64),
  blocking: true,
  personId: absentId,
  tokenData: { one: 1 },
  subject: `space:${absentId}`,
  userIds: [absentId],
  url: 'https://example.org/hook',
  events: ['*'],
  keys: createPushBrowser('https://example.org').subscription.keys,
}
function listFields(endpoint: Endpoint): [string, z.ZodType][] {
  const omitted = [...pathParameters(endpoint.path), ...impliedFields(endpoint)]
  return Object.entries(endpoint.operation.input.shape as z.ZodRawShape).filter(([name]) => !omitted.includes(name)) as [
    string,
    z.ZodType,
  ][]
}
/** For any other field, at least one of these values is valid. */
const samples = [
  'Some words',
  3,
  true,
  '2027-03-01',
  '3',
  [
    { id: 'a', text: 'One' },
    { id: 'b', text: 'Two' },
  ],
]
function createSample(name: string, schema: z.ZodType): unknown {
  const options = (schema as Partial<z.ZodEnum>).options ?? []
  const isValid = (value: unknown) => schema.safeParse(value).success
  if (name in validValues && isValid(validValues[name])) return validValues[name]
  return isValid(undefined) ? undefined : [...options, ...samples].find(isValid)
}
const createBody = (endpoint: Endpoint) =>
  Object.fromEntries(
    listFields(endpoint)
      .map(([name, schema]) => [name, createSample(name, schema)])
      .filter(([, value]) => value !== undefined),
  )
function createQuery(endpoint: Endpoint): string {
  const required = listFields(endpoint).filter(([, schema]) => !schema.safeParse(undefined).success)
  const query = new URLSearchParams(required.map(([name, schema]) => [name, String(createSample(name, schema))])).toString()
  return query && `?${query}`
}
/** Endpoints with a JSON body. `imports.test.ts` and `messaging.test.ts` test uploads. */
const withBody = endpoints.filter(
  ({ method, options }) => ['post', 'put', 'patch'].includes(method) && !options.upload && !options.ignoresBody,
)

describe.each(withTitles(withBody))('%s', (_, endpoint) => {
  const send = (body: unknown, headers?: Record<string, string>) =>
    ann.request(endpoint.method.toUpperCase(), toAddress(endpoint), body, headers)

  test('refuses an unknown field and names it', async () => {
    const response = await send({ ...createBody(endpoint), surprise: 1 })
    expectProblem(response, 'invalid-input')
    expect(response.body.errors).toContainEqual({ path: 'surprise', message: 'unknown field' })
  })

  test('refuses a field that has a wrong type, is too long or is missing, and names it', async () => {
    for (const [name, schema] of listFields(endpoint)) {
      for (const wrongValue of [{ deep: true }, 12, true, [], 'x'.repeat(5001)]) {
        // a list or a record may be empty, and some fields accept these values
        if (schema.safeParse(wrongValue).success) continue
        const response = await send({ ...createBody(endpoint), [name]: wrongValue })
        expectProblem(response, 'invalid-input')
        expect(response.body.errors.map(({ path }: { path: string }) => path.split('.')[0])).toContain(name)
      }
      if (!schema.safeParse(undefined).success) {
        const { [name]: _left, ...rest } = createBody(endpoint)
        const response = await send(rest)
        expectProblem(response, 'invalid-input')
        expect(response.body.errors.map(({ path }: { path: string }) => path)).toContain(name)
      }
    }
  })

  test('refuses a body that is not JSON, not an object, of another media type, or too large', async () => {
    for (const text of ['{"name":', 'hello', '{"a":1}}', '[]', '"text"', '12', 'null', '{"__proto__":{"admin":true}}'])
      expectProblem(await send(text), 'invalid-input')
    expectProblem(await send('name=x', { 'content-type': 'application/x-www-form-urlencoded' }), 'invalid-input')
    expectProblem(await send('<name/>', { 'content-type': 'text/xml' }), 'invalid-input')
    expectProblem(await send(`{"name":"${'x'.repeat(1_100_000)}"}`), 'too-large')
  })
})

/**
 * Endpoints whose first parameter is an id. `auth.test.ts`, `outbox.test.ts`, `audit-log.test.ts`, `state-machines.test.ts` and
 * `compliance.test.ts` test those that take a token, a number, a type or a kind.
 */
const withId = endpoints.filter(
  ({ path, options }) => path.includes(':') && !/^\/auth|:token|:position|\/:type|^\/legal\/kinds/.test(path) && !options.upload,
)
/** Resources that all people can see, or know that they exist. */
const visiblePrefixes = ['/users', '/legal/levels', '/legal/compliance']

describe.each(withTitles(withId))('%s', (_, endpoint) => {
  const send = (person: Person, replacements: Record<string, string>) =>
    person.request(
      endpoint.method.toUpperCase(),
      toAddress(endpoint, replacements),
      ['post', 'put', 'patch'].includes(endpoint.method) ? createBody(endpoint) : undefined,
    )
  const [parameter] = pathParameters(endpoint.path) as [string]
  const isDocument = parameter === 'documentName' || parameter === 'subject'
  const absentValue = isDocument ? `legal:${absentId}` : absentId

  test('refuses a malformed id', async () => {
    for (const badId of ['x', '1', "';drop table document", '%00', 'null', 'undefined', 'legal:', '__proto__', 'x'.repeat(3000)]) {
      expectProblem(await send(ann, { [parameter]: encodeURIComponent(badId) }), 'invalid-input')
    }
  })

  test('gives the same response for an absent resource, one of another kind, and one of another person', async () => {
    // everyone can read templates, and their ids are words
    if (visiblePrefixes.includes(toPathPrefix(endpoint)) || parameter === 'templateId') return
    const responses = [
      await send(stranger, { [parameter]: absentValue }),
      // a path with a user id names that person's own resources
      await send(stranger, parameter === 'userId' ? { userId: ann.id } : {}),
      await send(ann, {
        [parameter]: isDocument
          ? `space:${ids['/legal/documents']}`
          : (ids[toPathPrefix(endpoint) === '/legal/documents' ? '/spaces' : '/legal/documents'] as string),
      }),
    ]
    for (const response of responses) expectProblem(response, 'not-found')
    expect(new Set(responses.map(({ body }) => JSON.stringify({ ...body, id: '' }))).size).toBe(1)
  })

  test('refuses an id in the body, and a request without a token', async () => {
    if (endpoint.method !== 'get' && endpoint.method !== 'delete') {
      const response = await ann.request(endpoint.method.toUpperCase(), toAddress(endpoint), {
        ...createBody(endpoint),
        [parameter]: nonUuidExamples[parameter] ?? findExampleId(endpoint),
      })
      expectProblem(response, 'invalid-input')
    }
    expectProblem(
      await sendRequest(
        node.url,
        endpoint.method.toUpperCase(),
        toAddress(endpoint),
        endpoint.method === 'get' || endpoint.method === 'delete' ? undefined : createBody(endpoint),
      ),
      'unauthenticated',
    )
  })
})

test('after all these requests nothing was stored, and the server still responds', async () => {
  expect(await readStored()).toBe(storedBefore)
  expect((await sendRequest(node.url, 'GET', '/api/health')).body.status).toBe('ok')
})
