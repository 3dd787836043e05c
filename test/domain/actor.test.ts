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

const authors = (actors: Actor[]) => actors.map(formatAuthor)

test('an author is one string, from which kind and ids are read', () => {
  expect(authors([toPersonActor(ann), anonymous, system])).toEqual([ann.id, null, null])
  expect(authors([agent, link])).toEqual([`agent:${agent.id}/${ann.id}`, `link:${link.id}`])
  expect(parseAuthor(ann.id)).toEqual({ kind: 'person', id: ann.id, onBehalfOf: null })
  expect(parseAuthor(formatAuthor(agent) as string)).toEqual({ kind: 'agent', id: agent.id, onBehalfOf: ann.id })
  expect(parseAuthor(formatAuthor(link) as string)).toEqual({ kind: 'link', id: link.id, onBehalfOf: null })
})

describe('permissions', () => {
  const ask = (actor: Actor, may: Permission<never>, input = {}) =>
    node.domain
      .run(
        actor,
        command('test.ask', { input: { id: z.string().optional() }, authorize: may as Permission<unknown>, execute: async () => 'done' }),
        input,
      )
      .catch(({ code }) => code)
  const mayEdit = requireEditor(({ id }: { id: string }) => id) as Permission<never>

  test('that need a person are forbidden for agents and links', async () => {
    for (const actor of [agent, link]) {
      expect(await ask(actor, requireSignedIn as Permission<never>)).toBe('forbidden')
      expect(await ask(actor, requireAdmin as Permission<never>)).toBe('forbidden')
      expect(await ask(actor, requireSystem as Permission<never>)).toBe('forbidden')
      expect(await ask(actor, allowAnyone as Permission<never>)).toBe('done')
    }
    expect(await ask(anonymous, requireSignedIn as Permission<never>)).toBe('unauthenticated')
  })

  test('on a subject are what roles grant to the own id of an agent, not what the person holds for whom it acts', async () => {
    expect(await ask(toPersonActor(ann), mayEdit, { id: draft })).toBe('done')
    expect(await ask(agent, mayEdit, { id: draft })).toBe('not-found')
    // an id on which a role is held
    const granted: Actor = { ...agent, id: ben.id }
    await ann.request('PUT', `/api/documents/${draft}/members/${ben.id}`, { role: 'viewer' })
    expect(await ask(granted, mayEdit, { id: draft })).toBe('forbidden')
    await ann.request('PUT', `/api/documents/${draft}/members/${ben.id}`, { role: 'editor' })
    expect(await ask(granted, mayEdit, { id: draft })).toBe('done')
    expect(await ask(link, mayEdit, { id: draft })).toBe('not-found')
  })
})

test('event rows keep the kind of the actor, its id, and for whom it acts', async () => {
  const Happened = event('test.happened', {})
  const happen = command('test.happen', {
    input: {},
    authorize: allowAnyone,
    execute: async (work) => work.emit(Happened, { subject: 'test', audience: [], data: {} }),
  })
  for (const actor of [toPersonActor(ann), agent, link, anonymous, system]) await node.domain.run(actor, happen, {})
  const { rows } = await sql`select actor_kind as kind, actor as id, on_behalf_of as "onBehalfOf" from event
    where name = 'test.happened' order by position`.execute(node.database.sql)
  expect(rows).toEqual([
    { kind: 'person', id: ann.id, onBehalfOf: null },
    { kind: 'agent', id: agent.id, onBehalfOf: ann.id },
    { kind: 'link', id: link.id, onBehalfOf: null },
    { kind: 'anonymous', id: null, onBehalfOf: null },
    { kind: 'system', id: null, onBehalfOf: null },
  ])
})

test('an idempotency key is one for each actor, and for each person for whom an agent acts', async () => {
  let done = 0
  const count = command('test.count', { input: {}, authorize: allowAnyone, execute: async () => ++done })
  const slow = command('test.slow', { input: {}, authorize: allowAnyone, execute: async () => ++done, afterCommit: async (n) => n })
  const actors: Actor[] = [toPersonActor(ann), agent, { ...agent, onBehalfOf: ben.id }, link]
  for (const operation of [count, slow]) {
    const once = (actor: Actor) =>
      node.domain.runOnce(actor, operation, {}, { key: operation.name, request: 'same', respond: (n: number) => n })
    const answers: unknown[] = []
    for (const actor of [...actors, ...actors]) answers.push(await once(actor))
    expect(new Set(answers).size).toBe(actors.length)
    expect(answers.slice(actors.length)).toEqual(answers.slice(0, actors.length))
  }
  expect(done).toBe(2 * actors.length)
})

