import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { WebSocket } from 'ws'
import { beforeAll, describe, expect, test } from 'vitest'
import { isUnavailable, isUnstorableText } from '../../domain/kernel/db/database.ts'
import type { Node } from '../../main.ts'
import { sendRequest, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let venture: string
let space: string
let draft: string
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  venture = (await ann.request('POST', '/api/ventures', { name: 'Venture' })).body.id
  space = (await ann.request('POST', '/api/spaces', { name: 'Space' })).body.id
  draft = (await ann.request('POST', '/api/legal/documents', { title: 'Draft' })).body.id
})

const fillPath = (path: string) => path.replace('VENTURE', venture).replace('SPACE', space).replace('DRAFT', draft).replace('ANN', ann.id)

describe.each([
  ['NUL', 'a\0b', /NUL/],
  ['half of a surrogate pair', 'Deal \ud83d', /surrogate/],
])('%s', (_, text, expectedMessage) => {
  test.each<[string, string, string, (text: string) => object]>([
    ['POST', '/api/legal/documents', 'title', (title) => ({ title })],
    ['PATCH', '/api/legal/documents/DRAFT', 'title', (title) => ({ title })],
    ['PUT', '/api/legal/documents/DRAFT/variables', 'values.Party', (Party) => ({ values: { Party } })],
    ['POST', '/api/legal/clauses', 'content.content.0.text', (text) => ({ name: 'C', content: { type: 'doc', content: [{ text }] } })],
    ['POST', '/api/ventures', 'name', (name) => ({ name })],
    ['PATCH', '/api/ventures/VENTURE', 'purpose', (purpose) => ({ purpose })],
    ['POST', '/api/spaces', 'name', (name) => ({ name })],
    ['POST', '/api/spaces/SPACE/tasks', 'title', (title) => ({ title })],
    ['POST', '/api/spaces/SPACE/notes', 'text', (note) => ({ title: 'N', text: note })],
    ['POST', '/api/documents/legal:DRAFT/comments', 'text', (comment) => ({ text: comment })],
    ['POST', '/api/documents/legal:DRAFT/versions', 'name', (name) => ({ name })],
    ['PATCH', '/api/users/ANN', 'name', (name) => ({ name })],
    ['POST', '/api/conversations/SPACE/messages', 'text', (message) => ({ text: message })],
    ['POST', '/api/webhooks', 'description', (description) => ({ url: 'https://example.org', audience: `user:${ann.id}`, description })],
    ['POST', '/api/websocket/venture/VENTURE/send', 'message', (message) => ({ message })],
    ['POST', '/api/websocket/venture/VENTURE/send', 'message.deep.0', (message) => ({ message: { deep: [message] } })],
    ['POST', '/api/push/subscriptions', 'endpoint', (endpoint) => ({ endpoint, keys: { p256dh: 'x', auth: 'x' } })],
    ['POST', '/api/auth/register', 'name', (name) => ({ email: 'x@example.org', password: 'long enough', name })],
    ['POST', '/api/auth/login', 'password', (password) => ({ email: 'x@example.org', password })],
  ])('%s %s refuses it in %s and releases the idempotency key', async (method, path, field, body) => {
    const headers = { 'idempotency-key': `${path} ${field}` }
    for (let attempt = 0; attempt < 2; attempt++) {
      const response = await ann.request(method, fillPath(path), body(text), headers)
      expect(response.status).toBe(400)
      expect(response.body).toMatchObject({
        type: 'urn:problem:invalid-input',
        errors: [{ path: field, message: expect.stringMatching(expectedMessage) }],
      })
    }
  })

  test('is refused in the name of a field', async () => {
    const response = await ann.request('POST', '/api/websocket/venture/VENTURE/send'.replace('VENTURE', venture), {
      message: { [text]: 1 },
    })
    expect(response.status).toBe(400)
    expect(response.body.detail).toMatch(expectedMessage)
  })
})

test('a refused request leaves its idempotency key free for a valid request', async () => {
  const key = { 'idempotency-key': 'first wrong, then right' }
  const path = `/api/spaces/${space}/tasks`
  expect((await ann.request('POST', path, { title: 'a\ud83d' }, key)).status).toBe(400)
  expect((await ann.request('POST', path, { title: 'right' }, key)).status).toBe(201)
  expect((await ann.request('GET', `/api/spaces/${space}/board`)).body.tasks.map(({ title }: { title: string }) => title)).toEqual([
    'right',
  ])
})

