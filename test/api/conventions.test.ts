import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { endpoints } from '../../api/routes/endpoints.ts'
import { problems } from '../../domain/kernel/errors.ts'
import type { Node } from '../../main.ts'
import { sendRequest, type Person, registerPerson } from '../support/client.ts'
import { createEmptyDatabase, getEmptyNode, startNode } from '../support/node.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

test('a cursor reads a list to its end without gaps or duplicates while items are added', async () => {
  const createdIds = new Set<string>()
  for (let n = 0; n < 45; n++) createdIds.add((await ann.request('POST', '/api/spaces', { name: `Space ${n}` })).body.id)
  for (const path of ['/api/spaces', '/api/documents?kind=space']) {
    const readIds: string[] = []
    let cursor: string | null = ''
    for (let pages = 0; cursor !== null; pages++) {
      const separator = path.includes('?') ? '&' : '?'
      const { body } = await ann.request('GET', `${path}${separator}limit=7${cursor && `&cursor=${cursor}`}`)
      readIds.push(...body.items.map(({ id }: { id: string }) => id))
      cursor = body.nextCursor
      if (pages < 2) await ann.request('POST', '/api/spaces', { name: 'Late' })
    }
    expect(new Set(readIds).size).toBe(readIds.length)
    for (const id of createdIds) expect(readIds).toContain(id)
  }
  expect((await ann.request('GET', '/api/spaces')).body.items).toHaveLength(20)
})

test.each(['limit=0', 'limit=101', 'limit=x', 'limit=1.5', 'cursor=x', 'cursor=e30', 'limit=1&limit=2', 'page=2'])(
  '?%s is refused',
  async (query) => {
    expect((await ann.request('GET', `/api/spaces?${query}`)).body.type).toBe('urn:problem:invalid-input')
  },
)

test('search finds parts of titles, ignores case, and treats `%` and `_` as plain characters', async () => {
  for (const name of ['100% ours', 'under_score', 'Plain']) await ann.request('POST', '/api/ventures', { name })
  const findTitles = async (q: string) =>
    (await ann.request('GET', `/api/documents?kind=plan&q=${encodeURIComponent(q)}`)).body.items.map(
      ({ title }: { title: string }) => title,
    )
  expect(await findTitles('0%')).toEqual(['100% ours'])
  expect(await findTitles('r_s')).toEqual(['under_score'])
  expect(await findTitles('PLAIN')).toEqual(['Plain'])
  expect(await findTitles('%%')).toEqual([])
})

test('an update with a stale If-Match is refused and changes nothing', async () => {
  const { body: draft, headers } = await ann.request('POST', '/api/legal/documents', { title: 'First' })
  const path = `/api/legal/documents/${draft.id}`
  const firstEtag = headers.get('etag') as string
  expect((await ann.request('GET', path)).headers.get('etag')).toBe(firstEtag)
  const changed = await ann.request('PATCH', path, { title: 'Second' }, { 'if-match': firstEtag })
  expect(changed.status).toBe(200)
  expect(changed.headers.get('etag')).not.toBe(firstEtag)
  for (const staleEtag of [firstEtag, '"77"', 'nonsense'])
    expect((await ann.request('PATCH', path, { title: 'Third' }, { 'if-match': staleEtag })).body.type).toBe(
      'urn:problem:precondition-failed',
    )
  expect((await ann.request('GET', path)).body.title).toBe('Second')
  expect((await ann.request('GET', `/api/documents/legal:${draft.id}`)).body.title).toBe('Second')
})

test('ten simultaneous requests with one idempotency key run once and create one resource', async () => {
  const key = { 'idempotency-key': 'one' }
  const responses = await Promise.all(Array.from({ length: 10 }, () => ann.request('POST', '/api/ventures', { name: 'Once' }, key)))
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201]))
  expect(new Set(responses.map(({ body }) => body.id)).size).toBe(1)
  expect((await ann.request('GET', '/api/ventures?q=Once')).body.items).toHaveLength(1)
  expect((await ann.request('POST', '/api/ventures', { name: 'Other' }, key)).body.type).toBe('urn:problem:idempotency-key-reused')
  const ben = await registerPerson(node.url, 'Ben')
  const { body } = await ben.request('POST', '/api/ventures', { name: 'Once' }, key)
  expect(body.id).not.toBe(responses[0]?.body.id)
  expect((await ann.request('POST', '/api/ventures', { name: 'x' }, { 'idempotency-key': 'k'.repeat(256) })).status).toBe(400)
})

