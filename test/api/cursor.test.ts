/** One cursor for all: the same events, positions, audiences and refusals over a WebSocket, server-sent events and polling. */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import jwt from 'jsonwebtoken'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventsKept, forgetOldEvents } from '../../domain/kernel/replay.ts'
import { system } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'
import { ring } from '../support/bell.ts'
import { type Answered, draftOf, type Person, register } from '../support/client.ts'
import { testSecret } from '../support/installation.ts'
import { type Asking, byPolling, byStream, byWebSocket, type Listener, type Told, type Way, ways } from '../support/listener.ts'
import { emptyDatabase, ownNode } from '../support/node.ts'
import { until } from '../support/until.ts'

let node: Node
let remove: () => Promise<void>
let ann: Person
let ben: Person
const listeners: Listener[] = []
beforeAll(async () => {
  const database = await emptyDatabase()
  remove = database.remove
  node = await ownNode({ ...database.env, TOKEN_SECRET: testSecret })
  ann = await register(node.url, 'Ann')
  ben = await register(node.url, 'Ben')
})
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.end()
})
afterAll(async () => {
  await node.stop()
  await remove()
})

const listen = <L extends Listener>(way: (url: string, asking: Asking) => L, asking: Asking): L => {
  const listener = way(node.url, asking)
  listeners.push(listener)
  return listener
}
async function now(): Promise<number> {
  await node.relay.settled()
  return (await ann.ask('GET', '/api/events')).body.position
}
/** What the inbox tells comes when its job has run, which is no matter here. */
const rung = (events: Told[]) => events.filter(({ event }) => !event.startsWith('notification.'))
const numbers = (events: Told[]) => rung(events).map(({ data }) => data.n)
const positions = (events: Told[]) => events.map(({ position }) => position)