test.each([
  '/api/users?q=a%00',
  '/api/messages?q=a%00b',
  '/api/documents?q=a%00b',
  '/api/ventures?q=%00',
  '/api/legal/clauses?q=a%00',
  '/api/legal/clauses?tag=%00',
  '/api/events?audience=%00',
  '/api/events?audience=platform&audience=venture:%00',
  '/api/notifications/stream?audience=%00',
  '/api/webhooks?audience=%00',
  '/api/notifications?group=%00',
  '/api/documents/legal:%00',
  '/api/legal/templates/%00',
  '/api/notifications/unsubscribe/%00',
])('GET %s is refused with an error about NUL', async (path) => {
  const response = await ann.request('GET', path)
  expect(response.status).toBe(400)
  expect(response.body.errors[0].message).toMatch(/NUL/)
})

test('NUL in the name of a file is refused', async () => {
  const type = { 'content-type': 'application/octet-stream' }
  expect((await ann.request('POST', '/api/imports?name=a%00.md', '# x', type)).status).toBe(400)
  expect((await ann.request('POST', `/api/conversations/${space}/files?name=a%00.md`, '# x', type)).status).toBe(400)
})

test('a body nested 100,000 levels deep is refused', async () => {
  const nested = '['.repeat(100_000) + ']'.repeat(100_000)
  for (const path of ['/api/ventures', `/api/websocket/venture/${venture}/send`]) {
    for (const field of ['name', 'message'])
      expect((await ann.request('POST', path, `{"${field}":${nested}}`, { 'idempotency-key': 'deep' })).status).toBe(400)
  }
})

