import { PasswordResetRequested } from '../auth/events.ts'
import { DeliverySender } from '../delivery/attempt.ts'
import { onEvent, schedule } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { register } from '../kernel/manifest/hook.ts'
import { everyChannel, inApp, inAppAndEmail } from '../kernel/manifest/notification.ts'
import { UserChanged } from '../users/events.ts'
import { notifyOfEvent, deletePersonalData, hasNotifications } from './dispatch.ts'
import { wakeSnoozed } from './inbox-actions.ts'
import { forgetOldDeliveries, OutboxMail } from './mail/outbox.ts'
import { Letters } from './mail/letter.ts'
import { mailPasswordReset, resetLetter } from './mail/password-reset.ts'
import { sendMail } from './mail/send.ts'
import { sendPush } from './push/send.ts'
import { PushSubscription } from './push/subscription.ts'
import { listNotifyingEvents } from './types.ts'

export const notifications = defineSlice({
  name: 'notifications',
  description: 'The inbox, preferences, e-mail, push and webhooks.',
  entities: [OutboxMail, PushSubscription],
  tables: ['notification', 'notification_preference', 'push_key', 'subject_watch'],
  // administrators can send these until a slice builds them
  notifications: {
    general: { category: 'system', priority: 'medium', channels: inApp, reserved: true },
    'system.maintenance': { category: 'system', priority: 'high', channels: everyChannel, critical: true, reserved: true },
    'achievement.earned': { category: 'venture', priority: 'medium', channels: inApp, reserved: true },
    'buz.transaction': { category: 'buz', priority: 'medium', channels: inApp, reserved: true },
    'payment.succeeded': { category: 'payment', priority: 'high', channels: inAppAndEmail, reserved: true },
    'payment.failed': { category: 'payment', priority: 'high', channels: inAppAndEmail, reserved: true },
    'subscription.created': { category: 'subscription', priority: 'medium', channels: inAppAndEmail, reserved: true },
    'subscription.cancelled': { category: 'subscription', priority: 'medium', channels: inAppAndEmail, reserved: true },
    'revenue.share.completed': { category: 'revenue', priority: 'high', channels: inAppAndEmail, reserved: true },
  },
  notificationUpdates: [{ on: UserChanged, update: deletePersonalData }],
  handlers: [
    onEvent(listNotifyingEvents, notifyOfEvent, { filter: hasNotifications, input: (event) => event }),
    onEvent([PasswordResetRequested], mailPasswordReset),
  ],
  hooks: [
    register(DeliverySender, { channel: 'email', send: sendMail }),
    register(DeliverySender, { channel: 'push', send: sendPush }),
    register(Letters, resetLetter),
  ],
  schedules: [schedule('* * * * *', wakeSnoozed), schedule('47 3 * * *', forgetOldDeliveries)],
})