test('`me` is the caller', async () => {
  expect((await ann.request('GET', '/api/users/me')).body.id).toBe(ann.id)
})

test('people search finds an e-mail address only in full, and does not return it', async () => {
  const ben = await registerPerson(node.url, 'Benedict')
  const findPeople = async (q: string) => (await ann.request('GET', `/api/users?q=${encodeURIComponent(q)}`)).body.items
  expect(await findPeople(ben.email)).toEqual([{ id: ben.id, name: 'Benedict', createdAt: expect.any(String) }])
  expect(await findPeople(ben.email.slice(0, -1))).toEqual([])
  expect(await findPeople('bened')).toHaveLength(1)
})

test('a client over the rate limit gets 429, with Retry-After', { timeout: 60_000 }, async () => {
  const { env, remove } = await createEmptyDatabase()
  const limitedNode = await startNode(env, { LIMITS: 'on', LIMIT_REQUESTS: '5', LIMIT_SIGN_INS: '3' })
  const ben = await registerPerson(limitedNode.url, 'Ben')
  for (let n = 0; n < 5; n++) {
    const { status, headers } = await ben.request('GET', '/api/auth/me')
    expect(status).toBe(200)
    expect(headers.get('ratelimit')).toMatch(new RegExp(`^"requests";r=${4 - n};t=\\d+$`))
  }
  const refused = await ben.request('GET', '/api/auth/me')
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  for (let n = 0; n < 2; n++) await sendRequest(limitedNode.url, 'POST', '/api/auth/login', { email: 'x@example.org', password: 'wrong' })
  expect((await sendRequest(limitedNode.url, 'POST', '/api/auth/login', { email: 'y@example.org', password: 'wrong' })).status).toBe(429)
  await limitedNode.stop()
  await remove()
})

test.each([
  ['GET', '/api/users/', undefined, 200],
  ['POST', '/api/users/create', { email: 'new@example.org', password: 'long enough', name: 'New' }, 201],
  ['GET', '/api/ventures/', undefined, 200],
  ['POST', '/api/ventures/create', { name: 'V' }, 201],
  ['GET', '/api/legal/documents', undefined, 200],
  ['POST', '/api/legal/documents', { title: 'T' }, 201],
  ['GET', '/api/auth/me', undefined, 200],
  ['GET', '/api/health', undefined, 200],
])('%s %s is served: a path of the original API description', async (method, path, body, status) => {
  expect((await ann.request(method, path, body)).status).toBe(status)
})

test('the OpenAPI document describes every endpoint, and the docs page loads only local files', async () => {
  const { body } = await sendRequest(node.url, 'GET', '/api/openapi.json')
  expect(body.openapi).toMatch(/^3\.1/)
  // path templates that differ only in parameter names are the same path
  const toShape = (path: string) => path.replace(/:\w+|\{\w+\}/g, '{}')
  const items = new Map(Object.entries<any>(body.paths).map(([path, item]) => [toShape(path), item]))
  expect(items.size).toBe(Object.keys(body.paths).length)
  const tags = body.tags.map(({ name, description }: { name: string; description: string }) => description && name)
  for (const { method, path } of endpoints) {
    const operation = items.get(toShape(path))?.[method]
    expect(operation, `${method} ${path}`).toMatchObject({ description: expect.stringMatching(/^[A-Z].*\.$/s), tags: [expect.any(String)] })
    expect(tags).toContain(operation.tags[0])
    for (const { in: place, required } of operation.parameters ?? []) if (place === 'path') expect(required).toBe(true)
  }
  expect(body.components.schemas.Problem).toBeDefined()
  const page = await sendRequest(node.url, 'GET', '/api/docs')
  expect(page.body).not.toMatch(/https?:/)
  for (const [, file] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) expect((await sendRequest(node.url, 'GET', file)).status).toBe(200)
})