test('the same journey through a WebSocket, server-sent events and polling gives equal output', async () => {
  const { body: venture } = await ann.ask('POST', '/api/ventures', { name: 'Journey' })
  const audience = `venture:${venture.id}`
  await ann.ask('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'viewer' })
  const after = await now()
  // some of it is missed, some is live
  await ring(node, [`user:${ben.id}`], { count: 3 })
  await ring(node, ['user:somebody-else'], { count: 30 })
  await ring(node, [audience, 'platform'], { from: 10, count: 250, text: 'two\nlines, “quoted” \u2028 <b>' })
  const middle = await now()
  const asking = { token: ben.token, after, audiences: [audience, 'platform'] }
  const all = ways.map(([, way]) => listen(way, asking))
  await Promise.all(all.map((one) => one.ready()))
  await ring(node, ['platform'], { from: 1000, count: 2 })
  await draftOf(ben, 'His own')
  await ann.ask('PUT', `/api/ventures/${venture.id}`, { name: 'x' })
  await ann.ask('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'editor' })
  await until(() => all.every(({ events }) => events.some(({ data }) => data.role === 'editor')), 'the last event')
  const [first, ...others] = all as [Listener, ...Listener[]]
  expect(rung(first.events).length).toBeGreaterThan(255)
  expect(positions(first.events)).toEqual([...new Set(positions(first.events))].sort((one, other) => one - other))
  for (const other of others) expect(rung(other.events)).toEqual(rung(first.events))
  expect(rung(first.events).filter(({ position }) => position <= middle)).toHaveLength(253)

  // taken away: each says so, and hears of it no more, but goes on with what is theirs
  const { body } = await ann.ask('DELETE', `/api/ventures/${venture.id}/members/${ben.id}`)
  expect(body.enforcement.confirmed).toBe(body.enforcement.nodes)
  await ring(node, [audience], { from: 2000, count: 5 })
  await ring(node, [`user:${ben.id}`], { from: 3000 })
  const end = await now()
  const [socket, stream, polling] = all as [Listener, Listener, Listener]
  await until(() => [socket, stream].every(({ events }) => events.some(({ data }) => data.n === 3000)), 'what is his own')
  for (const one of [socket, stream])
    expect(one.words).toContainEqual(expect.objectContaining({ type: 'problem', code: 'not-found', audience }))
  await until(() => polling.closed, 'the refusal')
  expect(polling.words.at(-1)).toMatchObject({ code: 'not-found', errors: [{ path: 'audience', message: audience }] })
  const last = listen(byPolling, { token: ben.token, after: polling.position as number, audiences: ['platform'] })
  await last.reached(end)
  expect([...rung(polling.events), ...rung(last.events)]).toEqual(rung(socket.events))
  expect(rung(stream.events)).toEqual(rung(socket.events))
  expect(numbers(socket.events)).not.toContain(2000)
})

describe.each(ways)('over %s', (_, way: Way) => {
  test('what was missed is what may be heard now: an audience that was given since is replayed, one that was taken is not', async () => {
    const [given, taken] = (await Promise.all([1, 2].map((n) => ann.ask('POST', '/api/ventures', { name: `V${n}` })))).map(
      ({ body }) => body.id,
    )
    await ann.ask('PUT', `/api/ventures/${taken}/members/${ben.id}`, { role: 'viewer' })
    const after = await now()
    await ring(node, [`venture:${given}`], { from: 1 })
    await ring(node, [`venture:${taken}`], { from: 2 })
    await ann.ask('PUT', `/api/ventures/${given}/members/${ben.id}`, { role: 'viewer' })
    await ann.ask('DELETE', `/api/ventures/${taken}/members/${ben.id}`)
    await ring(node, [`user:${ben.id}`], { from: 3 })
    await now()
    const one = listen(way, { token: ben.token, after, audiences: [`venture:${given}`] })
    await until(() => rung(one.events).at(-1)?.data.n === 3, 'the newest')
    expect(numbers(one.events).filter((n) => n !== undefined)).toEqual([1, 3])
    const refused = listen(way, { token: ben.token, after, audiences: [`venture:${taken}`] })
    await until(() => refused.words.some(({ code }) => code === 'not-found'), 'the refusal')
    expect(numbers(refused.events)).not.toContain(2)
  })

  test('a position that was never given is told to read everything again, with the newest position', async () => {
    const newest = await now()
    const one = listen(way, { token: ann.token, after: newest + 1000 })
    await until(() => one.closed, 'the end')
    expect(one.closed).toBe('cannot-replay')
    expect(one.words.at(-1)).toMatchObject({ code: 'cannot-replay', position: expect.any(Number) })
    expect(one.words.at(-1).position).toBeGreaterThanOrEqual(newest)
    const again = listen(way, { token: ann.token, after: one.words.at(-1).position })
    await again.ready()
    await ring(node, [`user:${ann.id}`], { from: 77 })
    await until(() => numbers(again.events).includes(77), 'what comes after')
  })

  test('a token that ends is refused from then on', async () => {
    const { sid } = jwt.decode(ann.token) as { sid: string }
    const token = jwt.sign({ sid }, testSecret, { algorithm: 'HS256', subject: ann.id, issuer: 'smartstart', expiresIn: 3 })
    const one = listen(way, { token, after: await now() })
    await one.ready()
    await until(() => one.closed, 'the end', 20_000)
    expect(one.closed).toBe('unauthenticated')
  })

  test('far behind, one hears what is theirs of thousands of events, in order', async () => {
    const after = await now()
    for (let n = 0; n < 5; n++) {
      await ring(node, ['user:somebody-else'], { count: 2500 })
      await ring(node, [`user:${ann.id}`, 'platform'], { from: n * 100, count: 100 })
    }
    await ring(node, ['platform'], { from: 500 })
    await now()
    const one = listen(way, { token: ann.token, after, audiences: ['platform'] })
    await until(() => rung(one.events).at(-1)?.data.n === 500, 'the newest')
    expect(numbers(one.events)).toEqual(Array.from({ length: 501 }, (_, n) => n))
  })
})

test('what was missed of audiences that stand side by side comes each once, in order', async () => {
  const after = await now()
  const [mine, all, others] = [`user:${ann.id}`, 'platform', 'user:somebody-else']
  const turns = [[mine], [others], [all], [mine, all], [all, others]]
  for (let n = 0; n < 250; n++) await ring(node, turns[n % turns.length] as string[], { from: n })
  await now()
  const heard = Array.from({ length: 250 }, (_, n) => n).filter((n) => n % turns.length !== 1)
  const each = ways.map(([, way]) => listen(way, { token: ann.token, after, audiences: ['platform'] }))
  await until(() => each.every(({ events }) => rung(events).at(-1)?.data.n === 249), 'the newest')
  for (const { events } of each) expect(numbers(events)).toEqual(heard)
})

test('what a subscriber missed and what happens while it is read come each once, in order', async () => {
  const after = await now()
  await ring(node, [`user:${ann.id}`], { count: 1500 })
  await now()
  let n = 1500
  const one = listen(byWebSocket, { token: ann.token, after })
  while (!one.events.some(({ data }) => data.n >= 1500)) await ring(node, [`user:${ann.id}`], { from: n++ })
  await until(() => rung(one.events).at(-1)?.data.n === n - 1, 'the newest')
  expect(numbers(one.events)).toEqual(Array.from({ length: n }, (_, place) => place))
})

test('a poll is bounded by limit, and asked again it misses nothing and repeats nothing', async () => {
  const after = await now()
  for (let n = 0; n < 30; n++) await ring(node, [n % 3 ? 'user:somebody-else' : `user:${ann.id}`], { from: n })
  const end = await now()
  const seen: number[] = []
  let position = after
  for (let asked = 0; position < end; asked++) {
    const { body } = await ann.ask('GET', `/api/events?after=${position}&limit=3`)
    expect(body.items.length).toBeLessThanOrEqual(3)
    expect(body.position).toBeGreaterThan(position)
    seen.push(...body.items.map(({ data }: Told) => data.n))
    position = body.position
    expect(asked).toBeLessThan(10)
  }
  expect(seen).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27])
  expect((await ann.ask('GET', `/api/events?after=${position}`)).body).toEqual({ items: [], position })
})

