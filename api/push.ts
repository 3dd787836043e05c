import { z } from 'zod'
import { getPushKey } from '../domain/notifications/push-key.ts'
import { type PushSubscription, subscribePush, unsubscribePush } from '../domain/notifications/push-subscription.ts'
import { answer, del, get, post } from './endpoint.ts'

const subscription = answer(
  z.object({ id: z.uuid(), endpoint: z.string(), createdAt: z.iso.datetime() }).meta({ id: 'PushSubscription' }),
  ({ id, endpoint, createdAt }: PushSubscription) => ({ id, endpoint, createdAt: createdAt.toISOString() }),
)

export const push = [
  get(
    '/push/key',
    getPushKey,
    answer(z.object({ publicKey: z.string() }), (key: { publicKey: string }) => key),
  ),
  post('/push/subscriptions', subscribePush, subscription, {
    fromRequest: (context) => ({ userAgent: context.get('User-Agent').slice(0, 400) || null }),
  }),
  del('/push/subscriptions', unsubscribePush),
]
