import { afterAll, beforeAll, expect, test } from 'vitest'
import { system } from '../../../domain/kernel/actor.ts'
import { sealMissing } from '../../../domain/signing/sealing/seal-envelope.ts'
import type { Node } from '../../../main.ts'
import { registerInOrder } from '../../support/builders.ts'
import { createEmptyDatabase, startNode } from '../../support/node.ts'
import { createAgreement, createSignature, sendNewEnvelope } from '../../support/signing.ts'
import { canTimestamp, startTimestampServer, type TimestampServer } from '../../support/timestamp-server.ts'
import { waitUntil } from '../../support/wait-until.ts'

let node: Node
let authority: TimestampServer
let remove: () => Promise<void>
beforeAll(async () => {
  if (!canTimestamp) return
  authority = await startTimestampServer()
  const database = await createEmptyDatabase()
  remove = database.remove
  // no mail server listens there
  node = await startNode(database.env, { SMTP_URL: 'smtp://127.0.0.1:9', TSA_URL: authority.url })
})
afterAll(async () => {
  if (!canTimestamp) return
  await node.stop()
  await authority.stop()
  await remove()
})

test.skipIf(!canTimestamp)(
  'without mail server and timestamps the envelope completes, and its file follows (documenso #2814)',
  async () => {
    authority.answer = (response) => response.writeHead(503).end()
    const [ann] = await registerInOrder(node.url, 'Ann')
    const parties = [
      { userId: ann.id, role: 'signer' },
      { name: 'Cora', email: 'cora@example.org', role: 'copy' },
    ]
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties })
    const path = `/api/legal/envelopes/${envelope.id}`
    expect((await ann.request('POST', `${path}/sign`, createSignature(envelope))).body.state).toBe('completed')
    const download = () => ann.request('GET', `${path}/files/sealed`)
    const missing = await download()
    expect([missing.status, missing.headers.get('retry-after')]).toEqual([503, '5'])
    authority.answer = undefined
    await node.domain.run(system, sealMissing, {})
    await waitUntil(async () => (await ann.request('GET', path)).body.files.length > 0, 'the sealed file')
    expect((await download()).status).toBe(200)
  },
)