describe('the journal', () => {
  test('keeps the author of each edit, of a batch and of a single one', async () => {
    const id = toDocumentId(await createDraft(ann))
    const edits = edited([ann.id, formatAuthor(agent), null, formatAuthor(link), formatAuthor({ ...agent, onBehalfOf: ben.id })])
    await appendUpdates(node, id, edits)
    for (const one of edits) await appendUpdates(node, id, [one])
    const wanted = edits.map(({ actor }) => actor)
    expect((await node.journal.rowsAfter(id, 0)).map(({ actor }) => actor)).toEqual([...wanted, ...wanted])
    const { rows } = await sql`select actor_kind as kind, actor as id, on_behalf_of as "onBehalfOf" from document_update
      where document = ${id} and seq <= 3 order by seq`.execute(node.database.sql)
    expect(rows).toEqual([
      { kind: null, id: ann.id, onBehalfOf: null },
      { kind: 'agent', id: agent.id, onBehalfOf: ann.id },
      { kind: null, id: null, onBehalfOf: null },
    ])
  })

  test('spends no byte on it in rows of persons', async () => {
    const { rows } = await sql<{ now: number; before: number }>`
      select pg_column_size(row(id, 1::bigint, id, now(), 'x'::bytea, null::varchar, null::uuid)) as now,
        pg_column_size(row(id, 1::bigint, id, now(), 'x'::bytea)) as before from document limit 1`.execute(node.database.sql)
    expect(rows[0]?.now).toBe(rows[0]?.before)
  })

  test('keeps authors when rows are folded and in snapshots, and history tells their own ids', async () => {
    const name = await createDraft(ann)
    const id = toDocumentId(name)
    const wanted = [ann.id, formatAuthor(agent) as string, formatAuthor(link) as string]
    await appendUpdates(node, id, edited(wanted))
    const known = async () =>
      new Set([...(await runQuery(node, (view) => readAttribution(view, id))).values()].flatMap((all) => all.map(({ actor }) => actor)))
    const told = async (what: string) => (await ann.request('GET', `/api/documents/${name}/${what}`)).body
    const idsIn = (people: { userId: string }[]) => people.map(({ userId }) => userId).toSorted()
    const own = [ann.id, agent.id, link.id].toSorted()
    // an edit session ends at a version
    await sql`insert into document_version (id, document, name, at, user_id, created_at)
      values (${randomUUID()}, ${id}, 'all', 3, ${ann.id}, now())`.execute(node.database.sql)
    const fold = async () => expect(await compactHistory(node, id)).toBe(3)
    for (const step of [async () => {}, () => takeSnapshot(node, id), fold]) {
      await step()
      expect(await known()).toEqual(new Set(wanted))
      expect(idsIn((await told('authorship')).people)).toEqual(own)
      expect(idsIn((await told('history')).items[0].authors)).toEqual(own)
    }
    // what no snapshot says is read from the sessions
    await sql`update document_snapshot set wrote = null where document = ${id}`.execute(node.database.sql)
    expect(await known()).toEqual(new Set(wanted))
  })
})

/** One edit of each author, in a text of one line. */
function edited(by: (string | null)[]): { actor: string | null; update: Uint8Array }[] {
  const document = new Y.Doc()
  const text = new Y.XmlText()
  const edits: { actor: string | null; update: Uint8Array }[] = []
  for (const [place, actor] of by.entries()) {
    const known = Y.encodeStateVector(document)
    document.transact(() => {
      if (place === 0) {
        const line = new Y.XmlElement('paragraph')
        line.insert(0, [text])
        document.getXmlFragment('default').insert(0, [line])
      }
      text.insert(0, `words of ${place} `)
    })
    edits.push({ actor, update: Y.encodeStateAsUpdate(document, known) })
  }
  return edits
}
