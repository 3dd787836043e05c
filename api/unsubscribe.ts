import { z } from 'zod'
import { stopPage } from '../domain/notifications/stop-page.ts'
import { getUnsubscribe, type StopOffer, unsubscribe } from '../domain/notifications/unsubscribe.ts'
import { act, answer, get, pageAnswer } from './endpoint.ts'

const offer = pageAnswer(
  answer(
    z
      .object({ category: z.string().nullable().describe('null: all that may be stopped'), email: z.string(), done: z.boolean() })
      .meta({ id: 'Unsubscription' }),
    ({ category, email, done }: StopOffer) => ({ category, email, done }),
  ),
  stopPage,
)

const path = '/notifications/unsubscribe/:token'

export const unsubscribing = [get(path, getUnsubscribe, offer), act(path, unsubscribe, offer, { ignoresBody: true })]
