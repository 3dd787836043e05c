import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { allowAnyone } from '../../domain/kernel/permission.ts'
import { DomainError } from '../../domain/kernel/errors.ts'
import type { Actor } from '../../domain/kernel/actor.ts'
import { command } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'
import { toPersonActor, createDraft, openDocument, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { createBlockAnchor, readText, writeParagraphs } from '../support/prose.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let actor: Actor
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  actor = toPersonActor(ann)
})

/** What the work below does in each of its parts. */
let prepares: () => Promise<void>
let does: () => void
let follows: () => Promise<void>
let times = 0
const work = command('test.work', {
  input: { n: z.number().default(0) },
  authorize: allowAnyone,
  prepare: async (view) => {
    await prepares()
    return view
  },
  execute: async () => does(),
  async afterCommit() {
    await follows()
    return ++times
  },
})
function begin() {
  prepares = async () => {}
  does = () => {}
  follows = async () => {}
  times = 0
}
const refusal = () => new DomainError('conflict', 'it was said so')
const ask = (key: string, request = 'same') => node.domain.runOnce(actor, work, {}, { key, request, respond: (n) => ({ n }) })
const underWay = { code: 'conflict', message: expect.stringContaining('in progress'), retryAfter: 2 }
/** As if the claim were from long ago. */
const age = (key: string) =>
  sql`update idempotency set at = at - interval '6 minutes' where actor = ${ann.id} and key = ${key}`.execute(node.database.sql)

test('while a request is under way its twin is told so; afterwards it is answered the same', async () => {
  begin()
  const gate = Promise.withResolvers<void>()
  const inside = Promise.withResolvers<void>()
  prepares = () => {
    inside.resolve()
    return gate.promise
  }
  const first = ask('two')
  await inside.promise
  await expect(ask('two')).rejects.toMatchObject(underWay)
  await expect(ask('two', 'another')).rejects.toMatchObject({ message: expect.stringContaining('another request') })
  gate.resolve()
  expect(await first).toEqual({ n: 1 })
  expect(await ask('two')).toEqual({ n: 1 })
  await expect(ask('two', 'another')).rejects.toMatchObject({ message: expect.stringContaining('another request') })
  expect(times).toBe(1)
})

test('of many at the same time one does it', async () => {
  begin()
  const ends = await Promise.allSettled(Array.from({ length: 20 }, () => ask('many')))
  expect(times).toBe(1)
  for (const end of ends) expect(end).toMatchObject(end.status === 'fulfilled' ? { value: { n: 1 } } : { reason: underWay })
  expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true)
})

test('what is refused before anything was done gives the key back', async () => {
  for (const where of ['prepares', 'does'] as const) {
    begin()
    if (where === 'prepares') prepares = () => Promise.reject(refusal())
    else
      does = () => {
        throw refusal()
      }
    await expect(ask(`refused in ${where}`)).rejects.toMatchObject({ message: 'it was said so' })
    begin()
    expect(await ask(`refused in ${where}`)).toEqual({ n: 1 })
  }
})

test('what fails after the commit, or nobody knows how far it came, leaves the claim, and that ends', async () => {
  const failures: [string, () => void, RegExp][] = [
    ['after the commit', () => (follows = () => Promise.reject(refusal())), /said so/],
    ['by an error of ours', () => (prepares = () => Promise.reject(new Error('x'))), /Internal error/],
    ['by an edit that went out', () => {}, /said so/],
  ]
  for (const [key, set, message] of failures) {
    begin()
    set()
    const run = key === 'by an edit that went out' ? () => editing(key) : () => ask(key)
    await expect(run()).rejects.toMatchObject({ message: expect.stringMatching(message) })
    begin()
    await expect(run()).rejects.toMatchObject(underWay)
    await age(key)
    if (key === 'by an edit that went out') continue
    expect(await run()).toEqual({ n: 1 })
    expect(await run()).toEqual({ n: 1 })
  }
})

let draft: string
/** Work that edits a document ahead of its transaction, which refuses. */
async function editing(key: string) {
  draft ??= await createDraft(ann)
  const edits = command('test.edits', {
    input: {},
    authorize: allowAnyone,
    writesBeforeCommit: true,
    prepare: (view) => view.ports.editDocument(draft, ann.id, (document) => document.getMap('mine').set('x', 1)),
    execute: () => Promise.reject(refusal()),
  })
  return node.domain.runOnce(actor, edits, {}, { key, request: 'edits', respond: () => null })
}

test('a claim that was taken over answers its first owner, and keeps what the second did', async () => {
  begin()
  const gate = Promise.withResolvers<void>()
  const inside = Promise.withResolvers<void>()
  prepares = () => {
    inside.resolve()
    return gate.promise
  }
  const slow = ask('over')
  await inside.promise
  await age('over')
  prepares = async () => {}
  expect(await ask('over')).toEqual({ n: 1 })
  gate.resolve()
  expect(await slow).toEqual({ n: 2 })
  expect(await ask('over')).toEqual({ n: 1 })
})

test('over REST: a suggestion, a clause and a file are made once under one key; tokens are never kept', async () => {
  const name = await createDraft(ann)
  const one = await openDocument(node.url, name, ann.token)
  writeParagraphs(one.document, 'The party pays.')
  await waitUntil(() => !one.provider.hasUnsyncedChanges, 'the text to be saved')
  const asked = { kind: 'replace', anchor: createBlockAnchor(one.document, 0, 'party'), text: 'buyer' }
  const twice = async (path: string, body: object | Uint8Array, status: number) => {
    const headers: Record<string, string> = { 'idempotency-key': path }
    if (body instanceof Uint8Array) headers['content-type'] = 'application/octet-stream'
    const first = await ann.request('POST', path, body, headers)
    expect(first.status, JSON.stringify(first.body)).toBe(status)
    expect((await ann.request('POST', path, body, headers)).body).toEqual(first.body)
    return first.body
  }
  const suggestion = await twice(`/api/documents/${name}/suggestions`, asked, 201)
  expect((await ann.request('GET', `/api/documents/${name}/suggestions`)).body.items).toEqual([suggestion])
  await waitUntil(() => readText(one.document) === 'The partybuyer pays.', 'the suggestion')
  const clause = await ann.request('POST', '/api/legal/clauses', {
    name: 'Law',
    content: { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'The law.' }] }] },
  })
  await twice(`/api/legal/documents/${name.split(':')[1]}/clauses`, { clauseId: clause.body.id }, 201)
  await waitUntil(() => readText(one.document) === 'The partybuyer pays.\nThe law.', 'the clause, once')
  await twice('/api/imports?name=a.md', new TextEncoder().encode('# Once'), 201)
  const { rows } = await sql<{ n: string }>`select count(*) as n from document_import where user_id = ${ann.id}`.execute(node.database.sql)
  expect(Number(rows[0]?.n)).toBe(1)
  const other = await ann.request('POST', '/api/imports?name=a.md', new TextEncoder().encode('# Other'), {
    'idempotency-key': '/api/imports?name=a.md',
    'content-type': 'application/octet-stream',
  })
  expect(other.status).toBe(422)
  const login = () => ann.request('POST', '/api/auth/login', { email: ann.email, password: ann.password }, { 'idempotency-key': 'login' })
  const tokens = [await login(), await login()].map(({ body }) => body.refreshToken)
  expect(new Set(tokens).size).toBe(2)
  one.close()
})
