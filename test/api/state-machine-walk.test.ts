/**
 * Walks every transition of the registered machines, by REST where people send the event and as a slice otherwise, and tries every event in
 * every state that must refuse it. Both are generated from the definitions.
 */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { system } from '../../domain/kernel/actor.ts'
import type { DomainError } from '../../domain/kernel/errors.ts'
import { command } from '../../domain/kernel/operation.ts'
import { requireSystem } from '../../domain/kernel/permission.ts'
import { recordSignedDocument } from '../../domain/legal/compliance/compliance-change.ts'
import { userComplianceMachine } from '../../domain/legal/compliance/compliance-machine.ts'
import { legalDocumentMachine } from '../../domain/legal/machine/document-machine.ts'
import { isFinal, listTransitions, type MachineDefinition, type TransitionDefinition } from '../../domain/workflows/definition.ts'
import { z } from 'zod'
import type { Node } from '../../main.ts'
import { registerInOrder, shareSubject } from '../support/builders.ts'
import type { ApiResponse, Person } from '../support/client.ts'
import { placeMachine, sendInternally } from '../support/machines.ts'
import { getEmptyNode } from '../support/node.ts'
import { createRandom, readSeed, chooseSize } from '../support/random.ts'
import { createAgreement, createSignature, sendNewEnvelope } from '../support/signing.ts'
import { waitUntil } from '../support/wait-until.ts'
import { createWrittenDraft } from '../support/written-draft.ts'

let node: Node
let ada: Person
let olga: Person
let edith: Person
let vera: Person
/** A document that its only party has signed; and one without a text, whose kind has a template. */
let signed: string
let empty: string

/** Creates a document with a completed envelope: all guards about signatures allow. */
async function createSignedDocument(): Promise<string> {
  const id = await createAgreement(olga)
  const parties = [{ userId: olga.id, role: 'signer' }]
  const envelope = await sendNewEnvelope(olga, id, { parties })
  const { status, body } = await olga.request('POST', `/api/legal/documents/${id}/sign`, createSignature(envelope))
  expect(status, JSON.stringify(body)).toBe(200)
  return id
}

beforeAll(async () => {
  node = await getEmptyNode()
  ;[ada, olga, edith, vera] = await registerInOrder(node.url, 'Ada', 'Olga', 'Edith', 'Vera')
  signed = await createSignedDocument()
  // an amendment that is signed: all guards about amendments allow
  const { body: amendment } = await olga.request('POST', `/api/legal/documents/${signed}/continue`, {})
  await placeMachine(node, legalDocumentMachine, amendment.id, 'effective')
  empty = (await olga.request('POST', '/api/legal/documents', { title: 'Empty', kind: 'nda' })).body.id
  for (const id of [signed, empty]) {
    await shareSubject(olga, `/api/legal/documents/${id}`, 'editor', edith)
    await shareSubject(olga, `/api/legal/documents/${id}`, 'viewer', vera)
  }
})

const codeOf = ({ body }: ApiResponse): string => String(body.type).replace('urn:problem:', '')

interface Walk {
  machine: MachineDefinition
  /** What the machine is about, for a transition. */
  idFor: (state: string, event: string) => string
  /** Somebody whom the definition allows to send an event; undefined where only SmartStart sends it. */
  senderOf: (event: string) => Person | undefined
  /** Somebody who reads the machine and sends nothing. */
  reader: () => Person
  /** Makes the guards of a transition allow it. */
  prepare?: (state: string, event: string) => Promise<void>
  /** Whether what follows a transition runs when a machine is placed; absent: it does. */
  follow?: boolean
  /** Where a transition really ends, if others follow it at once. */
  settled?: Record<string, readonly string[]>
}

const documents: Walk = {
  machine: legalDocumentMachine as MachineDefinition,
  idFor: (_state, event) => (event === 'GENERATE_TEMPLATE' ? empty : signed),
  senderOf: (event) =>
    ({ editor: edith, owner: olga, reviewer: olga, ownerOrAdministrator: ada })[legalDocumentMachine.events[event]?.by ?? ''],
  reader: () => vera,
  // the signing slice verifies again at once
  settled: { signature_verification: ['signature_verification', 'effective'] },
}

const people: Walk = {
  machine: userComplianceMachine as MachineDefinition,
  idFor: () => edith.id,
  senderOf: () => undefined,
  reader: () => ada,
  // a check that is placed must not end before its event is sent
  follow: false,
  // something is missing or nothing is, as the guards of the event ask
  async prepare(_state, event) {
    const isMissing = ['COMPLIANCE_INCOMPLETE', 'NEW_REQUIREMENT_ADDED', 'DOCUMENT_EXPIRED', 'COMPLIANCE_DEADLINE_EXPIRED'].includes(event)
    const documentId = await publishNotice()
    if (isMissing) await sql`delete from legal_signed_document`.execute(node.database.sql)
    else await node.domain.run(system, sign, { documentId })
    if (event !== 'COMPLIANCE_DEADLINE_EXPIRED') return
    await sql`update legal_publication set major_since = now() - interval '60 days'`.execute(node.database.sql)
    await sql`update "user" set created_at = now() - interval '60 days'`.execute(node.database.sql)
  },
  settled: { checking_compliance: ['compliant', 'compliance_required'] },
}

const sign = command('test.signNotice', {
  input: { documentId: z.uuid() },
  authorize: requireSystem,
  execute: (work, { documentId }) =>
    recordSignedDocument(work, { userId: edith.id, kind: 'privacy-notice', documentId, signedAt: work.now }),
})

let notice: string | undefined