test('health and metrics answer 200, pages have security headers, and the request id is returned', async () => {
  for (const path of ['/livez', '/readyz', '/api/health', '/metrics']) expect((await sendRequest(node.url, 'GET', path)).status).toBe(200)
  expect((await sendRequest(node.url, 'GET', '/metrics')).body).toContain('smartstart_edits_total')
  const { headers } = await sendRequest(node.url, 'GET', '/api/docs')
  expect(headers.get('content-security-policy')).toContain("default-src 'self'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  const response = await sendRequest(node.url, 'GET', '/livez', undefined, { 'x-request-id': 'from-the-proxy' })
  expect(response.headers.get('x-request-id')).toBe('from-the-proxy')
})

test('an unknown path gets 404 with a problem document, and HEAD is supported', async () => {
  for (const [method, path] of [
    ['GET', '/api/nothing'],
    ['POST', '/nothing'],
    ['GET', '/api/docs/package.json'],
  ] as const) {
    const response = await ann.request(method, path)
    expect(response.status).toBe(404)
    expect(response.body.type).toBe('urn:problem:not-found')
  }
  expect((await ann.request('HEAD', '/api/health')).status).toBe(200)
})

test('a path may be percent-encoded or end with a slash, and a malformed or incomplete path is refused', async () => {
  const { body: draft } = await ann.request('POST', '/api/legal/documents', { title: 'Agreement' })
  const name = `legal:${draft.id}`
  for (const path of [`/api/documents/${name}`, `/api/documents/${encodeURIComponent(name)}`, `/api/documents/${name}/`])
    expect((await ann.request('GET', path)).body.documentName).toBe(name)
  const head = await ann.request('HEAD', `/api/legal/documents/${draft.id}`)
  expect([head.status, head.headers.get('etag'), head.body]).toEqual([200, expect.stringMatching(/^"1-/), ''])
  // POST /users/create is an endpoint, but for GET `create` is an invalid user id
  expect((await ann.request('GET', '/api/users/create')).body.type).toBe('urn:problem:invalid-input')
  expect((await ann.request('GET', '/api/documents/%E0%A4%A')).body.type).toBe('urn:problem:invalid-input')
  for (const path of ['/api/documents//members', '/api//documents', `/api/documents/${name}/nothing`])
    expect((await ann.request('GET', path)).status).toBe(404)
})

test('an unsupported method gets 405 with an Allow header, and OPTIONS and HEAD are answered', async () => {
  for (const [method, path, allow] of [
    ['PUT', '/api/ventures', 'GET, HEAD, OPTIONS, POST'],
    ['PUT', '/api/auth/login', 'OPTIONS, POST'],
    ['HEAD', '/api/auth/login', 'OPTIONS, POST'],
    ['POST', '/api/health', 'GET, HEAD, OPTIONS'],
    ['POST', '/api/openapi.json', 'GET, HEAD, OPTIONS'],
    ['PROPFIND', '/api/ventures', 'GET, HEAD, OPTIONS, POST'],
    ['PATCH', `/api/notifications/${ann.id}`, 'DELETE, GET, HEAD, OPTIONS'],
  ] as const) {
    const response = await sendRequest(node.url, method, path)
    expect([method, path, response.status, response.headers.get('allow')]).toEqual([method, path, 405, allow])
    if (method !== 'HEAD') expect(response.body.type).toBe('urn:problem:method-not-allowed')
  }
  const options = await sendRequest(node.url, 'OPTIONS', '/api/ventures')
  expect([options.status, options.headers.get('allow'), options.body]).toEqual([204, 'GET, HEAD, OPTIONS, POST', ''])
  expect((await sendRequest(node.url, 'OPTIONS', '/api/nothing')).status).toBe(404)
  expect((await ann.request('HEAD', '/api/auth/me')).status).toBe(200)
  expect((await sendRequest(node.url, 'HEAD', '/api/auth/me')).status).toBe(401)
})

test('a conditional GET gets 304 until the resource or the caller’s role changes', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Shared' })
  const path = `/api/spaces/${space.id}`
  const setRole = (role: string) => ann.request('PUT', `${path}/members/${ben.id}`, { role })
  await setRole('viewer')
  const firstEtag = (await ben.request('GET', path)).headers.get('etag') as string
  const readConditionally = async () => (await ben.request('GET', path, undefined, { 'if-none-match': firstEtag })).status
  const unchanged = await ben.request('GET', path, undefined, { 'if-none-match': `"x", W/${firstEtag}` })
  expect([unchanged.status, unchanged.headers.get('etag'), unchanged.body]).toEqual([304, firstEtag, ''])
  expect(await readConditionally()).toBe(304)
  await setRole('editor')
  expect(await readConditionally()).toBe(200)
  // the role change did not change the version of the space
  expect((await ben.request('PATCH', path, { name: 'Renamed' }, { 'if-match': firstEtag })).status).toBe(200)
  expect((await ben.request('PATCH', path, { name: 'Late' }, { 'if-match': firstEtag })).status).toBe(412)
  expect(await readConditionally()).toBe(200)
})

test('responses with tokens, secrets or sessions are `no-store`, and personal responses are `private, no-cache`', async () => {
  const readCacheControl = async (method: string, path: string, body?: object) =>
    (await ann.request(method, path, body)).headers.get('cache-control')
  const credentials = { email: ann.email, password: ann.password }
  expect(await readCacheControl('POST', '/api/auth/login', credentials)).toBe('no-store')
  expect(await readCacheControl('POST', '/api/auth/refresh', { refreshToken: 'x' })).toBe('no-store')
  expect(await readCacheControl('POST', '/api/webhooks', { url: 'https://example.org', audience: `user:${ann.id}` })).toBe('no-store')
  expect(await readCacheControl('GET', '/api/auth/sessions')).toBe('no-store')
  expect(await readCacheControl('GET', '/api/auth/me')).toBe('private, no-cache')
})

test('a repeated request is answered only while the caller may still run it and read its result', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const key = { 'idempotency-key': 'seen' }
  const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Board' })
  const members = `/api/spaces/${space.id}/members/${ben.id}`
  await ann.request('PUT', members, { role: 'editor' })
  const createTask = () => ben.request('POST', `/api/spaces/${space.id}/tasks`, { title: 'Secret' }, key)
  const { body: venture } = await ben.request('POST', '/api/ventures', { name: 'Ours' }, { 'idempotency-key': 'venture' })
  const create = () => ben.request('POST', '/api/ventures/create', { name: 'Ours' }, { 'idempotency-key': 'venture' })
  const first = await createTask()
  expect((await createTask()).body).toEqual(first.body)
  expect((await create()).body).toEqual(venture)
  await ann.request('DELETE', members)
  await ben.request('PUT', `/api/ventures/${venture.id}/members/${ann.id}`, { role: 'owner' })
  await ann.request('DELETE', `/api/ventures/${venture.id}/members/${ben.id}`)
  for (const response of [await createTask(), await create()]) expect(response.body.type).toBe('urn:problem:not-found')
  await ann.request('PUT', members, { role: 'editor' })
  expect((await createTask()).body).toEqual(first.body)
})

test('a secret that is shown once is missing from a repeated response and is not stored with it', async () => {
  const key = { 'idempotency-key': 'secret' }
  const create = () => ann.request('POST', '/api/webhooks', { url: 'https://example.org/once', audience: `user:${ann.id}` }, key)
  const first = await create()
  expect(first.body.secret).toMatch(/^whsec_/)
  const repeated = await create()
  expect([repeated.status, repeated.body]).toEqual([201, { ...first.body, secret: null }])
  const { rows } = await sql`select 1 from idempotency where answer::text like '%whsec_%'`.execute(node.database.sql)
  expect(rows).toEqual([])
})

test('an https PUBLIC_URL enables HSTS, and rate limits use the client address seen by the last trusted proxy', {
  timeout: 60_000,
}, async () => {
  expect((await sendRequest(node.url, 'GET', '/')).headers.get('strict-transport-security')).toBeNull()
  const { env, remove } = await createEmptyDatabase()
  const limits = { LIMITS: 'on', LIMIT_SIGN_INS: '3' }
  const attemptSignIns = async (url: string, createForwardedFor: (n: number) => string) => {
    const statuses: number[] = []
    for (let n = 0; n < 6; n++) {
      const headers = { 'x-forwarded-for': createForwardedFor(n) }
      statuses.push(
        (await sendRequest(url, 'POST', '/api/auth/login', { email: `${randomUUID()}@example.org`, password: 'wrong' }, headers)).status,
      )
    }
    return statuses
  }
  const expectedStatuses = [401, 401, 401, 429, 429, 429]
  const limitedNode = await startNode(env, { PUBLIC_URL: 'https://smartstart.example.org', ...limits })
  expect((await sendRequest(limitedNode.url, 'GET', '/')).headers.get('strict-transport-security')).toBe('max-age=31536000')
  expect(await attemptSignIns(limitedNode.url, (n) => `198.51.100.${n}, 203.0.113.1`)).toEqual(expectedStatuses)
  await limitedNode.stop()
  const directNode = await startNode(env, { PUBLIC_URL: 'https://smartstart.example.org', TRUSTED_PROXIES: '0', ...limits })
  expect(await attemptSignIns(directNode.url, (n) => `198.51.100.${n}`)).toEqual(expectedStatuses)
  await directNode.stop()
  await remove()
})

test('the table of problems in docs/rest.md matches the code', () => {
  const page = readFileSync('docs/rest.md', 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| (\d{4}) \|/gm)]
  const documented = Object.fromEntries(rows.map(([, code, status, close]) => [code, { status: Number(status), close: Number(close) }]))
  expect(documented).toEqual(Object.fromEntries(Object.entries(problems).map(([code, { status, close }]) => [code, { status, close }])))
})
