import { AccessChanged } from '../access/events.ts'
import { onEvent } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { register } from '../kernel/manifest/hook.ts'
import { UserChanged } from '../users/events.ts'
import { DeliverySender } from './attempt.ts'
import { Delivery } from './delivery.ts'
import { disableUnreadableWebhooks } from './webhooks/access-change.ts'
import { recordWebhookOutcome, sendWebhook } from './webhooks/send.ts'
import { Webhook } from './webhooks/webhook.ts'

export const delivery = defineSlice({
  name: 'delivery',
  description: 'Deliveries to people and programs, and their log.',
  entities: [Delivery, Webhook],
  handlers: [
    onEvent([AccessChanged, UserChanged], disableUnreadableWebhooks, {
      filter: ({ event, data }) => event === UserChanged.name || data.role === null,
      input: ({ data }) => ({ userId: data.userId }),
    }),
  ],
  hooks: [register(DeliverySender, { channel: 'webhook', send: sendWebhook, onSettled: recordWebhookOutcome })],
})
