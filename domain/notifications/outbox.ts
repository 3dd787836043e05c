/** The outbox: mail that was written where no mail server is set, for administrators to read; and how long what left is remembered. */
import { sql } from 'kysely'
import { z } from 'zod'
import { adminOnly, isAdmin, systemOnly, userOf } from '../access/permission.ts'
import { defineEntity, p } from '../kernel/entity.ts'
import { notFound } from '../kernel/errors.ts'
import { command, query } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'

const OutboxSchema = defineEntity({
  name: 'OutboxMail',
  tableName: 'outbox_mail',
  properties: {
    /** That of its delivery. */
    id: p.uuid().primary(),
    createdAt: p.datetime().length(3),
    recipient: p.text(),
    subject: p.text(),
    text: p.text(),
    html: p.text(),
  },
})
/** A mail that was written, and not sent. */
export class OutboxMail extends OutboxSchema.class {}
OutboxSchema.setClass(OutboxMail)

/** Mail in the outbox, newest first. */
export const listOutbox = query('notifications.listOutbox', {
  input: paging,
  may: adminOnly,
  async does(view, { limit, cursor }): Promise<Page<OutboxMail>> {
    const after = readCursor(cursor)
    const rows = await view.em.find(OutboxMail, after ? { id: { $lt: after.id } } : {}, { orderBy: { id: 'desc' }, limit: limit + 1 })
    return pageOf(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      (mail) => mail,
    )
  },
})

/** One mail, whole. To others than administrators there is none. */
export const getOutboxMail = query('notifications.getOutboxMail', {
  input: { id: z.uuid() },
  may: (view) => {
    userOf(view)
    if (!isAdmin(view)) throw notFound()
  },
  does: (view, { id }): Promise<OutboxMail> => view.em.findOneOrFail(OutboxMail, id),
})

/** Deliveries that are done with, and mail in the outbox, are kept for this long. Milliseconds. */
const keptFor = 90 * 24 * 3600_000

export const forgetOldDeliveries = command('notifications.forgetOldDeliveries', {
  input: {},
  may: systemOnly,
  async does(work) {
    const before = new Date(work.now.getTime() - keptFor)
    const db = work.em.getKysely() as never
    await sql`delete from delivery where state <> 'queued' and created_at < ${before}`.execute(db)
    await sql`delete from outbox_mail where created_at < ${before}`.execute(db)
  },
})
