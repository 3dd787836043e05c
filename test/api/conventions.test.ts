import { beforeAll, expect, test } from 'vitest'
import { endpoints } from '../../api/server.ts'
import type { Node } from '../../main.ts'
import { ask, type Person, register } from '../support/client.ts'
import { emptyDatabase, emptyNode, ownNode } from '../support/node.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await emptyNode()
  ann = await register(node.url, 'Ann')
})

test('a list is read to its end by cursor, without loss or double, while others are added', async () => {
  const made = new Set<string>()
  for (let n = 0; n < 45; n++) made.add((await ann.ask('POST', '/api/spaces', { name: `Space ${n}` })).body.id)
  for (const path of ['/api/spaces', '/api/documents?kind=space']) {
    const seen: string[] = []
    let cursor: string | null = ''
    for (let pages = 0; cursor !== null; pages++) {
      const separator = path.includes('?') ? '&' : '?'
      const { body } = await ann.ask('GET', `${path}${separator}limit=7${cursor && `&cursor=${cursor}`}`)
      seen.push(...body.items.map(({ id }: { id: string }) => id))
      cursor = body.nextCursor
      if (pages < 2) await ann.ask('POST', '/api/spaces', { name: 'Late' })
    }
    expect(new Set(seen).size).toBe(seen.length)
    for (const id of made) expect(seen).toContain(id)
  }
  expect((await ann.ask('GET', '/api/spaces')).body.items).toHaveLength(20)
})

test.each(['limit=0', 'limit=101', 'limit=x', 'limit=1.5', 'cursor=x', 'cursor=e30', 'limit=1&limit=2', 'page=2'])(
  '?%s is refused',
  async (query) => {
    expect((await ann.ask('GET', `/api/spaces?${query}`)).body.type).toBe('urn:problem:invalid-input')
  },
)

test('search finds parts of titles, whatever signs are in them', async () => {
  for (const name of ['100% ours', 'under_score', 'Plain']) await ann.ask('POST', '/api/ventures', { name })
  const found = async (q: string) =>
    (await ann.ask('GET', `/api/documents?kind=plan&q=${encodeURIComponent(q)}`)).body.items.map(({ title }: { title: string }) => title)
  expect(await found('0%')).toEqual(['100% ours'])
  expect(await found('r_s')).toEqual(['under_score'])
  expect(await found('PLAIN')).toEqual(['Plain'])
  expect(await found('%%')).toEqual([])
})

test('an edit under an old version is a conflict and changes nothing', async () => {
  const { body: draft, headers } = await ann.ask('POST', '/api/legal/documents', { title: 'First' })
  const path = `/api/legal/documents/${draft.id}`
  const first = headers.get('etag') as string
  expect((await ann.ask('GET', path)).headers.get('etag')).toBe(first)
  const changed = await ann.ask('PATCH', path, { title: 'Second' }, { 'if-match': first })
  expect(changed.status).toBe(200)
  expect(changed.headers.get('etag')).not.toBe(first)
  for (const stale of [first, '"77"', 'nonsense'])
    expect((await ann.ask('PATCH', path, { title: 'Third' }, { 'if-match': stale })).status).toBe(409)
  expect((await ann.ask('GET', path)).body.title).toBe('Second')
  expect((await ann.ask('GET', `/api/documents/legal:${draft.id}`)).body.title).toBe('Second')
})

