import { sql } from 'kysely'
import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { system } from '../../domain/kernel/actor.ts'
import { command } from '../../domain/kernel/operation.ts'
import { requireSystem } from '../../domain/kernel/permission.ts'
import { recordSignedDocument, revokeSignedDocument } from '../../domain/legal/compliance/compliance-change.ts'
import { kindsOfLevel, legalLevels } from '../../domain/legal/compliance/legal-level.ts'
import { timerSchedule } from '../../domain/workflows/timer.ts'
import type { Node } from '../../main.ts'
import { type ApiResponse, type Person, registerPerson } from '../support/client.ts'
import { waitForNotification } from '../support/inbox.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'
import { createWrittenDraft } from '../support/written-draft.ts'

let node: Node
/** The administrator. */
let ada: Person
let ben: Person
beforeEach(async () => {
  node = await getEmptyNode()
  ada = await registerPerson(node.url, 'Ada')
  ben = await registerPerson(node.url, 'Ben')
})

const codeOf = ({ body }: ApiResponse): string => String(body.type).replace('urn:problem:', '')
const complianceOf = async (person: Person, of = 'me') => (await person.request('GET', `/api/legal/compliance/${of}`)).body
const publish = (documentId: string, kind: string, change?: string): Promise<ApiResponse> =>
  ada.request('POST', `/api/legal/kinds/${kind}/publish`, { documentId, ...(change && { change }) })

/** Publishes a text. @returns the id of its draft */
async function publishText(kind: string, words = 'The words of the text.', change?: string): Promise<string> {
  const id = await createWrittenDraft(node.url, ada, kind, words)
  expect(await publish(id, kind, change)).toMatchObject({ status: 201 })
  return id
}

const sign = command('test.sign', {
  input: { userId: z.uuid(), kind: z.string(), documentId: z.uuid() },
  authorize: requireSystem,
  execute: (work, input) => recordSignedDocument(work, { ...input, signedAt: work.now }),
})
const revoke = command('test.revoke', {
  input: { documentId: z.uuid() },
  authorize: requireSystem,
  execute: (work, { documentId }) => revokeSignedDocument(work, documentId),
})
const signAs = (person: Person, kind: string, documentId: string) => node.domain.run(system, sign, { userId: person.id, kind, documentId })

const stateOf = async (person: Person) => (await person.request('GET', `/api/state-machines/userCompliance/${person.id}/state`)).body.state
const waitForState = (person: Person, state: string) => waitUntil(async () => (await stateOf(person)) === state, `the state ${state}`)
const eventsOf = async (person: Person) =>
  (await person.request('GET', `/api/state-machines/userCompliance/${person.id}/history`)).body.items
    .map(({ event }: { event: string }) => event)
    .reverse()

/** Lets the timers of a person's machine be due. */
async function fireTimers(person: Person) {
  await sql`update state_machine_timer set due_at = now() - interval '1 minute' where machine_id = ${person.id}`.execute(node.database.sql)
  await timerSchedule.runOnce((operation, input) => node.domain.run(system, operation, input))
}

test('nothing is required until an administrator publishes a text', async () => {
  const report = await complianceOf(ben)
  expect(report).toMatchObject({ level: 'MEMBER', overall: 'FULLY_COMPLIANT', score: 100, missing: [], deadline: null, state: null })
  expect(report.requirements.map(({ kind, status }: { kind: string; status: string }) => [kind, status])).toEqual(
    ['platform-participation', 'esignature-consent', 'privacy-notice', 'mutual-nda', 'security-tooling'].map((kind) => [
      kind,
      'NOT_REQUIRED',
    ]),
  )
  expect(codeOf(await ben.request('GET', '/api/legal/kinds/mutual-nda'))).toBe('not-found')
})

test('published texts are required in the order of signing, with a score and a deadline', async () => {
  await publishText('mutual-nda')
  const consent = await publishText('esignature-consent')
  const published = (await ben.request('GET', '/api/legal/kinds/esignature-consent')).body
  expect(published).toMatchObject({
    code: 'ESCA',
    publication: { version: '1.0.0', documentId: consent },
    text: { title: 'Text of esignature-consent' },
  })
  const before = await complianceOf(ben)
  expect(before).toMatchObject({ overall: 'NON_COMPLIANT', score: 0, missing: ['esignature-consent', 'mutual-nda'] })
  expect(new Date(before.deadline).getTime()).toBeGreaterThan(Date.now() + 29 * 24 * 3600_000)
  expect(await signAs(ben, 'esignature-consent', consent)).toBe(true)
  const after = await complianceOf(ben)
  expect(after).toMatchObject({ overall: 'PARTIALLY_COMPLIANT', score: 50, missing: ['mutual-nda'], state: 'compliance_required' })
  expect(after.requirements[1]).toMatchObject({ status: 'SIGNED', version: '1.0.0', signedVersion: '1.0.0', deadline: null })
  expect(await eventsOf(ben)).toEqual(['START', 'DOCUMENT_SIGNED', 'COMPLIANCE_INCOMPLETE'])
  const { title, message } = await waitForNotification(ben, ({ type }) => type === 'compliance.required', 'what is missing')
  expect([title, message]).toEqual([
    'A document needs your signature',
    expect.stringMatching(/^Sign by \d{4}-\d\d-\d\d: Mutual non-disclosure agreement of the platform\.$/),
  ])
  expect(await complianceOf(ada, ben.id)).toEqual(after)
  expect(codeOf(await ben.request('GET', `/api/legal/compliance/${ada.id}`))).toBe('forbidden')
})

