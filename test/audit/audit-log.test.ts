/** The audit log over REST: who reads what, proofs, tree heads, erasure. */
import { verify, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { hashLeaf, verifyConsistency, verifyInclusion } from '../../domain/audit/merkle-tree.ts'
import { publishTreeHead, type TreeHead, toSignedStatement } from '../../domain/audit/tree-head.ts'
import { saveTreeHead, treeHeadFile } from '../../domain/audit/tree-head-file.ts'
import { system } from '../../domain/kernel/actor.ts'
import { registerSlices } from '../../domain/kernel/manifest/registry.ts'
import { slices } from '../../domain/slices.ts'
import type { Node } from '../../main.ts'
import { appendAct, tamper } from '../support/audit-chain.ts'
import { createSharedDraft, registerInOrder } from '../support/builders.ts'
import { type Person, toPersonActor } from '../support/client.ts'
import { createEmptyDatabase, getEmptyNode, startNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let [admin, ann, ben, eve]: Person[] = []
let draft: string
beforeEach(async () => {
  node = await getEmptyNode()
  ;[admin, ann, ben, eve] = await registerInOrder(node.url, 'Admin', 'Ann', 'Ben', 'Eve')
  draft = await createSharedDraft(ann as Person, { viewer: [ben as Person] })
  await appendAct(node, { action: 'approval.given', subject: draft, personal: { name: 'Ann' } }, toPersonActor(ann as Person))
  await appendAct(node, { action: 'approval.given', subject: draft, personal: { name: 'Ben' } }, toPersonActor(ben as Person))
  await appendAct(node, { action: 'test.done', subject: 'envelope:1', personal: { name: 'Eve' } }, toPersonActor(eve as Person))
})
const read = async (person: Person | undefined, path: string) => (person as Person).request('GET', `/api/audit${path}`)

test('administrators read all rows; readers of a subject its rows, without personal data of others; nobody else any', async () => {
  const all = (await read(admin, '')).body.items
  expect(all.map(({ position, personal }: any) => [position, personal.details.name])).toEqual([
    [3, 'Eve'],
    [2, 'Ben'],
    [1, 'Ann'],
  ])
  expect(all[0]).toMatchObject({ action: 'test.done', subject: 'envelope:1', actor: { kind: 'person', id: eve?.id }, onBehalfOf: null })
  const { items } = (await read(ben, `?subject=${draft}`)).body
  expect(items.map(({ position, personal }: any) => [position, personal?.details.name])).toEqual([
    [2, 'Ben'],
    [1, undefined],
  ])
  expect(await read(ben, '')).toMatchObject({ status: 403, body: { detail: expect.stringContaining('subject') } })
  expect(await read(eve, `?subject=${draft}`)).toMatchObject({ status: 404 })
  expect(await read(ben, '/1')).toMatchObject({ status: 200, body: { position: 1, personal: null } })
  expect(await read(eve, '/1')).toMatchObject({ status: 404 })
  // their own act, about something that they cannot read
  expect(await read(eve, '/3')).toMatchObject({ status: 200, body: { personal: { details: { name: 'Eve' } } } })
  for (const path of ['/4', '/0', '/x', '/4/proof']) expect([400, 404], path).toContain((await read(admin, path)).status)
  for (const path of ['/check', '/erasures']) expect((await read(ben, path)).status, path).not.toBe(200)
})

test('filters and pages', async () => {
  const list = async (query: string) => (await read(admin, `?${query}`)).body
  const first = await list('limit=2')
  expect(first.items.map(({ position }: any) => position)).toEqual([3, 2])
  const second = await list(`limit=2&cursor=${first.nextCursor}`)
  expect(second).toMatchObject({ items: [{ position: 1 }], nextCursor: null })
  expect((await list(`action=approval.given&actorId=${ann?.id}`)).items).toMatchObject([{ position: 1 }])
  expect((await list(`subject=${draft}`)).items).toHaveLength(2)
  expect(await read(admin, '?cursor=x')).toMatchObject({ status: 400 })
  expect(await read(admin, '?colour=red')).toMatchObject({ status: 400, body: { type: 'urn:problem:invalid-input' } })
})

test('a proof shows that a row is in a published head, and that later heads extend it', async () => {
  const published = (await node.domain.run(system, publishTreeHead, {})).published as TreeHead
  expect(await node.domain.run(system, publishTreeHead, {})).toEqual({ published: null })
  await appendAct(node)
  await appendAct(node)
  const bytes = (hex: string) => Buffer.from(hex, 'hex')
  const { body } = await read(ben, `/2/proof?size=${published.size}`)
  expect(body).toMatchObject({ position: 2, size: 3, root: published.root })
  expect(verifyInclusion(hashLeaf(bytes(body.hash)), 1, 3, body.path.map(bytes), bytes(published.root))).toBe(true)
  expect((await read(admin, '/2/proof')).body.size).toBe(5)
  const proof = (await read(eve, '/consistency?from=3')).body
  const [earlier, later] = [
    { size: 3, root: bytes(published.root) },
    { size: 5, root: bytes(proof.root) },
  ]
  expect(verifyConsistency(earlier, later, proof.path.map(bytes))).toBe(true)
  for (const query of ['/2/proof?size=1', '/2/proof?size=6', '/consistency?from=4&size=3', '/consistency?from=6'])
    expect(await read(admin, query), query).toMatchObject({ status: 400 })
  expect((await read(eve, '/heads')).body).toEqual({ items: [{ ...published }], nextCursor: null })
})

test('the check says whether the chain extends a saved head', async () => {
  const { size, root } = (await node.domain.run(system, publishTreeHead, {})).published as TreeHead
  await appendAct(node)
  expect((await read(admin, `/check?size=${size}&root=${root}`)).body).toMatchObject({ rows: 4, broken: null, confirmedHeads: 2 })
  expect((await read(admin, `/check?size=3&root=${'0'.repeat(64)}`)).body.broken).toMatchObject({ position: 3, problem: 'not-as-saved' })
  expect((await read(admin, `/check?size=9&root=${root}`)).body.broken).toMatchObject({ position: 5, problem: 'cut-off' })
  for (const query of ['?size=3', `?root=${root}`, '?size=3&root=x']) expect((await read(admin, `/check${query}`)).status).toBe(400)
  await tamper(node, `update audit_row set action = 'test.undone' where position = 2`)
  expect((await read(admin, '/check')).body.broken).toMatchObject({ position: 2, problem: 'changed' })
  expect((await read(ben, '/check')).status).toBe(403)
})

test('a published head goes to administrators by mail, and to subscribers and webhooks of the platform', async () => {
  const { position } = (await (eve as Person).request('GET', '/api/events')).body
  const { size, root } = (await node.domain.run(system, publishTreeHead, {})).published as TreeHead
  const mail = await waitUntil(async () => {
    await node.sequencer.drain()
    await node.deliveryWorker.deliverDue()
    const { items } = (await (admin as Person).request('GET', '/api/outbox?limit=100')).body
    return items.find(({ to, subject }: any) => to === admin?.email && subject.startsWith('Audit log: 3 rows'))
  }, 'the mail to the administrator')
  expect((await (admin as Person).request('GET', `/api/outbox/${mail.id}`)).body.text).toContain(
    `/api/audit/check?size=${size}&root=${root}`,
  )
  const events = (await (eve as Person).request('GET', `/api/events?after=${position}`)).body.items
  expect(events.find(({ event }: any) => event === 'tree-head.published')).toMatchObject({ subject: 'platform', data: { size, root } })
})

test('heads are appended to a file of the data directory, each once', async () => {
  const { env, remove } = await createEmptyDatabase()
  const other = await startNode(env)
  try {
    await appendAct(other)
    const head = (await other.domain.run(system, publishTreeHead, {})).published as TreeHead
    const file = treeHeadFile(join(env.DATA_DIR as string, 'audit'))
    await waitUntil(() => existsSync(file), 'the file')
    await other.domain.run(system, saveTreeHead, head)
    expect(
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([head])
  } finally {
    await other.stop()
    await remove()
  }
})

test('heads are signed by the installation, over bytes that anybody can rebuild', async () => {
  const head = (await node.domain.run(system, publishTreeHead, {})).published as TreeHead
  const certificate = new X509Certificate(head.certificate as string)
  const signature = Buffer.from(head.signature as string, 'base64')
  expect(verify('sha256', toSignedStatement(head), certificate.publicKey, signature)).toBe(true)
  expect(verify('sha256', toSignedStatement({ ...head, size: 4 }), certificate.publicKey, signature)).toBe(false)
  expect(Buffer.from(toSignedStatement(head)).toString()).toBe(
    `{"at":"${head.at}","format":"smartstart-tree-head/1","hash":"${head.hash}","root":"${head.root}","size":3}`,
  )
})

test('without the key, heads are published unsigned', async () => {
  registerSlices(slices.filter(({ name }) => name !== 'signing'))
  try {
    const head = (await node.domain.run(system, publishTreeHead, {})).published as TreeHead
    expect(head).toMatchObject({ size: 3, signature: null, certificate: null })
  } finally {
    registerSlices(slices)
  }
})

test('an administrator erases personal data; the rows stay, and the erasure is one', async () => {
  const erase = (person: Person | undefined, body: object) => (person as Person).request('POST', '/api/audit/erasures', body)
  expect((await erase(ann, { personId: ann?.id })).status).toBe(403)
  expect(await erase(admin, { personId: ann?.id })).toMatchObject({ status: 200, body: { rows: 1 } })
  expect(await erase(admin, { personId: ann?.id })).toMatchObject({ status: 409 })
  expect(await erase(admin, { personId: ben?.id, subject: 'envelope:1' })).toMatchObject({ status: 409 })
  expect((await read(admin, '/1')).body.personal).toEqual({
    personId: ann?.id,
    salt: null,
    details: null,
    erasedAt: expect.stringMatching(/Z$/),
  })
  expect((await read(admin, '/4')).body).toMatchObject({ action: 'personal-data.erased', data: { personId: ann?.id, rows: 1 } })
  expect((await read(admin, '/check')).body).toMatchObject({ broken: null, erased: { count: 1, rows: [{ position: 1 }] } })
})
