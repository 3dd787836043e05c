/** Review and approval over REST, with a real editor. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { noticeLapsedApprovals } from '../../domain/legal/review/lapse.ts'
import { system } from '../../domain/kernel/actor.ts'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople, shareSubject } from '../support/builders.ts'
import { createDraft, isSaved, openDocument, type Person } from '../support/client.ts'
import { hasType, readInbox, waitForNotification } from '../support/inbox.ts'
import { backdateUpdates, compactHistory, takeSnapshot } from '../support/journal-history.ts'
import { getEmptyNode } from '../support/node.ts'
import { createBlock } from '../support/shared-draft.ts'
import { getBlockText, getRoot } from '../support/prose.ts'
import { openReviewedDocument } from '../support/reviewed-document.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let person: PersonByName
let [ann, ben, cas, eve]: Person[] = []
const [owner, reviewer, second, stranger] = [() => ann as Person, () => ben as Person, () => cas as Person, () => eve as Person]
beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, ['Admin', 'Ann', 'Ben', 'Cas', 'Eve'])
  ;[ann, ben, cas, eve] = ['Ann', 'Ben', 'Cas', 'Eve'].map(person)
})

const auditActions = async (subject: string): Promise<string[]> =>
  (await person('Admin').request('GET', `/api/audit?subject=${subject}&limit=100`)).body.items.map(({ action }: any) => action).reverse()

test('a reviewer becomes a commenter, approves the text that they read, and the document is approved', async () => {
  const draft = await openReviewedDocument(node, owner(), [reviewer()], 'The parties agree.')
  expect((await reviewer().request('GET', `/api/legal/documents/${draft.id}`)).body).toMatchObject({ role: 'commenter', state: 'draft' })
  expect(await draft.blockers(owner())).toEqual(['approval-missing'])
  const before = await draft.review(reviewer())
  expect(before).toMatchObject({ approved: false, at: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) })
  expect(before.reviewers).toMatchObject([{ userId: reviewer().id, name: 'Ben', decision: null }])
  await owner().request('POST', `/api/state-machines/legalDocument/${draft.id}/event`, { event: 'SUBMIT_FOR_REVIEW' })

  const { status, body } = await draft.decide(reviewer(), 'approve', { comment: 'Fine.' })
  expect(status, JSON.stringify(body)).toBe(200)
  expect(body).toMatchObject({
    state: 'approved',
    approved: true,
    reviewers: [{ decision: { decision: 'approve', comment: 'Fine.', hash: before.hash, seq: 1, holds: true, lapsedSince: null } }],
  })
  expect((await owner().request('GET', draft.path)).body.state).toBe('approved')
  expect(await draft.blockers(owner())).toEqual([])
  expect(await auditActions(draft.name)).toEqual(['review.requested', 'approval.given'])
  const [row] = (await person('Admin').request('GET', `/api/audit?subject=${draft.name}`)).body.items
  expect(row).toMatchObject({
    actor: { kind: 'person', id: reviewer().id },
    data: { documentId: draft.id, hash: before.hash, seq: 1 },
    personal: { details: { name: 'Ben', comment: 'Fine.', address: expect.stringMatching(/127\.0\.0\.1/), userAgent: expect.any(String) } },
  })
})

test('an approval lapses when one character changes, holds again for the same text, and can be given again', async () => {
  const draft = await openReviewedDocument(node, owner(), [reviewer()], 'The parties agree.')
  await draft.decide(reviewer(), 'approve')
  const text = getBlockText(draft.live.document, 0)
  await draft.edit(() => text.insert(3, ' '))
  const lapsed = await draft.review(owner())
  expect(lapsed).toMatchObject({ approved: false, reviewers: [{ decision: { holds: false, lapsedSince: expect.stringMatching(/Z$/) } }] })
  expect(await draft.blockers(owner())).toEqual(['approval-lapsed'])
  await draft.edit(() => text.delete(3, 1))
  expect(await draft.review(owner())).toMatchObject({ approved: true, reviewers: [{ decision: { holds: true, lapsedSince: null } }] })
  await draft.edit(() => text.insert(3, '!'))
  expect((await draft.decide(reviewer(), 'approve')).body).toMatchObject({ approved: true, state: 'approved' })
  // the title is a part of the text
  await owner().request('PATCH', draft.path, { title: 'Another title' })
  expect(await draft.blockers(owner())).toEqual(['approval-lapsed'])
  expect((await draft.review(owner())).reviewers[0].decision).toMatchObject({ holds: false, lapsedSince: expect.any(String) })
})

test('an approval of another text is a conflict that names the present hash, and nothing is recorded', async () => {
  const draft = await openReviewedDocument(node, owner(), [reviewer()], 'The parties agree.')
  const { hash: old } = await draft.review(reviewer())
  await draft.edit(() => getBlockText(draft.live.document, 0).insert(0, 'x'))
  const { hash } = await draft.review(reviewer())
  const { status, body } = await reviewer().request('POST', `${draft.path}/review`, { decision: 'approve', expectedHash: old })
  expect(status).toBe(409)
  expect(body).toMatchObject({ type: 'urn:problem:conflict', detail: expect.stringContaining(hash) })
  expect((await draft.review(owner())).reviewers[0].decision).toBeNull()
  expect(await auditActions(draft.name)).toEqual(['review.requested'])
})

test('all reviewers must approve; rejections and requests for changes move the document', async () => {
  const draft = await openReviewedDocument(node, owner(), [reviewer(), second()], 'The parties agree.')
  const send = (event: string) => owner().request('POST', `/api/state-machines/legalDocument/${draft.id}/event`, { event })
  await send('SUBMIT_FOR_REVIEW')
  expect((await draft.decide(reviewer(), 'approve')).body).toMatchObject({ state: 'under_review', approved: false })
  expect((await draft.decide(second(), 'request-changes', { comment: 'Add a date.' })).body.state).toBe('revision_requested')
  expect(await draft.blockers(owner())).toEqual(['changes-requested'])
  await send('REVISION_COMPLETE')
  expect((await draft.decide(second(), 'reject')).body.state).toBe('rejected')
  expect(await draft.blockers(owner())).toEqual(['rejected'])
  expect((await draft.decide(second(), 'approve')).status).toBe(409)
  await send('APPEAL')
  // the machine refuses approval while one is missing
  const refused = await reviewer().request('POST', `/api/state-machines/legalDocument/${draft.id}/event`, { event: 'APPROVE' })
  expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining('Cas rejected the document.') } })
  expect((await draft.decide(second(), 'approve')).body).toMatchObject({ state: 'approved', approved: true })
  const { items } = (await owner().request('GET', `/api/state-machines/legalDocument/${draft.id}/history?limit=50`)).body
  expect(items.map(({ event }: any) => event)).toEqual(expect.arrayContaining(['REQUEST_REVISION', 'REJECT', 'APPEAL', 'APPROVE']))
  expect(items.find(({ event }: any) => event === 'REQUEST_REVISION').reason).toBe('Add a date.')
  expect(await auditActions(draft.name)).toEqual([
    'review.requested',
    'review.requested',
    'approval.given',
    'changes.requested',
    'document.rejected',
    'approval.given',
  ])
})

test('the last two approvals at once approve the document once', async () => {
  const draft = await openReviewedDocument(node, owner(), [reviewer(), second()], 'The parties agree.')
  await Promise.all([reviewer(), second()].map((one) => draft.decide(one, 'approve')))
  expect(await draft.review(owner())).toMatchObject({ state: 'approved', approved: true })
  const { items } = (await owner().request('GET', `/api/state-machines/legalDocument/${draft.id}/history`)).body
  expect(items.filter(({ event }: any) => event === 'APPROVE')).toHaveLength(1)
})

test('only people who were asked decide; authors do not review themselves', async () => {
  const draft = await openReviewedDocument(node, owner(), [reviewer()], 'The parties agree.')
  await shareSubject(owner(), `/api/documents/${draft.name}`, 'editor', second())
  expect((await draft.decide(second(), 'approve')).status).toBe(403)
  expect((await stranger().request('GET', `${draft.path}/review`)).status).toBe(404)
  expect((await stranger().request('POST', `${draft.path}/review`, { decision: 'approve', expectedHash: '0'.repeat(64) })).status).toBe(404)
  expect(await owner().request('PUT', `${draft.path}/reviewers/${owner().id}`, {})).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('author') },
  })
  // an editor cannot share, so cannot ask a stranger
  expect((await second().request('PUT', `${draft.path}/reviewers/${stranger().id}`, {})).status).toBe(409)
  expect((await reviewer().request('PUT', `${draft.path}/reviewers/${second().id}`, {})).status).toBe(403)
  expect((await owner().request('PUT', `${draft.path}/reviewers/${draft.id}`, {})).status).toBe(404)
  expect((await draft.review(owner())).reviewers).toHaveLength(1)

  // a reviewer who wrote the whole text cannot approve it
  const own = await openReviewedDocument(node, second(), [])
  await shareSubject(second(), `/api/documents/${own.name}`, 'editor', reviewer())
  await second().request('PUT', `${own.path}/reviewers/${reviewer().id}`, {})
  const live = await openDocument(node.url, own.name, reviewer().token)
  getRoot(live.document).insert(0, [createBlock('I wrote it all.')])
  await waitUntil(() => isSaved(live), 'the text')
  live.close()
  expect(await own.decide(reviewer(), 'approve')).toMatchObject({ status: 409, body: { detail: expect.stringContaining('whole text') } })
  await own.edit(() => getBlockText(own.live.document, 0).insert(0, 'Cas: '))
  expect((await own.decide(reviewer(), 'approve')).body.approved).toBe(true)
})

test('bad input gets its problem and leaves nothing behind', async () => {
  const draft = await openReviewedDocument(node, owner(), [reviewer()], 'The parties agree.')
  const { hash } = await draft.review(reviewer())
  const send = (body: object) => reviewer().request('POST', `${draft.path}/review`, body)
  for (const body of [
    {},
    { decision: 'approve' },
    { decision: 'perhaps', expectedHash: hash },
    { decision: 'approve', expectedHash: hash.slice(1) },
    { decision: 'approve', expectedHash: hash.toUpperCase() },
    { decision: 'approve', expectedHash: hash, comment: '' },
    { decision: 'approve', expectedHash: hash, comment: 'x'.repeat(2001) },
    { decision: 'approve', expectedHash: hash, by: owner().id },
    { decision: 'approve', expectedHash: hash, address: '10.0.0.1' },
  ])
    expect(await send(body), JSON.stringify(body)).toMatchObject({ status: 400, body: { type: 'urn:problem:invalid-input' } })
  expect((await owner().request('PUT', `${draft.path}/reviewers/${reviewer().id}`, { role: 'owner' })).status).toBe(400)
  expect((await draft.review(owner())).reviewers[0].decision).toBeNull()
  expect(await auditActions(draft.name)).toEqual(['review.requested'])
})

test('asking twice is one request; withdrawing it ends what the person decided', async () => {
  const draft = await openReviewedDocument(node, owner(), [reviewer()], 'The parties agree.')
  expect((await owner().request('PUT', `${draft.path}/reviewers/${reviewer().id}`, {})).status).toBe(200)
  await draft.decide(reviewer(), 'request-changes')
  expect(await draft.blockers(owner())).toEqual(['changes-requested'])
  expect((await second().request('DELETE', `${draft.path}/reviewers/${reviewer().id}`)).status).toBe(404)
  // a reviewer may leave
  expect((await reviewer().request('DELETE', `${draft.path}/reviewers/${reviewer().id}`)).status).toBe(204)
  expect((await owner().request('DELETE', `${draft.path}/reviewers/${reviewer().id}`)).status).toBe(404)
  expect(await draft.blockers(owner())).toEqual([])
  expect((await draft.decide(reviewer(), 'approve')).status).toBe(403)
  expect(await auditActions(draft.name)).toEqual(['review.requested', 'changes.requested', 'review.withdrawn'])
})

test('people are notified: asked, decided, lapsed once', async () => {
  const draft = await openReviewedDocument(node, owner(), [reviewer()], 'The parties agree.')
  const about = (type: string) => (notification: any) => notification.type === type && notification.data.documentId === draft.id
  await waitForNotification(reviewer(), about('review.requested'), 'the request')
  await draft.decide(reviewer(), 'approve', { comment: 'Good work.' })
  const told = await waitForNotification(owner(), about('review.decided'), 'the decision')
  expect(told).toMatchObject({ title: 'Ben approved Agreement', message: 'Good work.', actorId: reviewer().id })
  const notice = () => node.domain.run(system, noticeLapsedApprovals, {})
  await notice()
  await draft.edit(() => getBlockText(draft.live.document, 0).insert(0, 'x'))
  await notice()
  await waitForNotification(reviewer(), about('approval.lapsed'), 'the lapse')
  await draft.edit(() => getBlockText(draft.live.document, 0).insert(0, 'y'))
  await notice()
  await node.sequencer.drain()
  const { items } = (await reviewer().request('GET', '/api/notifications?type=approval.lapsed&limit=100')).body
  expect(items.filter(({ data }: any) => data.documentId === draft.id)).toHaveLength(1)
  expect((await readInbox(stranger())).some(hasType('review.requested'))).toBe(false)
})

test('the redline shows what changed since the own last approval, also after compaction', async () => {
  const draft = await openReviewedDocument(node, owner(), [reviewer(), second()], 'The parties agree.', 'They sign.')
  await draft.edit(() => getBlockText(draft.live.document, 1).insert(10, ' Soon.'))
  await draft.decide(reviewer(), 'approve')
  const approved = (await draft.review(owner())).at
  await draft.edit(() => getBlockText(draft.live.document, 0).insert(17, ' fully'))
  await draft.decide(reviewer(), 'request-changes')
  const read = async () => (await reviewer().request('GET', `${draft.path}/review/changes`)).body
  const inserted = (body: any) =>
    body.blocks.flatMap(({ words }: any) => words.filter(({ change }: any) => change === 'inserted').map(({ text }: any) => text)).join('')
  expect(inserted(await read())).toContain('fully')
  expect(inserted(await read())).not.toContain('Soon')
  await backdateUpdates(node, draft.id, 0, 0)
  await takeSnapshot(node, draft.id)
  expect(await compactHistory(node, draft.id)).toBeGreaterThan(0)
  const compacted = await read()
  expect(compacted).toMatchObject({ from: approved })
  expect(inserted(compacted)).toContain('fully')
  expect(inserted(compacted)).not.toContain('Soon')
  // who approved nothing sees all of the text as new
  const first = (await second().request('GET', `${draft.path}/review/changes`)).body
  expect(first.from).toBe(0)
  expect(inserted(first)).toContain('Soon')
})

test('readiness lists each blocker with what to do', async () => {
  const name = await createDraft(owner())
  const path = `/api/legal/documents/${name.split(':')[1]}`
  expect((await owner().request('GET', `${path}/readiness`)).body).toEqual({
    ready: false,
    blockers: [{ code: 'empty-text', message: 'The document has no text.', action: expect.any(String), count: null }],
  })
  const draft = await openReviewedDocument(node, owner(), [reviewer()], 'The parties agree.')
  await draft.decide(reviewer(), 'approve')
  const comment = (await owner().request('POST', `/api/documents/${draft.name}/comments`, { text: 'Who pays?' })).body
  expect(comment.blocking).toBe(false)
  expect(await draft.blockers(owner())).toEqual([])
  const setBlocking = (blocking: boolean, by = owner()) =>
    by.request('PUT', `/api/documents/${draft.name}/comments/${comment.id}/blocking`, { blocking })
  expect((await setBlocking(true, stranger())).status).toBe(404)
  expect((await setBlocking(true)).body).toMatchObject({ blocking: true, state: 'open' })
  expect((await setBlocking(true)).body.blocking).toBe(true)
  expect(await draft.blockers(owner())).toEqual(['blocking-comments'])
  await draft.edit(() => {
    const text = getBlockText(draft.live.document, 0)
    text.format(0, 3, { 'insertion--AAAAAAA1': { id: randomUUID(), author: owner().id, at: '2026-01-01T00:00:00.000Z' } })
    text.format(8, 3, { 'deletion--AAAAAAA2': { id: randomUUID(), author: owner().id, at: '2026-01-01T00:00:00.000Z' } })
    getRoot(draft.live.document).insert(1, [createBlock('Party: ')])
  })
  const { ready, blockers } = (await owner().request('GET', `${draft.path}/readiness`)).body
  expect(ready).toBe(false)
  expect(blockers).toMatchObject([
    { code: 'open-suggestions', count: 2, message: '2 suggestions are open.' },
    { code: 'blocking-comments', count: 1 },
    { code: 'approval-lapsed', userId: reviewer().id },
  ])
  await owner().request('PUT', `/api/documents/${draft.name}/comments/${comment.id}/state`, { state: 'resolved' })
  expect(await draft.blockers(owner())).not.toContain('blocking-comments')
})

test('a template with empty fields is not ready until they are filled in', async () => {
  const { body } = await owner().request('POST', '/api/legal/documents', { templateId: 'mutual-nda' })
  const path = `/api/legal/documents/${body.id}`
  const read = async () => (await owner().request('GET', `${path}/readiness`)).body
  const { blockers } = await read()
  expect(blockers).toMatchObject([{ code: 'empty-fields', fields: expect.arrayContaining(['second-party']) }])
  expect(blockers[0].count).toBe(blockers[0].fields.length)
  const values = Object.fromEntries(blockers[0].fields.map((field: string) => [field, 'Northwind']))
  await owner().request('PUT', `${path}/variables`, { values })
  expect(await read()).toEqual({ ready: true, blockers: [] })
})

test('a document that was frozen takes no decisions', async () => {
  const draft = await openReviewedDocument(node, owner(), [reviewer()], 'The parties agree.')
  await sql`update document set frozen_at = now() where id = ${draft.id}`.execute(node.database.sql)
  expect(await draft.decide(reviewer(), 'approve')).toMatchObject({ status: 409, body: { detail: expect.stringContaining('ended') } })
  expect((await owner().request('PUT', `${draft.path}/reviewers/${second().id}`, {})).status).toBe(409)
  expect((await owner().request('DELETE', `${draft.path}/reviewers/${reviewer().id}`)).status).toBe(409)
})