test('publishing freezes the draft', async () => {
  const id = await publishText('privacy-notice')
  const { body } = await ada.request('GET', `/api/documents/legal:${id}`)
  expect(body.frozenAt).not.toBeNull()
})

test('a major version must be signed again, and a minor one not', async () => {
  const first = await publishText('privacy-notice')
  await signAs(ben, 'privacy-notice', first)
  expect(await stateOf(ben)).toBe('compliant')
  await publishText('privacy-notice', 'A word corrected.', 'minor')
  expect(await complianceOf(ben)).toMatchObject({
    overall: 'FULLY_COMPLIANT',
    requirements: expect.arrayContaining([expect.objectContaining({ kind: 'privacy-notice', version: '1.1.0', status: 'SIGNED' })]),
  })
  const third = await publishText('privacy-notice', 'Other words.')
  expect(await complianceOf(ben)).toMatchObject({ missing: ['privacy-notice'], overall: 'NON_COMPLIANT' })
  await waitForState(ben, 'compliance_required')
  await signAs(ben, 'privacy-notice', third)
  expect(await stateOf(ben)).toBe('compliant')
  expect(await eventsOf(ben)).toEqual([
    'START',
    'DOCUMENT_SIGNED',
    'COMPLIANCE_VERIFIED',
    'NEW_REQUIREMENT_ADDED',
    'DOCUMENT_SIGNED',
    'COMPLIANCE_VERIFIED',
  ])
})

test('only the published text counts: its draft, or a copy with the same words', async () => {
  const published = await publishText('privacy-notice')
  const other = await createWrittenDraft(node.url, ben, 'privacy-notice', 'Nothing is promised.')
  expect(await signAs(ben, 'privacy-notice', other)).toBe(false)
  expect(await signAs(ben, 'agreement', published)).toBe(false)
  expect(await signAs(ben, 'mutual-nda', published)).toBe(false)
  expect((await complianceOf(ben)).missing).toEqual(['privacy-notice'])
  const copy = await createWrittenDraft(node.url, ben, 'privacy-notice', 'The words of the text.')
  expect(await signAs(ben, 'privacy-notice', copy)).toBe(true)
  expect((await complianceOf(ben)).missing).toEqual([])
})

test('an expired signature and a missed deadline move the machine by timers', async () => {
  const published = await publishText('privacy-notice')
  await signAs(ben, 'privacy-notice', published)
  const { timers } = (await ben.request('GET', `/api/state-machines/userCompliance/${ben.id}/state`)).body
  expect(timers).toEqual([{ event: 'DOCUMENT_EXPIRED', dueAt: expect.any(String) }])
  // a timer that comes too early is tried again later
  await fireTimers(ben)
  expect(await stateOf(ben)).toBe('compliant')
  await sql`update legal_signed_document set expires_at = now() - interval '1 day'`.execute(node.database.sql)
  await fireTimers(ben)
  expect(await stateOf(ben)).toBe('compliance_required')
  expect(await complianceOf(ben)).toMatchObject({ overall: 'NON_COMPLIANT', missing: ['privacy-notice'] })
  expect((await complianceOf(ben)).requirements[2].status).toBe('EXPIRED')
  await fireTimers(ben)
  expect(await stateOf(ben)).toBe('non_compliant')
  await signAs(ben, 'privacy-notice', published)
  expect(await stateOf(ben)).toBe('compliant')
})

test('signatures under a document that was ended are revoked', async () => {
  const published = await publishText('privacy-notice')
  await signAs(ben, 'privacy-notice', published)
  await node.domain.run(system, revoke, { documentId: published })
  expect((await complianceOf(ben)).requirements[2].status).toBe('REVOKED')
  expect(await stateOf(ben)).toBe('compliance_required')
})

