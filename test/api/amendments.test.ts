import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type ApiResponse, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { createAgreement, createSignature, sendNewEnvelope } from '../support/signing.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

const send = (person: Person, path: string, event: string, more: object = {}): Promise<ApiResponse> =>
  person.request('POST', `${path}/event`, { event, ...more })
const codeOf = ({ body }: ApiResponse): string => String(body.type).replace('urn:problem:', '')

test('an amendment is a draft of its own, and the amended document follows its signatures', async () => {
  const signAll = async (id: string) => {
    const envelope = await sendNewEnvelope(ann, id, { parties: [{ userId: ann.id, role: 'signer' }] })
    expect((await ann.request('POST', `/api/legal/documents/${id}/sign`, createSignature(envelope))).status).toBe(200)
  }
  const id = await createAgreement(ann)
  const path = `/api/state-machines/legalDocument/${id}`
  const stateOf = async () => (await ann.request('GET', `${path}/state`)).body.state
  await signAll(id)
  expect(await stateOf()).toBe('effective')
  expect((await send(ann, path, 'AMEND', { reason: 'A new address' })).body.state).toBe('amendment_draft')
  expect((await send(ann, path, 'SUBMIT_AMENDMENT')).body.detail).toContain('There is no amendment yet')
  const { body: amendment } = await ann.request('POST', `/api/legal/documents/${id}/continue`, {})
  await signAll(amendment.id)
  expect(await stateOf()).toBe('effective')
  const { items } = (await ann.request('GET', `${path}/history?limit=4`)).body
  expect(items.map(({ event }: { event: string }) => event)).toEqual([
    'AMENDMENT_SIGNED',
    'AMENDMENT_APPROVED',
    'SUBMIT_AMENDMENT',
    'AMEND',
  ])
  expect(items[0].data).toEqual({ amendmentId: amendment.id })
  // another amendment is given up: its draft takes the document back
  await send(ann, path, 'AMEND')
  const { body: second } = await ann.request('POST', `/api/legal/documents/${id}/continue`, {})
  expect(codeOf(await send(ann, path, 'AMENDMENT_APPROVED'))).toBe('conflict')
  await send(ann, `/api/state-machines/legalDocument/${second.id}`, 'CANCEL')
  expect(await stateOf()).toBe('effective')
})
