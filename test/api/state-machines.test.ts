import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { identify } from '../../domain/auth/session.ts'
import { type Actor, anonymous } from '../../domain/kernel/actor.ts'
import { command } from '../../domain/kernel/operation.ts'
import { allowAnyone } from '../../domain/kernel/permission.ts'
import { legalDocumentMachine } from '../../domain/legal/machine/document-machine.ts'
import { readMachine, sendMachineEvent } from '../../domain/workflows/machine.ts'
import type { Node } from '../../main.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

const send = command('test.send', {
  input: { id: z.uuid(), event: z.string() },
  authorize: allowAnyone,
  async execute(work, { id, event }) {
    const sent = await sendMachineEvent(work, legalDocumentMachine, id, event, { reason: 'A test' })
    expect(await readMachine(work, legalDocumentMachine, id)).toEqual(sent)
    return sent
  },
})

test('the state of a draft follows its machine', async () => {
  const actor: Actor = await node.domain.run(anonymous, identify, { token: ann.token })
  const { body: draft } = await ann.request('POST', '/api/legal/documents', { title: 'Agreement', templateId: 'mutual-nda' })
  expect(draft.state).toBe('draft')
  expect(await node.domain.run(actor, send, { id: draft.id, event: 'SUBMIT_FOR_REVIEW' })).toEqual({ state: 'under_review', version: 2 })
  expect((await ann.request('GET', `/api/legal/documents/${draft.id}`)).body.state).toBe('under_review')
  await expect(node.domain.run(actor, send, { id: draft.id, event: 'SUBMIT_FOR_REVIEW' })).rejects.toMatchObject({ code: 'conflict' })
})
