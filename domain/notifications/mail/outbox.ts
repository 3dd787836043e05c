/**
 * The outbox: mail that was written where no mail server is configured, for administrators to read; and how long sent deliveries are
 * stored.
 */
import { z } from 'zod'
import { requireAdmin, isAdmin, requireSystem, requireUserId } from '../../kernel/permission.ts'
import { defineEntity, p } from '../../kernel/entity.ts'
import { forgetFinished } from '../../delivery/delivery.ts'
import { notFound } from '../../kernel/errors.ts'
import { command, query } from '../../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../../kernel/pagination.ts'

const OutboxSchema = defineEntity({
  name: 'OutboxMail',
  tableName: 'outbox_mail',
  properties: {
    /** The id of its delivery. */
    id: p.uuid().primary(),
    createdAt: p.datetime().length(3),
    recipient: p.text(),
    subject: p.text(),
    text: p.text(),
    html: p.text(),
  },
})
/** A mail that was written and not sent. */
export class OutboxMail extends OutboxSchema.class {}
OutboxSchema.setClass(OutboxMail)

/** Mail in the outbox, newest first. */
export const listOutbox = query('notifications.listOutbox', {
  input: paging,
  authorize: requireAdmin,
  async execute(view, { limit, cursor }): Promise<Page<OutboxMail>> {
    const after = parseCursor(cursor)
    const rows = await view.em.find(OutboxMail, after ? { id: { $lt: after.id } } : {}, { orderBy: { id: 'desc' }, limit: limit + 1 })
    return paginate(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      (mail) => mail,
    )
  },
})

/** One mail, complete. To everyone but administrators it looks absent. */
export const getOutboxMail = query('notifications.getOutboxMail', {
  input: { id: z.uuid() },
  authorize: (view) => {
    requireUserId(view)
    if (!isAdmin(view)) throw notFound()
  },
  execute: (view, { id }): Promise<OutboxMail> => view.em.findOneOrFail(OutboxMail, id),
})

/** Milliseconds for which finished deliveries, and mail in the outbox, are stored. */
const retentionMs = 90 * 24 * 3600_000

export const forgetOldDeliveries = command('notifications.forgetOldDeliveries', {
  input: {},
  authorize: requireSystem,
  async execute(work) {
    const before = new Date(work.now.getTime() - retentionMs)
    await forgetFinished(work, before)
    await work.em.nativeDelete(OutboxMail, { createdAt: { $lt: before } })
  },
})
