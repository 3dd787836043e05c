import { z } from 'zod'
import { type notificationChannels, mapCategories } from '../../domain/notifications/types.ts'
import { getPreferences, type Preferences, putPreferences, digestFrequencies } from '../../domain/notifications/preferences.ts'
import { dropWatch, getWatch, listWatches, putWatch, type Watch, watchLevels } from '../../domain/notifications/watch.ts'
import { jsonResponse, del, get, listResponse, put } from '../http/endpoint.ts'

const ChannelFlags = z.object({ in_app: z.boolean(), email: z.boolean(), push: z.boolean() } satisfies Record<
  (typeof notificationChannels)[number],
  z.ZodBoolean
>)
const Digest = z.object({ every: z.enum(digestFrequencies), at: z.string(), on: z.number().int().describe('of a weekly one: Monday is 1') })

export const PreferencesBody = z
  .object({
    timeZone: z.string(),
    channels: ChannelFlags.describe('a channel that is off here is off for all categories; critical notifications are sent anyway'),
    categories: z.lazy(() => z.object(mapCategories(() => ChannelFlags))),
    quietHours: z.object({ enabled: z.boolean(), from: z.string(), to: z.string() }),
    digests: z.object({ email: Digest, push: Digest }),
  })
  .meta({ id: 'NotificationPreferences' })

const preferencesResponse = jsonResponse(PreferencesBody, (preferences: Preferences) => preferences)

const watchFields = {
  subject: z.string(),
  level: z.enum(watchLevels),
  chosenOn: z.string().nullable().describe('the subject on which it was chosen: this one, or one that contains it; null: none'),
}
export const WatchBody = z.object(watchFields).meta({ id: 'Watch' })
const watch = jsonResponse(WatchBody, (one: Watch) => one)
export const TitledWatchBody = z.object({ ...watchFields, title: z.string().nullable() })
const titled = jsonResponse(TitledWatchBody, (one: Watch & { title: string | null }) => one)

const path = '/notifications'
const alias = { alias: true }

export const preferences = [
  get(
    `${path}/preferences`,
    'Returns notification preferences: channels, categories, quiet hours and digests.',
    getPreferences,
    preferencesResponse,
  ),
  put(
    `${path}/preferences`,
    'Changes the given notification preferences. All others stay as they are.',
    putPreferences,
    preferencesResponse,
  ),
  get(`${path}/settings/:userId`, 'Another spelling of `GET /notifications/preferences`.', getPreferences, preferencesResponse, alias),
  put(`${path}/settings/:userId`, 'Another spelling of `PUT /notifications/preferences`.', putPreferences, preferencesResponse, alias),
  get(
    `${path}/watches`,
    'Lists the subjects for which you chose a notification level, the last changed first.',
    listWatches,
    listResponse(titled),
  ),
  get('/subjects/:subject/watch', 'Returns your notification level for a subject.', getWatch, watch),
  put('/subjects/:subject/watch', 'Sets your notification level for a subject and what it contains.', putWatch, watch),
  del('/subjects/:subject/watch', 'Removes your choice for a subject, so that the default applies.', dropWatch),
]