test('a level requires its kinds and those of the levels before it, and a withdrawn text is not required', async () => {
  const counts = legalLevels.map((level) => [level, kindsOfLevel(level).size])
  expect(Object.fromEntries(counts)).toMatchObject({
    GUEST: 0,
    MEMBER: 5,
    SUBSCRIBER: 7,
    SEAT_HOLDER: 9,
    VENTURE_OWNER: 12,
    EXTERNAL_PARTNER: 4,
  })
  await publishText('venture-owner')
  expect((await complianceOf(ben)).score).toBe(100)
  const path = `/api/legal/levels/${ben.id}`
  expect(codeOf(await ben.request('PUT', path, { level: 'VENTURE_OWNER' }))).toBe('forbidden')
  expect(codeOf(await ada.request('PUT', path, { level: 'KING' }))).toBe('invalid-input')
  const raised = await ada.request('PUT', path, { level: 'VENTURE_OWNER' })
  expect(raised.body).toMatchObject({ level: 'VENTURE_OWNER', missing: ['venture-owner'], state: 'compliance_required' })
  expect((await ada.request('PUT', path, { level: 'VENTURE_OWNER' })).body).toEqual(raised.body)
  expect(codeOf(await ben.request('DELETE', '/api/legal/kinds/venture-owner/publication'))).toBe('forbidden')
  expect((await ada.request('DELETE', '/api/legal/kinds/venture-owner/publication')).status).toBe(204)
  await waitForState(ben, 'compliant')
  expect(codeOf(await ada.request('DELETE', '/api/legal/kinds/venture-owner/publication'))).toBe('not-found')
})

test('a text is published by an administrator who can read it, complete and of its kind', async () => {
  const draft = await createWrittenDraft(node.url, ben, 'privacy-notice', 'Words')
  expect(codeOf(await ben.request('POST', '/api/legal/kinds/privacy-notice/publish', { documentId: draft }))).toBe('forbidden')
  expect(codeOf(await publish(draft, 'privacy-notice'))).toBe('not-found')
  const own = await createWrittenDraft(node.url, ada, 'privacy-notice', 'Words')
  expect(codeOf(await publish(own, 'mutual-nda'))).toBe('invalid-input')
  expect(codeOf(await publish(own, 'work-for-hire'))).toBe('invalid-input')
  const empty = (await ada.request('POST', '/api/legal/documents', { title: 'Empty', kind: 'privacy-notice' })).body.id
  expect(codeOf(await publish(empty, 'privacy-notice'))).toBe('conflict')
  const fields = (await ada.request('POST', '/api/legal/documents', { title: 'F', kind: 'privacy-notice', templateId: 'mutual-nda' })).body
    .id
  expect((await publish(fields, 'privacy-notice')).body.detail).toMatch(/^These fields are empty: /)
  expect((await ada.request('GET', `/api/documents/legal:${fields}`)).body.frozenAt).toBeNull()
  expect((await complianceOf(ben)).missing).toEqual([])
})

test('with gates, a venture takes everything signed; without, it does not', async () => {
  const consent = await publishText('esignature-consent')
  const create = () => ben.request('POST', '/api/ventures', { name: 'Rocket' })
  expect((await create()).status).toBe(201)
  expect(codeOf(await ben.request('PUT', '/api/legal/settings', { gates: true }))).toBe('forbidden')
  expect((await ada.request('PUT', '/api/legal/settings', { gates: true })).body).toEqual({ gates: true })
  const refused = await create()
  expect([codeOf(refused), refused.body.detail]).toEqual([
    'forbidden',
    'Sign these documents first: Electronic signature and consent agreement.',
  ])
  await signAs(ben, 'esignature-consent', consent)
  expect((await create()).status).toBe(201)
  await ada.request('PUT', '/api/legal/settings', { gates: false })
  expect((await ben.request('GET', '/api/legal/settings')).body).toEqual({ gates: false })
})

test('a person can start their own machine, and only SmartStart moves it', async () => {
  const body = { type: 'userCompliance', id: ben.id }
  expect(await ben.request('POST', '/api/state-machines/create', body)).toMatchObject({
    status: 201,
    body: { state: 'compliant', version: 1 },
  })
  expect(codeOf(await ben.request('POST', '/api/state-machines/create', body))).toBe('conflict')
  expect(codeOf(await ben.request('POST', '/api/state-machines/create', { ...body, id: ada.id }))).toBe('not-found')
  const path = `/api/state-machines/userCompliance/${ben.id}`
  expect(codeOf(await ben.request('POST', `${path}/event`, { event: 'COMPLIANCE_VERIFIED' }))).toBe('forbidden')
  expect(codeOf(await ada.request('POST', `${path}/event`, { event: 'DOCUMENT_SIGNED' }))).toBe('forbidden')
})

test('a deleted account leaves no compliance behind', async () => {
  const published = await publishText('privacy-notice')
  await signAs(ben, 'privacy-notice', published)
  await ada.request('PUT', `/api/legal/levels/${ben.id}`, { level: 'SUBSCRIBER' })
  expect((await ben.request('DELETE', `/api/users/${ben.id}`)).status).toBe(204)
  expect(codeOf(await ada.request('GET', `/api/legal/compliance/${ben.id}`))).toBe('not-found')
  const { rows } = await sql`select id from state_machine where id = ${ben.id} union all select user_id from legal_signed_document
    union all select user_id from legal_level`.execute(node.database.sql)
  expect(rows).toEqual([])
})