/** Publishes a text at the first call, and waits until the machines have followed it. @returns its draft */
async function publishNotice(): Promise<string> {
  if (notice) return notice
  await vera.request('POST', '/api/state-machines/create', { type: 'userCompliance', id: vera.id })
  notice = await createWrittenDraft(node.url, ada, 'privacy-notice', 'Words')
  expect((await ada.request('POST', '/api/legal/kinds/privacy-notice/publish', { documentId: notice })).status).toBe(201)
  await waitUntil(async () => (await stateOf(people, vera.id)).state === 'compliance_required', 'machines to follow the publication')
  return notice
}

const coverage: string[] = []
afterAll(() => console.log(coverage.join('\n')))

const pathOf = ({ machine }: Walk, id: string) => `/api/state-machines/${machine.type}/${id}`
const sendAs = (walk: Walk, person: Person, id: string, event: string) => person.request('POST', `${pathOf(walk, id)}/event`, { event })
const stateOf = async (walk: Walk, id: string) => (await ada.request('GET', `${pathOf(walk, id)}/state`)).body

const listAll = ({ machine }: Walk): { state: string; event: string; transition: TransitionDefinition }[] =>
  Object.entries(machine.states).flatMap(([state, { on = {} }]) =>
    Object.keys(on).flatMap((event) => listTransitions(machine, state, event).map((transition) => ({ state, event, transition }))),
  )

describe.each([
  ['legalDocument', documents],
  ['userCompliance', people],
] as const)('%s', (type, walk) => {
  test('every transition is taken by an actor with permission to send its event', { timeout: 300_000 }, async () => {
    const all = listAll(walk)
    let byRest = 0
    for (const { state, event, transition } of all) {
      const id = walk.idFor(state, event)
      const sender = walk.senderOf(event)
      await walk.prepare?.(state, event)
      await placeMachine(node, walk.machine, id, state, { memory: transition.where, follow: walk.follow })
      const expected = walk.settled?.[transition.to] ?? [transition.to]
      const label = `${state} ${event}`
      if (sender) {
        byRest++
        expect([label, codeOf(await sendAs(walk, walk.reader(), id, event))]).toEqual([label, 'forbidden'])
        const { status, body } = await sendAs(walk, sender, id, event)
        expect([label, status]).toEqual([label, 200])
        expect(expected, label).toContain(body.state)
      } else {
        expect([label, codeOf(await sendAs(walk, walk.reader(), id, event))]).toEqual([label, 'forbidden'])
        const sent = await sendInternally(node, walk.machine, id, event).catch((error: DomainError) => ({ state: error.message }))
        expect(expected, `${label}: ${sent.state}`).toContain(sent.state)
      }
    }
    coverage.push(`${type}: ${all.length} of ${all.length} transitions taken, ${byRest} of them by REST`)
  })

  test('every event that a state does not know is refused, and changes nothing', { timeout: 300_000 }, async () => {
    let refused = 0
    for (const [state, { on = {} }] of Object.entries(walk.machine.states)) {
      const id = walk.idFor(state, '')
      await placeMachine(node, walk.machine, id, state, { follow: walk.follow })
      for (const event of Object.keys(walk.machine.events)) {
        if (on[event]) continue
        const label = `${state} ${event}`
        const sender = walk.senderOf(event)
        if (sender) expect([label, codeOf(await sendAs(walk, sender, id, event))]).toEqual([label, 'conflict'])
        else {
          expect([label, codeOf(await sendAs(walk, walk.reader(), id, event))]).toEqual([label, 'forbidden'])
          await expect(sendInternally(node, walk.machine, id, event), label).rejects.toMatchObject({ code: 'conflict' })
        }
        refused++
      }
      expect(await stateOf(walk, id)).toMatchObject({ state, version: 1 })
    }
    coverage.push(`${type}: ${refused} events refused in states that do not know them`)
  })
})

test('random walks end where their history leads', { timeout: 300_000 }, async () => {
  const random = createRandom(readSeed('walks of state machines'))
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const machine = documents.machine
  const events = Object.keys(machine.events)
  let moves = 0
  for (let walk = 0; walk < chooseSize(3, 20); walk++) {
    await placeMachine(node, machine, signed, machine.initial)
    for (let step = 0; step < 40; step++) {
      const { state } = await stateOf(documents, signed)
      const known = Object.keys(machine.states[state]?.on ?? {})
      // most walks go on for long
      const onward = known.filter((event) => listTransitions(machine, state, event).some(({ to }) => !isFinal(machine, to)))
      const event = random() < 0.8 && onward.length > 0 ? pick(onward) : pick(random() < 0.2 && known.length > 0 ? known : events)
      await sendInternally(node, machine, signed, event).then(
        () => moves++,
        (error: DomainError) => expect(error.code).toBe('conflict'),
      )
    }
    const rows: { event: string; from: string | null; to: string; version: number }[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: ApiResponse = await olga.request('GET', `${pathOf(documents, signed)}/history?limit=100${cursor && `&cursor=${cursor}`}`)
      rows.unshift(...page.body.items.reverse())
      cursor = page.body.nextCursor
    }
    let replayed: string | null = null
    for (const [place, { event, from, to, version }] of rows.entries()) {
      expect([version, from]).toEqual([place + 1, replayed])
      if (from !== null) expect(listTransitions(machine, from, event).map((one) => one.to)).toContain(to)
      replayed = to
    }
    expect(await stateOf(documents, signed)).toMatchObject({ state: replayed, version: rows.length })
    expect((await olga.request('GET', `/api/legal/documents/${signed}`)).body.state).toBe(replayed)
  }
  coverage.push(`random walks: ${moves} transitions replayed`)
})
