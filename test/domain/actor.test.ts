import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { z } from 'zod'
import { requireEditor } from '../../domain/access/permission.ts'
import { requireAdmin, allowAnyone, requireSignedIn, requireSystem } from '../../domain/kernel/permission.ts'
import { type Actor, anonymous, formatAuthor, parseAuthor, system, type TokenActor } from '../../domain/kernel/actor.ts'
import { event } from '../../domain/kernel/events/event.ts'
import { command, type Permission } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'
import { toPersonActor, createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { compactHistory, toDocumentId, appendUpdates, runQuery, takeSnapshot } from '../support/journal-history.ts'
import { readAttribution } from '../../domain/documents/journal/attribution.ts'

let node: Node
let ann: Person
let ben: Person
let draft: string
let agent: TokenActor
let link: TokenActor
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
  draft = await createDraft(ann)
  const credential = { kind: 'token', tokenId: randomUUID(), expiresAt: null } as const
  agent = { kind: 'agent', id: randomUUID(), onBehalfOf: ann.id, credential }
  link = { kind: 'link', id: randomUUID(), credential }
})

const formatAuthors = (actors: Actor[]) => actors.map(formatAuthor)

test('an author is formatted as one string and parsed back to kind and ids', () => {
  expect(formatAuthors([toPersonActor(ann), anonymous, system])).toEqual([ann.id, null, null])
  expect(formatAuthors([agent, link])).toEqual([`agent:${agent.id}/${ann.id}`, `link:${link.id}`])
  expect(parseAuthor(ann.id)).toEqual({ kind: 'person', id: ann.id, onBehalfOf: null })
  expect(parseAuthor(formatAuthor(agent) as string)).toEqual({ kind: 'agent', id: agent.id, onBehalfOf: ann.id })
  expect(parseAuthor(formatAuthor(link) as string)).toEqual({ kind: 'link', id: link.id, onBehalfOf: null })
})

describe('permissions', () => {
  const run = (actor: Actor, may: Permission<never>, input = {}) =>
    node.domain
      .run(
        actor,
        command('test.run', { input: { id: z.string().optional() }, authorize: may as Permission<unknown>, execute: async () => 'done' }),
        input,
      )
      .catch(({ code }) => code)
  const editorPermission = requireEditor(({ id }: { id: string }) => id) as Permission<never>

  test('that require a person are forbidden for agents and links', async () => {
    for (const actor of [agent, link]) {
      expect(await run(actor, requireSignedIn as Permission<never>)).toBe('forbidden')
      expect(await run(actor, requireAdmin as Permission<never>)).toBe('forbidden')
      expect(await run(actor, requireSystem as Permission<never>)).toBe('forbidden')
      expect(await run(actor, allowAnyone as Permission<never>)).toBe('done')
    }
    expect(await run(anonymous, requireSignedIn as Permission<never>)).toBe('unauthenticated')
  })

  test('on a subject come from the roles of the agent itself, not from the roles of its principal', async () => {
    expect(await run(toPersonActor(ann), editorPermission, { id: draft })).toBe('done')
    expect(await run(agent, editorPermission, { id: draft })).toBe('not-found')
    // an agent with a role of its own
    const granted: Actor = { ...agent, id: ben.id }
    await ann.request('PUT', `/api/documents/${draft}/members/${ben.id}`, { role: 'viewer' })
    expect(await run(granted, editorPermission, { id: draft })).toBe('forbidden')
    await ann.request('PUT', `/api/documents/${draft}/members/${ben.id}`, { role: 'editor' })
    expect(await run(granted, editorPermission, { id: draft })).toBe('done')
    expect(await run(link, editorPermission, { id: draft })).toBe('not-found')
  })
})

test('event rows store the kind, the id and the principal of the actor', async () => {
  const TestEmitted = event('test.emitted', {})
  const emitTest = command('test.emit', {
    input: {},
    authorize: allowAnyone,
    execute: async (work) => work.emit(TestEmitted, { subject: 'test', audience: [], data: {} }),
  })
  for (const actor of [toPersonActor(ann), agent, link, anonymous, system]) await node.domain.run(actor, emitTest, {})
  const { rows } = await sql`select actor_kind as kind, actor as id, on_behalf_of as "onBehalfOf" from event
    where name = 'test.emitted' order by position`.execute(node.database.sql)
  expect(rows).toEqual([
    { kind: 'person', id: ann.id, onBehalfOf: null },
    { kind: 'agent', id: agent.id, onBehalfOf: ann.id },
    { kind: 'link', id: link.id, onBehalfOf: null },
    { kind: 'anonymous', id: null, onBehalfOf: null },
    { kind: 'system', id: null, onBehalfOf: null },
  ])
})