test('a request sent ten times at once under one key is done once and answered alike', async () => {
  const key = { 'idempotency-key': 'one' }
  const answers = await Promise.all(Array.from({ length: 10 }, () => ann.ask('POST', '/api/ventures', { name: 'Once' }, key)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect((await ann.ask('GET', '/api/ventures?q=Once')).body.items).toHaveLength(1)
  expect((await ann.ask('POST', '/api/ventures', { name: 'Other' }, key)).status).toBe(409)
  const ben = await register(node.url, 'Ben')
  const { body } = await ben.ask('POST', '/api/ventures', { name: 'Once' }, key)
  expect(body.id).not.toBe(answers[0]?.body.id)
  expect((await ann.ask('POST', '/api/ventures', { name: 'x' }, { 'idempotency-key': 'k'.repeat(256) })).status).toBe(400)
})

test('`me` is the one who asks', async () => {
  expect((await ann.ask('GET', '/api/users/me')).body.id).toBe(ann.id)
})

test('an address of a person is found whole and not letter by letter, and is not shown to others', async () => {
  const ben = await register(node.url, 'Benedict')
  const find = async (q: string) => (await ann.ask('GET', `/api/users?q=${encodeURIComponent(q)}`)).body.items
  expect(await find(ben.email)).toEqual([{ id: ben.id, name: 'Benedict', createdAt: expect.any(String) }])
  expect(await find(ben.email.slice(0, -1))).toEqual([])
  expect(await find('bened')).toHaveLength(1)
})

test('past the limit one is told to wait, and how long', { timeout: 60_000 }, async () => {
  const { env, remove } = await emptyDatabase()
  const own = await ownNode(env, { LIMITS: 'on', LIMIT_REQUESTS: '5', LIMIT_SIGN_INS: '3' })
  const ben = await register(own.url, 'Ben')
  for (let n = 0; n < 5; n++) {
    const { status, headers } = await ben.ask('GET', '/api/auth/me')
    expect(status).toBe(200)
    expect(headers.get('ratelimit')).toMatch(new RegExp(`^"requests";r=${4 - n};t=\\d+$`))
  }
  const refused = await ben.ask('GET', '/api/auth/me')
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  for (let n = 0; n < 2; n++) await ask(own.url, 'POST', '/api/auth/login', { email: 'x@example.org', password: 'wrong' })
  expect((await ask(own.url, 'POST', '/api/auth/login', { email: 'y@example.org', password: 'wrong' })).status).toBe(429)
  await own.stop()
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
])('%s %s answers under the first description’s spelling', async (method, path, body, status) => {
  expect((await ann.ask(method, path, body)).status).toBe(status)
})

test('OpenAPI tells every endpoint, and the page to try it loads from here alone', async () => {
  const { body } = await ask(node.url, 'GET', '/api/openapi.json')
  expect(body.openapi).toMatch(/^3\.1/)
  for (const { method, path } of endpoints) expect(body.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method]).toBeDefined()
  expect(body.components.schemas.Problem).toBeDefined()
  const page = await ask(node.url, 'GET', '/api/docs')
  expect(page.body).not.toMatch(/https?:/)
  for (const [, file] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) expect((await ask(node.url, 'GET', file)).status).toBe(200)
})

test('health, metrics and headers are as a proxy and a browser want them', async () => {
  for (const path of ['/livez', '/readyz', '/api/health', '/metrics']) expect((await ask(node.url, 'GET', path)).status).toBe(200)
  expect((await ask(node.url, 'GET', '/metrics')).body).toContain('smartstart_edits_total')
  const { headers } = await ask(node.url, 'GET', '/')
  expect(headers.get('content-security-policy')).toContain("default-src 'self'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  const given = await ask(node.url, 'GET', '/livez', undefined, { 'x-request-id': 'from-the-proxy' })
  expect(given.headers.get('x-request-id')).toBe('from-the-proxy')
})

test('what is not there is a problem, and no method or path makes it fail', async () => {
  for (const [method, path] of [
    ['GET', '/api/nothing'],
    ['PUT', '/api/ventures'],
    ['POST', '/nothing'],
    ['GET', '/assets/none.js'],
    ['GET', '/../package.json'],
    ['GET', '/api/docs/package.json'],
    ['OPTIONS', '/api/ventures'],
  ] as const) {
    const answered = await ann.ask(method, path)
    expect(answered.status).toBe(404)
    expect(answered.body.type).toBe('urn:problem:not-found')
  }
  expect((await ann.ask('HEAD', '/api/health')).status).toBe(200)
  expect((await ask(node.url, 'GET', '/some/page')).body).toContain('<!doctype html>')
})

test('a path is read as it is meant: encoded, with a slash at its end, where a word and any text stand at one place', async () => {
  const { body: draft } = await ann.ask('POST', '/api/legal/documents', { title: 'Agreement' })
  const name = `legal:${draft.id}`
  for (const path of [`/api/documents/${name}`, `/api/documents/${encodeURIComponent(name)}`, `/api/documents/${name}/`])
    expect((await ann.ask('GET', path)).body.documentName).toBe(name)
  const head = await ann.ask('HEAD', `/api/legal/documents/${draft.id}`)
  expect([head.status, head.headers.get('etag'), head.body]).toEqual([200, '"1"', ''])
  // POST /users/create is another: for GET it is an id, and no good one
  expect((await ann.ask('GET', '/api/users/create')).body.type).toBe('urn:problem:invalid-input')
  expect((await ann.ask('GET', '/api/documents/%E0%A4%A')).body.type).toBe('urn:problem:invalid-input')
  for (const path of ['/api/documents//members', '/api//documents', `/api/documents/${name}/nothing`])
    expect((await ann.ask('GET', path)).status).toBe(404)
})