const asked = ['/api/events', '/api/notifications/stream']
test.each(asked.flatMap((path) => ['-1', '1.5', 'x', '1e3', ' 1', '9'.repeat(16), ''].map((after) => [path, after])))(
  '%s?after=%s is refused',
  async (path, after) => {
    const { status, body } = await ann.ask('GET', `${path}?after=${encodeURIComponent(after)}`)
    expect({ status, type: body.type, path: body.errors?.[0].path }).toEqual({
      status: 400,
      type: 'urn:problem:invalid-input',
      path: 'after',
    })
  },
)

test.each(asked)('%s refuses strangers, unknown fields, audiences one may not hear and too many', async (path) => {
  const name = await draftOf(ann)
  const problem = async (answered: Promise<Answered>) => (await answered).body.type
  expect((await fetch(node.url + path)).status).toBe(401)
  expect(await problem(ann.ask('GET', `${path}?loud=1`))).toBe('urn:problem:invalid-input')
  expect(await problem(ben.ask('GET', `${path}?audience=${name}`))).toBe('urn:problem:not-found')
  expect(await problem(ben.ask('GET', `${path}?audience=user:${ann.id}`))).toBe('urn:problem:not-found')
  const many = Array.from({ length: 101 }, (_, n) => `audience=venture:${n}`).join('&')
  expect(await problem(ann.ask('GET', `${path}?${many}`))).toBe('urn:problem:too-many-audiences')
})

test('a stream says which position it is at, takes Last-Event-ID before `after`, and answers a bad one', async () => {
  const after = await now()
  await ring(node, [`user:${ann.id}`], { from: 1 })
  const between = await now()
  await ring(node, [`user:${ann.id}`], { from: 2 })
  const headers = { authorization: `Bearer ${ann.token}`, 'last-event-id': String(between) }
  const response = await fetch(`${node.url}/api/notifications/stream?after=${after}`, { headers })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.get('cache-control')).toBe('no-store')
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  await until(async () => {
    text += Buffer.from((await reader.read()).value ?? []).toString()
    return text.includes('"n":2')
  }, 'the second event')
  await reader.cancel()
  expect(text).toContain(`id: ${between}\nevent: welcome\n`)
  expect(text).not.toContain('"n":1')
  const refused = await ann.ask('GET', '/api/notifications/stream', undefined, { 'last-event-id': 'x' })
  expect(refused.body.errors).toMatchObject([{ path: 'lastEventId' }])
  expect((await fetch(`${node.url}/api/notifications/stream`, { method: 'HEAD', headers })).status).toBe(200)
})

test('a stream that hears nothing is kept and told where it is', { timeout: 60_000 }, async () => {
  const after = await now()
  const one = listen(byStream, { token: ann.token, after })
  await one.ready()
  await ring(node, ['user:somebody-else'])
  const end = await now()
  await one.reached(end)
  expect(one.comments.length).toBeGreaterThan(0)
  expect(one.events).toEqual([])
})