test('idempotency keys are separate for each actor, and for each principal of an agent', async () => {
  let runs = 0
  const count = command('test.count', { input: {}, authorize: allowAnyone, execute: async () => ++runs })
  const countAfterCommit = command('test.countAfterCommit', {
    input: {},
    authorize: allowAnyone,
    execute: async () => ++runs,
    afterCommit: async (n) => n,
  })
  const actors: Actor[] = [toPersonActor(ann), agent, { ...agent, onBehalfOf: ben.id }, link]
  for (const operation of [count, countAfterCommit]) {
    const runOnce = (actor: Actor) =>
      node.domain.runOnce(actor, operation, {}, { key: operation.name, request: 'same', respond: (n: number) => n })
    const responses: unknown[] = []
    for (const actor of [...actors, ...actors]) responses.push(await runOnce(actor))
    expect(new Set(responses).size).toBe(actors.length)
    expect(responses.slice(actors.length)).toEqual(responses.slice(0, actors.length))
  }
  expect(runs).toBe(2 * actors.length)
})

describe('the journal', () => {
  test('stores the author of each edit, in a batch and alone', async () => {
    const id = toDocumentId(await createDraft(ann))
    const edits = createEdits([ann.id, formatAuthor(agent), null, formatAuthor(link), formatAuthor({ ...agent, onBehalfOf: ben.id })])
    await appendUpdates(node, id, edits)
    for (const edit of edits) await appendUpdates(node, id, [edit])
    const authors = edits.map(({ actor }) => actor)
    expect((await node.journal.rowsAfter(id, 0)).map(({ actor }) => actor)).toEqual([...authors, ...authors])
    const { rows } = await sql`select actor_kind as kind, actor as id, on_behalf_of as "onBehalfOf" from document_update
      where document = ${id} and seq <= 3 order by seq`.execute(node.database.sql)
    expect(rows).toEqual([
      { kind: null, id: ann.id, onBehalfOf: null },
      { kind: 'agent', id: agent.id, onBehalfOf: ann.id },
      { kind: null, id: null, onBehalfOf: null },
    ])
  })

  test('adds no bytes to rows of persons', async () => {
    const { rows } = await sql<{ now: number; before: number }>`
      select pg_column_size(row(id, 1::bigint, id, now(), 'x'::bytea, null::varchar, null::uuid)) as now,
        pg_column_size(row(id, 1::bigint, id, now(), 'x'::bytea)) as before from document limit 1`.execute(node.database.sql)
    expect(rows[0]?.now).toBe(rows[0]?.before)
  })

  test('keeps authors in compacted rows and snapshots, and the history returns their ids', async () => {
    const name = await createDraft(ann)
    const id = toDocumentId(name)
    const authors = [ann.id, formatAuthor(agent) as string, formatAuthor(link) as string]
    await appendUpdates(node, id, createEdits(authors))
    const readAuthors = async () =>
      new Set([...(await runQuery(node, (view) => readAttribution(view, id))).values()].flatMap((all) => all.map(({ actor }) => actor)))
    const readHistory = async (what: string) => (await ann.request('GET', `/api/documents/${name}/${what}`)).body
    const toIds = (people: { userId: string }[]) => people.map(({ userId }) => userId).toSorted()
    const expectedIds = [ann.id, agent.id, link.id].toSorted()
    // an edit session ends at a version
    await sql`insert into document_version (id, document, name, at, user_id, created_at)
      values (${randomUUID()}, ${id}, 'all', 3, ${ann.id}, now())`.execute(node.database.sql)
    const compact = async () => expect(await compactHistory(node, id)).toBe(3)
    for (const step of [async () => {}, () => takeSnapshot(node, id), compact]) {
      await step()
      expect(await readAuthors()).toEqual(new Set(authors))
      expect(toIds((await readHistory('authorship')).people)).toEqual(expectedIds)
      expect(toIds((await readHistory('history')).items[0].authors)).toEqual(expectedIds)
    }
    // without attribution in the snapshot it is read from the sessions
    await sql`update document_snapshot set wrote = null where document = ${id}`.execute(node.database.sql)
    expect(await readAuthors()).toEqual(new Set(authors))
  })
})

/** Creates one edit of each author, in a text of one line. */
function createEdits(authors: (string | null)[]): { actor: string | null; update: Uint8Array }[] {
  const document = new Y.Doc()
  const text = new Y.XmlText()
  const edits: { actor: string | null; update: Uint8Array }[] = []
  for (const [index, actor] of authors.entries()) {
    const known = Y.encodeStateVector(document)
    document.transact(() => {
      if (index === 0) {
        const line = new Y.XmlElement('paragraph')
        line.insert(0, [text])
        document.getXmlFragment('default').insert(0, [line])
      }
      text.insert(0, `words of ${index} `)
    })
    edits.push({ actor, update: Y.encodeStateAsUpdate(document, known) })
  }
  return edits
}
