/** What the clock does: envelopes expire at their deadline, and parties whose turn it is are reminded. */
import { sql } from 'kysely'
import { command } from '../../kernel/operation.ts'
import { requireSystem } from '../../kernel/permission.ts'
import { endEnvelope } from './ending.ts'
import { Envelope, envelopeSubject, lockEnvelope } from '../envelope.ts'
import { EnvelopeExpired } from '../events.ts'
import { recordExpiry } from './legal-state.ts'
import { forgetOldLinks } from '../links/link.ts'
import { remindParty } from './owner-acts.ts'
import { isOnTurn, readParties } from '../party.ts'

/** Envelopes that one run handles. */
const batchSize = 50

/** Ends envelopes whose deadline has passed. @returns how many */
export const expireEnvelopes = command('signing.expireEnvelopes', {
  input: {},
  authorize: requireSystem,
  async execute(work): Promise<number> {
    const due = await work.em.find(
      Envelope,
      { state: 'sent', deadline: { $lte: work.now } },
      { orderBy: { deadline: 'asc' }, limit: batchSize },
    )
    let ended = 0
    for (const { id } of due) {
      const envelope = await lockEnvelope(work, id)
      // a party may have signed before the lock
      if (envelope.state !== 'sent' || !envelope.deadline || envelope.deadline > work.now) continue
      await endEnvelope(work, envelope, await readParties(work, id), { state: 'expired', reason: null })
      await recordExpiry(work, envelope)
      const subject = envelopeSubject(envelope)
      work.emit(EnvelopeExpired, { subject, audience: [subject], data: { envelopeId: id, documentId: envelope.document } })
      ended++
    }
    return ended
  },
})

const dayMs = 24 * 3600_000

/** Reminds the parties of envelopes with reminders, every so many days. @returns how many were reminded */
export const remindDueParties = command('signing.remindDueParties', {
  input: {},
  authorize: requireSystem,
  async execute(work): Promise<number> {
    const { rows } = await sql<{ id: string }>`
      select distinct e.id from envelope e join envelope_party p on p.envelope = e.id
      where e.state = 'sent' and e.remind_every_days is not null and p.state in ('invited', 'viewed')
        and coalesce(p.reminded_at, p.notified_at) <= ${work.now}::timestamptz - make_interval(days => e.remind_every_days)
      order by e.id limit ${batchSize}`.execute(work.db)
    let reminded = 0
    for (const { id } of rows) {
      const envelope = await lockEnvelope(work, id)
      if (envelope.state !== 'sent') continue
      for (const party of (await readParties(work, id)).filter(isOnTurn)) {
        const last = (party.remindedAt ?? party.notifiedAt ?? work.now).getTime()
        if (last > work.now.getTime() - (envelope.remindEveryDays ?? 0) * dayMs) continue
        await remindParty(work, envelope, party)
        reminded++
      }
    }
    return reminded
  },
})

export const forgetLinks = command('signing.forgetLinks', {
  input: {},
  authorize: requireSystem,
  execute: (work) => forgetOldLinks(work),
})
