/** A webhook uses the access of the person who last changed it, and ends with it. */
import { z } from 'zod'
import { requireSystem } from '../../kernel/permission.ts'
import { command } from '../../kernel/operation.ts'
import { canReadAudience } from './permission.ts'
import { accessEndedReason, disableWebhook, lockWebhook, Webhook } from './webhook.ts'

/**
 * Disables the webhooks that a person last changed and whose audience they can no longer read. Until it runs, such a webhook is sent
 * nothing either, because each delivery checks the same.
 */
export const disableUnreadableWebhooks = command('notifications.disableUnreadable', {
  input: { userId: z.uuid() },
  authorize: requireSystem,
  async execute(work, { userId }): Promise<void> {
    const active = await work.em.find(Webhook, { userId, state: 'active' }, { orderBy: { id: 'asc' } })
    for (const { id } of active) {
      const webhook = await lockWebhook(work, id)
      if (webhook.userId === userId && !(await canReadAudience(work, webhook.audience, userId)))
        await disableWebhook(work, webhook, accessEndedReason(webhook))
    }
  },
})
