import { afterAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import { registerInOrder } from '../support/builders.ts'
import type { Person } from '../support/client.ts'
import { createEmptyDatabase, startNode, usesPostgres } from '../support/node.ts'
import { startPostgresProxy } from '../support/postgres-proxy.ts'
import { startNodeProcess } from '../support/process.ts'
import { createAgreement, createSignature, type EnvelopeBody, sendNewEnvelope } from '../support/signing.ts'
import { sendRequest } from '../support/client.ts'
import { waitUntil } from '../support/wait-until.ts'

const { env, remove } = await createEmptyDatabase()
const node = await startNode(env)
const [admin, ann] = await registerInOrder(node.url, 'Ada', 'Ann')
afterAll(async () => {
  await node.stop()
  await remove()
})

const sign = (url: string, { token }: Person, envelope: EnvelopeBody) =>
  sendRequest(url, 'POST', `/api/legal/envelopes/${envelope.id}/sign`, createSignature(envelope), { authorization: `Bearer ${token}` })

/** What must agree, whatever happened: envelope, party, act, state machine and audit rows. */
async function readOutcome({ id, documentId }: EnvelopeBody): Promise<'absent' | 'complete'> {
  const { rows } = await sql<Record<string, unknown>>`
    select e.state, (select count(*)::int from envelope_act a where a.envelope = e.id) as acts,
      (select string_agg(p.state, ',') from envelope_party p where p.envelope = e.id) as parties,
      (select m.state from state_machine m where m.id = e.document and m.type = 'legalDocument') as machine,
      (select d.state from legal_draft d where d.id = e.document) as draft,
      (select count(*)::int from audit_row r where r.subject = 'envelope:' || e.id and r.action in ('party.signed', 'envelope.completed')) as audit,
      (select count(*)::int from event v where v.subject = 'envelope:' || e.id and v.name = 'envelope.completed') as events
    from envelope e where e.id = ${id}`.execute(node.database.sql)
  const absent = { state: 'sent', acts: 0, parties: 'invited', machine: 'signing_workflow', draft: 'signing_workflow', audit: 0, events: 0 }
  const complete = { state: 'completed', acts: 1, parties: 'signed', machine: 'effective', draft: 'effective', audit: 2, events: 1 }
  const outcome = rows[0]?.state === 'completed' ? 'complete' : 'absent'
  expect({ documentId, ...rows[0] }).toEqual({ documentId, ...(outcome === 'complete' ? complete : absent) })
  return outcome
}

/** Messages between two kills; 1 kills at every message, of about 65. */
const stride = Number(process.env.SIGNING_KILL_STRIDE ?? 6)

test.skipIf(!usesPostgres)(
  'kill -9 at each message of completion: the last signature is absent or the envelope is complete (documenso #1399)',
  { timeout: 1_200_000 },
  async () => {
    const proxy = await startPostgresProxy(env.DATABASE_URL as string)
    const envelopes: EnvelopeBody[] = []
    const counts = { absent: 0, complete: 0 }
    for (let message = 1, done = false; !done; message += stride) {
      const envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties: [{ userId: ann.id, role: 'signer' }] })
      envelopes.push(envelope)
      const victim = await startNodeProcess({ ...env, DATABASE_URL: proxy.url })
      let isKilled = false
      proxy.arm('"envelope"', message, () => {
        isKilled = true
        void victim.kill('SIGKILL')
      })
      const answer = await sign(victim.url, ann, envelope).catch(() => undefined)
      done = !isKilled
      if (answer?.status === 200) expect(await readOutcome(envelope)).toBe('complete')
      await victim.kill('SIGKILL')
      const outcome = await waitUntil(() => readOutcome(envelope), 'the outcome')
      counts[outcome]++
      if (outcome === 'absent') {
        const again = await waitUntil(async () => {
          const response = await sign(node.url, ann, envelope)
          return response.status === 200 ? response : undefined
        }, 'the signature on the other node')
        expect(again.body.state).toBe('completed')
      }
      expect(await readOutcome(envelope)).toBe('complete')
    }
    await proxy.stop()
    // files follow, although nodes were killed
    for (const { id } of envelopes)
      await waitUntil(
        async () => (await ann.request('GET', `/api/legal/envelopes/${id}`)).body.files.length > 0,
        'the sealed file',
        300_000,
      )
    const check = await admin.request('GET', '/api/audit/check')
    expect(check.body).toMatchObject({ broken: null })
    console.log(`signing: killed at ${envelopes.length} messages of completion: ${counts.absent} absent, ${counts.complete} complete`)
  },
)

test('fifty parties sign at once: one completion, fifty signatures, an unbroken chain (documenso #3187)', {
  timeout: 600_000,
}, async () => {
  const signers = 50
  const people: Person[] = []
  for (let number = 1; number <= signers; number++) people.push(...(await registerInOrder(node.url, `Signer${number}`)))
  const parties = people.map(({ id }) => ({ userId: id, role: 'signer' }))
  const envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties })
  const answers = await Promise.all(people.map((person) => sign(node.url, person, envelope)))
  expect(answers.map(({ status }) => status)).toEqual(people.map(() => 200))
  const { rows } = await sql<Record<string, number>>`
    select (select count(*)::int from envelope_act where envelope = ${envelope.id}) as acts,
      (select count(*)::int from event where subject = ${`envelope:${envelope.id}`} and name = 'envelope.completed') as completions,
      (select count(*)::int from audit_row where subject = ${`envelope:${envelope.id}`} and action = 'party.signed') as signed`.execute(
    node.database.sql,
  )
  expect(rows[0]).toEqual({ acts: signers, completions: 1, signed: signers })
  expect((await ann.request('GET', `/api/legal/envelopes/${envelope.id}`)).body.state).toBe('completed')
  expect((await admin.request('GET', '/api/audit/check')).body).toMatchObject({ broken: null })
})
