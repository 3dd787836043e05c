import { z } from 'zod'
import { categories, media } from '../domain/notifications/kind.ts'
import { getPreferences, type Preferences, putPreferences, rhythms } from '../domain/notifications/preference.ts'
import { dropWatch, getWatch, listWatches, putWatch, type Watch, watchLevels } from '../domain/notifications/watch.ts'
import { answer, del, get, pageOf, put } from './endpoint.ts'

const Ways = z.object({ in_app: z.boolean(), email: z.boolean(), push: z.boolean() } satisfies Record<(typeof media)[number], z.ZodBoolean>)
const Digest = z.object({ every: z.enum(rhythms), at: z.string(), on: z.number().int().describe('of a weekly one: Monday is 1') })

export const PreferencesBody = z
  .object({
    timeZone: z.string(),
    channels: Ways.describe('a way that is off here is off for all; what is critical goes out all the same'),
    categories: z.record(z.enum(categories), Ways),
    quietHours: z.object({ enabled: z.boolean(), from: z.string(), to: z.string() }),
    digests: z.object({ email: Digest, push: Digest }),
  })
  .meta({ id: 'NotificationPreferences' })

const preferred = answer(PreferencesBody, (preferences: Preferences) => preferences)

const watched = {
  subject: z.string(),
  level: z.enum(watchLevels),
  chosenOn: z.string().nullable().describe('where it was chosen: here, or on what it lies in; null: nowhere'),
}
export const WatchBody = z.object(watched).meta({ id: 'Watch' })
const watch = answer(WatchBody, (one: Watch) => one)
export const TitledWatchBody = z.object({ ...watched, title: z.string().nullable() })
const titled = answer(TitledWatchBody, (one: Watch & { title: string | null }) => one)

const path = '/notifications'
const alias = { alias: true }

export const preferences = [
  get(`${path}/preferences`, getPreferences, preferred),
  put(`${path}/preferences`, putPreferences, preferred),
  get(`${path}/settings/:userId`, getPreferences, preferred, alias),
  put(`${path}/settings/:userId`, putPreferences, preferred, alias),
  get(`${path}/watches`, listWatches, pageOf(titled)),
  get('/subjects/:subject/watch', getWatch, watch),
  put('/subjects/:subject/watch', putWatch, watch),
  del('/subjects/:subject/watch', dropWatch),
]