test('a reader who does not read is let go alone, and comes back with its position', async () => {
  const text = 'x'.repeat(20_000)
  const after = await now()
  const slow = listen(byWebSocket, { token: ann.token, after })
  await slow.ready()
  slow.socket.pause()
  const request = get(`${node.url}/api/notifications/stream?after=${after}`, { headers: { authorization: `Bearer ${ann.token}` } })
  request.on('error', () => {})
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.pause()
  let ended = false
  response.on('close', () => {
    ended = true
  })
  response.on('error', () => {})
  const good = listen(byWebSocket, { token: ann.token, after })
  await good.ready()
  const letGo = async () =>
    Number(
      /smartstart_socket_refusals_total\{problem="slow-reader"\} (\d+)/.exec(await (await fetch(`${node.url}/metrics`)).text())?.[1] ?? 0,
    )
  let n = 0
  while ((await letGo()) < 2) {
    await ring(node, [`user:${ann.id}`], { from: n, count: 10, text })
    n += 10
    expect(n).toBeLessThan(5000)
  }
  await ring(node, [`user:${ann.id}`], { from: n++ })
  await until(() => rung(good.events).at(-1)?.data.n === n - 1, 'the other to hear all', 30_000)
  slow.socket.resume()
  await until(() => slow.closed, 'the slow one to be closed')
  response.resume()
  await until(() => ended, 'the stream to end')
  const again = listen(byWebSocket, { token: ann.token, after: slow.position as number })
  await until(() => rung(again.events).at(-1)?.data.n === n - 1, 'the slow one to have all', 30_000)
  expect(numbers([...slow.events, ...again.events])).toEqual(Array.from({ length: n }, (_, place) => place))
})

test('a reader who catches up slowly is waited for', async () => {
  const after = await now()
  await ring(node, [`user:${ann.id}`], { count: 300, text: 'x'.repeat(20_000) })
  await now()
  const one = listen(byWebSocket, { token: ann.token, after })
  await until(() => one.events.length > 0, 'the first')
  one.socket.pause()
  // it reads when all others have been told
  const other = listen(byWebSocket, { token: ann.token, after })
  await until(() => other.events.length === 300, 'the other to have all', 30_000)
  one.socket.resume()
  await until(() => one.events.length === 300, 'the slow one to have all', 30_000)
  expect(numbers(one.events)).toEqual(numbers(other.events))
})

describe('what is forgotten', () => {
  test('events are kept for thirty days; a younger one keeps those behind it', async () => {
    expect(eventsKept).toBe(30 * 24 * 3600_000)
    const before = await now()
    await ring(node, [`user:${ann.id}`], { count: 4 })
    await now()
    expect(await node.domain.run(system, forgetOldEvents, {})).toBe(0)
    await sql`update event set at = now() - interval '31 days'
      where position <= ${before + 2}::bigint or position = ${before + 4}::bigint`.execute(node.database.sql)
    let gone = 0
    for (let some = 1; some > 0; gone += some) some = await node.domain.run(system, forgetOldEvents, {})
    expect(gone).toBeGreaterThan(1)
    const { rows } = await sql<any>`
      select (select min(position) from event)::int as oldest, (select forgotten from event_head)::int as forgotten,
        (select count(*) from event_audience where position <= ${before + 2}::bigint)::int as told`.execute(node.database.sql)
    expect(rows).toEqual([{ oldest: before + 3, forgotten: before + 2, told: 0 }])
    const one = listen(byWebSocket, { token: ann.token, after: before + 2 })
    await until(() => one.events.length >= 2, 'what is kept')
    expect(positions(one.events.slice(0, 2))).toEqual([before + 3, before + 4])
  })

  test.each(ways)('over %s a position before them is told to read everything again', async (_, way) => {
    const old = await now()
    await ring(node, [`user:${ann.id}`], { from: 1 })
    const newer = await now()
    // a clock that has gone on: everything is old
    while ((await node.domain.run(system, forgetOldEvents, { kept: 0 })) > 0);
    await ring(node, [`user:${ann.id}`], { from: 2 })
    const newest = await now()
    const one = listen(way, { token: ann.token, after: old })
    await until(() => one.closed, 'the end')
    expect(one.words.at(-1)).toMatchObject({ code: 'cannot-replay', position: newest })
    const kept = listen(way, { token: ann.token, after: newer })
    await until(() => kept.events.length > 0, 'what is kept')
    expect(numbers(kept.events)).toEqual([2])
  })

  test('its status and close code are its own', async () => {
    const answered = await ann.ask('GET', '/api/events?after=0')
    expect(answered.status).toBe(410)
    expect(answered.body).toMatchObject({ type: 'urn:problem:cannot-replay', status: 410, position: expect.any(Number) })
    const one = listen(byWebSocket, { token: ann.token, after: 0 })
    const [code, reason] = (await once(one.socket, 'close')) as [number, Buffer]
    expect([code, reason.toString()]).toEqual([4410, 'cannot-replay'])
  })
})
