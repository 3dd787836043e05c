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

/** The steps of the command below. */
let prepare: () => Promise<void>
let execute: () => void
let afterCommit: () => Promise<void>
let runs = 0
const testCommand = command('test.command', {
  input: { n: z.number().default(0) },
  authorize: allowAnyone,
  prepare: async (view) => {
    await prepare()
    return view
  },
  execute: async () => execute(),
  async afterCommit() {
    await afterCommit()
    return ++runs
  },
})
function reset() {
  prepare = async () => {}
  execute = () => {}
  afterCommit = async () => {}
  runs = 0
}
const createConflict = () => new DomainError('conflict', 'The test command fails.')
const runOnce = (key: string, request = 'same') => node.domain.runOnce(actor, testCommand, {}, { key, request, respond: (n) => ({ n }) })
const inProgress = { code: 'conflict', message: expect.stringContaining('in progress'), retryAfter: 2 }
/** Makes a claim older than its timeout. */
const expireClaim = (key: string) =>
  sql`update idempotency set at = at - interval '6 minutes' where actor = ${ann.id} and key = ${key}`.execute(node.database.sql)

test('a repeated request is refused while the first is in progress, and gets the same response afterwards', async () => {
  reset()
  const gate = Promise.withResolvers<void>()
  const isPreparing = Promise.withResolvers<void>()
  prepare = () => {
    isPreparing.resolve()
    return gate.promise
  }
  const first = runOnce('two')
  await isPreparing.promise
  await expect(runOnce('two')).rejects.toMatchObject(inProgress)
  await expect(runOnce('two', 'another')).rejects.toMatchObject({ message: expect.stringContaining('another request') })
  gate.resolve()
  expect(await first).toEqual({ n: 1 })
  expect(await runOnce('two')).toEqual({ n: 1 })
  await expect(runOnce('two', 'another')).rejects.toMatchObject({ message: expect.stringContaining('another request') })
  expect(runs).toBe(1)
})

test('of many concurrent requests with one key only one is executed', async () => {
  reset()
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => runOnce('many')))
  expect(runs).toBe(1)
  for (const result of results) expect(result).toMatchObject(result.status === 'fulfilled' ? { value: { n: 1 } } : { reason: inProgress })
  expect(results.some(({ status }) => status === 'fulfilled')).toBe(true)
})

test('a command that is refused before any side effect releases its key', async () => {
  for (const step of ['prepare', 'execute'] as const) {
    reset()
    if (step === 'prepare') prepare = () => Promise.reject(createConflict())
    else
      execute = () => {
        throw createConflict()
      }
    await expect(runOnce(`refused in ${step}`)).rejects.toMatchObject({ message: 'The test command fails.' })
    reset()
    expect(await runOnce(`refused in ${step}`)).toEqual({ n: 1 })
  }
})

test('a command that fails after the commit, or with an unknown outcome, keeps its claim until it expires', async () => {
  const failures: [string, () => void, RegExp][] = [
    ['after the commit', () => (afterCommit = () => Promise.reject(createConflict())), /test command fails/],
    ['internal error', () => (prepare = () => Promise.reject(new Error('x'))), /Internal error/],
    ['live edit before the transaction', () => {}, /test command fails/],
  ]
  for (const [failure, set, message] of failures) {
    reset()
    set()
    const run = failure === 'live edit before the transaction' ? () => runEditingCommand(failure) : () => runOnce(failure)
    await expect(run()).rejects.toMatchObject({ message: expect.stringMatching(message) })
    reset()
    await expect(run()).rejects.toMatchObject(inProgress)
    await expireClaim(failure)
    if (failure === 'live edit before the transaction') continue
    expect(await run()).toEqual({ n: 1 })
    expect(await run()).toEqual({ n: 1 })
  }
})

let draft: string
/** Runs a command that edits a document before its transaction, which fails. */
async function runEditingCommand(key: string) {
  draft ??= await createDraft(ann)
  const editingCommand = command('test.editDocument', {
    input: {},
    authorize: allowAnyone,
    writesBeforeCommit: true,
    prepare: (view) => view.ports.editDocument(draft, ann.id, (document) => document.getMap('mine').set('x', 1)),
    execute: () => Promise.reject(createConflict()),
  })
  return node.domain.runOnce(actor, editingCommand, {}, { key, request: 'edits', respond: () => null })
}

test('a claim that another request took over returns the first outcome to its owner, and stores the second one', async () => {
  reset()
  const gate = Promise.withResolvers<void>()
  const inside = Promise.withResolvers<void>()
  prepare = () => {
    inside.resolve()
    return gate.promise
  }
  const slow = runOnce('over')
  await inside.promise
  await expireClaim('over')
  prepare = async () => {}
  expect(await runOnce('over')).toEqual({ n: 1 })
  gate.resolve()
  expect(await slow).toEqual({ n: 2 })
  expect(await runOnce('over')).toEqual({ n: 1 })
})

test('over REST a suggestion, a clause and a file are created once for one key; tokens are never stored', async () => {
  const name = await createDraft(ann)
  const replica = await openDocument(node.url, name, ann.token)
  writeParagraphs(replica.document, 'The party pays.')
  await waitUntil(() => !replica.provider.hasUnsyncedChanges, 'the text to be saved')
  const input = { kind: 'replace', anchor: createBlockAnchor(replica.document, 0, 'party'), text: 'buyer' }
  const sendTwice = async (path: string, body: object | Uint8Array, status: number) => {
    const headers: Record<string, string> = { 'idempotency-key': path }
    if (body instanceof Uint8Array) headers['content-type'] = 'application/octet-stream'
    const first = await ann.request('POST', path, body, headers)
    expect(first.status, JSON.stringify(first.body)).toBe(status)
    expect((await ann.request('POST', path, body, headers)).body).toEqual(first.body)
    return first.body
  }
  const suggestion = await sendTwice(`/api/documents/${name}/suggestions`, input, 201)
  expect((await ann.request('GET', `/api/documents/${name}/suggestions`)).body.items).toEqual([suggestion])
  await waitUntil(() => readText(replica.document) === 'The partybuyer pays.', 'the suggestion')
  const clause = await ann.request('POST', '/api/legal/clauses', {
    name: 'Law',
    content: { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'The law.' }] }] },
  })
  await sendTwice(`/api/legal/documents/${name.split(':')[1]}/clauses`, { clauseId: clause.body.id }, 201)
  await waitUntil(() => readText(replica.document) === 'The partybuyer pays.\nThe law.', 'the clause, once')
  await sendTwice('/api/imports?name=a.md', new TextEncoder().encode('# Once'), 201)
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
  replica.close()
})
