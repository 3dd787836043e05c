import { z } from 'zod'
import { renderUnsubscribePage } from '../../domain/notifications/mail/unsubscribe-page.ts'
import { getUnsubscribe, type UnsubscribeOffer, unsubscribe } from '../../domain/notifications/mail/unsubscribe.ts'
import { action, jsonResponse, get, htmlResponse } from '../http/endpoint.ts'

const offer = htmlResponse(
  jsonResponse(
    z
      .object({
        category: z.string().nullable().describe('null: all categories that can be stopped'),
        email: z.string(),
        done: z.boolean(),
      })
      .meta({ id: 'Unsubscription' }),
    ({ category, email, done }: UnsubscribeOffer) => ({ category, email, done }),
  ),
  renderUnsubscribePage,
)

const path = '/notifications/unsubscribe/:token'

export const unsubscribeLinks = [
  get(path, 'Returns what the unsubscribe link of an e-mail would stop. Browsers get a page.', getUnsubscribe, offer),
  action(path, 'Stops the e-mails that the unsubscribe link of an e-mail names.', unsubscribe, offer, { ignoresBody: true }),
]