test.each(['hello', 'subscribe', 'presence'])('an audience with NUL closes the WebSocket with code 4400: %s', async (type) => {
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/notifications`)
  const frames: any[] = []
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())))
  await once(socket, 'open')
  const hello = { type: 'hello', token: ann.token }
  const audience = 'venture:\0'
  if (type !== 'hello') {
    socket.send(JSON.stringify(hello))
    await waitUntil(() => frames.some((frame) => frame.type === 'welcome'), 'the welcome frame')
  }
  socket.send(JSON.stringify(type === 'hello' ? { ...hello, audiences: [audience] } : { type, audience }))
  const [code] = await once(socket, 'close')
  expect(code).toBe(4400)
})

test.each(['gzip', 'deflate', 'br', 'x-unknown', 'gzip, br'])('a body that is not %s as declared is refused', async (encoding) => {
  const body = JSON.stringify({ email: 'x@example.org', password: 'long enough' })
  for (const encodedBody of [body, gzipSync(body).subarray(0, 15), '']) {
    const response = await sendRequest(node.url, 'POST', '/api/auth/login', encodedBody, { 'content-encoding': encoding })
    expect(response.status).toBe(400)
    expect(response.body.type).toBe('urn:problem:invalid-input')
  }
  const file = await ann.request('POST', '/api/imports?name=a.md', '# x', {
    'content-type': 'application/octet-stream',
    'content-encoding': encoding,
  })
  expect(file.status).toBe(400)
})

test('a gzip body is decompressed, and is refused when the decompressed body is too large', async () => {
  const response = await ann.request('POST', '/api/spaces', gzipSync('{"name":"Packed"}'), { 'content-encoding': 'gzip' })
  expect(response.status).toBe(201)
  const bomb = await ann.request('POST', '/api/spaces', gzipSync(Buffer.alloc(50_000_000, 32)), { 'content-encoding': 'gzip' })
  expect(bomb.status).toBe(413)
})

const id = '01a1fc0a-edfa-7688-b7f5-c95999d90817'
const encodeCursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
test.each([
  ['an id that consists of dashes', encodeCursor('1970-01-01T00:00:00.000Z', '-'.repeat(36))],
  ['a time that only JavaScript parses', encodeCursor('1 (x) Jan 2020', id)],
  ['-1', encodeCursor('-1', id)],
  ['the year 275760', encodeCursor('+275760-09-13T00:00:00.000Z', id)],
  ['the year -271821', encodeCursor('-271821-04-20T00:00:00.000Z', id)],
  ['the year 0', encodeCursor('0000-01-01T00:00:00.000Z', id)],
  ['the 30th of February', encodeCursor('2027-02-30T00:00:00.000Z', id)],
  ['NUL', encodeCursor('2027-02-01T00:00:00.000Z', `${id.slice(1)}\0`)],
  ['parts of other types', encodeCursor({ at: 1 }, null)],
  ['deeply nested JSON', Buffer.from('['.repeat(300)).toString('base64url')],
])('every list refuses a forged cursor: %s', async (_, forgedCursor) => {
  const lists = [
    '/api/users',
    '/api/documents',
    '/api/ventures',
    '/api/spaces',
    '/api/legal/documents',
    '/api/legal/clauses',
    '/api/notifications',
    '/api/notifications/watches',
    '/api/webhooks',
    '/api/deliveries',
    '/api/outbox',
    '/api/auth/sessions',
    '/api/conversations',
    '/api/messages?q=x',
    `/api/conversations/${space}/messages`,
    `/api/documents/legal:${draft}/history`,
    `/api/documents/legal:${draft}/versions`,
    `/api/documents/legal:${draft}/comments`,
    `/api/documents/legal:${draft}/suggestions?state=accepted`,
    `/api/documents/legal:${draft}/members`,
  ]
  for (const list of lists) {
    const response = await ann.request('GET', `${list}${list.includes('?') ? '&' : '?'}cursor=${forgedCursor}`)
    expect([list, response.status]).toEqual([list, 400])
  }
})

test.each([
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-12:00',
  '-1',
  '1 (x) Jan 2020',
  '+275760-09-13T00:00:00Z',
])('the time %s is refused', async (time) => {
  const response = await ann.request('GET', `/api/documents/legal:${draft}/history/state?time=${encodeURIComponent(time)}`)
  expect(response.status).toBe(400)
  expect(response.body.errors[0].path).toBe('time')
  expect((await ann.request('PUT', '/api/notifications/snooze-all', { until: time })).status).toBe(400)
})
test('a timeline outside the supported years is refused', async () => {
  for (const startsOn of ['0000-01-01', '9999-12-31'])
    expect((await ann.request('POST', `/api/ventures/${venture}/timeline`, { startsOn, days: 3650 })).status).toBe(400)
})

/** The response to a path that is sent without normalization. */
async function requestRaw(target: string): Promise<string> {
  const socket = connect(Number(new URL(node.url).port), '127.0.0.1')
  socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  let response = ''
  for await (const chunk of socket.setEncoding('utf8')) response += chunk
  return response.replace(/^date:.*\r\n|^x-request-id:.*\r\n|"id":"[^"]*"/gim, '')
}

test('a path outside the static files gets the same 404, whether the file exists or not', async () => {
  const targets = [
    '/../package.json',
    '/../../package.json',
    '/../../nothere.json',
    '/../../../../../../etc/resolv.conf',
    '/../../../../../../etc/nothere.conf',
    '/../../../../../../etc/passwd',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/%2e%2e%2f%2e%2e%2fpackage.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/../../../package.json',
    '/..\\..\\package.json',
    '/..%5c..%5cpackage.json',
    '/./index.html',
    '/index.html%00.js',
    '/package.json%00',
    '/%00',
    '/%E0%A4%A.js',
    '/..%252f..%252fpackage.json',
  ]
  const responses = await Promise.all(targets.map(requestRaw))
  for (const [n, response] of responses.entries()) expect([targets[n], response.slice(0, 12)]).toEqual([targets[n], 'HTTP/1.1 404'])
  expect(new Set(responses).size).toBe(1)
})

test('single-line fields are stored without line breaks and control characters', async () => {
  const unclean = ' One\r\nTwo\tThree\u2028Four\u0001\u007f '
  const readStored = async (path: string, field: string, extraFields = {}) =>
    (await ann.request('POST', path, { [field]: unclean, ...extraFields })).body[field]
  expect(await readStored('/api/ventures', 'name')).toBe('One Two Three Four')
  expect(await readStored('/api/spaces', 'name')).toBe('One Two Three Four')
  expect(await readStored('/api/legal/documents', 'title')).toBe('One Two Three Four')
  expect(await readStored(`/api/spaces/${space}/tasks`, 'title')).toBe('One Two Three Four')
  expect(await readStored('/api/conversations', 'name', { subject: `space:${space}` })).toBe('One Two Three Four')
  expect((await ann.request('PATCH', `/api/users/${ann.id}`, { name: unclean })).body.name).toBe('One Two Three Four')
  expect((await ann.request('POST', '/api/ventures', { name: '\u0001\u0002' })).status).toBe(400)
})

test('an error about text that the database cannot store is not treated as an outage', async () => {
  for (const statement of [sql`select ${'a\0b'}::text`, sql`select ${'"a\\u0000b"'}::jsonb`]) {
    const error = await statement.execute(node.database.sql).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect([isUnstorableText(error), isUnavailable(error)]).toEqual([true, false])
  }
})
