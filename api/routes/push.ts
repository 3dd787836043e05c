import { z } from 'zod'
import { getPushKey } from '../../domain/notifications/push/vapid-key.ts'
import { type PushSubscription, subscribePush, unsubscribePush } from '../../domain/notifications/push/subscription.ts'
import { jsonResponse, del, get, post } from '../http/endpoint.ts'

const subscription = jsonResponse(
  z.object({ id: z.uuid(), endpoint: z.string(), createdAt: z.iso.datetime() }).meta({ id: 'PushSubscription' }),
  ({ id, endpoint, createdAt }: PushSubscription) => ({ id, endpoint, createdAt: createdAt.toISOString() }),
)

export const push = [
  get(
    '/push/key',
    'Returns the public key (VAPID) with which a browser subscribes to push messages.',
    getPushKey,
    jsonResponse(z.object({ publicKey: z.string() }), (key: { publicKey: string }) => key),
  ),
  post(
    '/push/subscriptions',
    'Subscribes a browser to push messages, with the fields of `PushSubscription.toJSON()`.',
    subscribePush,
    subscription,
    {
      fromRequest: (context) => ({ userAgent: context.get('User-Agent').slice(0, 400) || null }),
    },
  ),
  del('/push/subscriptions', 'Ends the push subscription of one of your browsers.', unsubscribePush),
]
