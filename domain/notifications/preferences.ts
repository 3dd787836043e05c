/** Notification preferences: channels for each category, quiet hours and digests. */
import { IANAZone } from 'luxon'
import { z } from 'zod'
import { isAdmin, requireUserId } from '../kernel/permission.ts'
import { command, type CommandContext, type Permission, query, type QueryContext } from '../kernel/operation.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { filterExistingAccounts } from '../users/account.ts'
import type { NotificationChannel } from '../kernel/manifest/notification.ts'
import { notificationChannels, notificationType, notificationTypes, mapCategories } from './types.ts'

/** A time of day, as `22:00`. */
export const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day from 00:00 to 23:59')
/** A time zone by its IANA name. Offsets are not accepted: they have no daylight saving time. */
export const TimeZone = z
  .string()
  .max(64)
  .refine(
    (name) => /^(UTC|[A-Za-z_]+(\/[\w+-]+)+)$/.test(name) && IANAZone.isValidZone(name),
    'must be the name of a time zone, as Europe/Vienna',
  )

export const digestFrequencies = ['immediately', 'hourly', 'daily', 'weekly'] as const

const Digest = z.strictObject({
  every: z.enum(digestFrequencies).optional(),
  at: TimeOfDay.optional().describe('for daily and weekly'),
  on: z.number().int().min(1).max(7).optional().describe('for weekly; Monday is 1'),
})
const ChannelFlags = z.strictObject({ in_app: z.boolean().optional(), email: z.boolean().optional(), push: z.boolean().optional() })
const shape = {
  timeZone: TimeZone.optional(),
  channels: ChannelFlags.optional().describe('a channel that is off here is off for all categories'),
  categories: z
    .lazy(() => z.strictObject(mapCategories(() => ChannelFlags.nullable().optional())))
    .optional()
    .describe('null: the default'),
  quietHours: z.strictObject({ enabled: z.boolean().optional(), from: TimeOfDay.optional(), to: TimeOfDay.optional() }).optional(),
  digests: z.strictObject({ email: Digest.optional(), push: Digest.optional() }).optional(),
}
const StoredPreferences = z.strictObject(shape)
/** The choices that a person made, without defaults. */
export type StoredPreferences = z.output<typeof StoredPreferences>

export interface DigestSchedule {
  every: (typeof digestFrequencies)[number]
  at: string
  on: number
}

/** A person's preferences: their choices, and defaults for the rest. */
export interface Preferences {
  timeZone: string
  channels: Record<NotificationChannel, boolean>
  /** By category: whether it is sent by a channel. */
  categories: Record<string, Record<NotificationChannel, boolean>>
  quietHours: { enabled: boolean; from: string; to: string }
  digests: { email: DigestSchedule; push: DigestSchedule }
}

const defaultDigest: DigestSchedule = { every: 'immediately', at: '09:00', on: 1 }
const defaultPreferences = {
  timeZone: 'UTC',
  channels: { in_app: true, email: true, push: false },
  quietHours: { enabled: false, from: '22:00', to: '08:00' },
}

/** Whether a category is sent by a channel by default. */
const isOnByDefault = (category: string, channel: NotificationChannel) =>
  [...notificationTypes().values()].some((type) => type.category === category && type.channels.includes(channel))

export function applyDefaults(stored: StoredPreferences): Preferences {
  return {
    timeZone: stored.timeZone ?? defaultPreferences.timeZone,
    channels: { ...defaultPreferences.channels, ...stored.channels },
    categories: mapCategories(
      (category) =>
        Object.fromEntries(
          notificationChannels.map((medium) => [medium, stored.categories?.[category]?.[medium] ?? isOnByDefault(category, medium)]),
        ) as Record<NotificationChannel, boolean>,
    ),
    quietHours: { ...defaultPreferences.quietHours, ...stored.quietHours },
    digests: { email: { ...defaultDigest, ...stored.digests?.email }, push: { ...defaultDigest, ...stored.digests?.push } },
  }
}

/**
 * The channels by which a type is sent to a person. A channel that they chose for its category gets all types of it; otherwise the type's
 * defaults apply. Critical types use all their channels.
 */
export function channelsFor(stored: StoredPreferences, name: string): NotificationChannel[] {
  const { category, channels, critical } = notificationType(name)
  if (critical) return [...channels]
  const on = { ...defaultPreferences.channels, ...stored.channels }
  return notificationChannels.filter((medium) => on[medium] && (stored.categories?.[category]?.[medium] ?? channels.includes(medium)))
}

/** The choices of a person; empty where they never made any. */
export async function readStoredPreferences(view: QueryContext, userId: string): Promise<StoredPreferences> {
  const row = await view.db.selectFrom('notification_preference').select('chosen').where('user_id', '=', userId).executeTakeFirst()
  return (row?.chosen as StoredPreferences | undefined) ?? {}
}

/** Reads and locks a person's stored preferences until the transaction ends. @throws DomainError conflict where the account has ended */
export async function lockStoredPreferences(work: CommandContext, userId: string): Promise<StoredPreferences> {
  await work.db
    .insertInto('notification_preference')
    .values({ user_id: userId, chosen: '{}', updated_at: work.now })
    .onConflict((there) => there.doNothing())
    .execute()
  const row = await work.db
    .selectFrom('notification_preference')
    .select('chosen')
    .where('user_id', '=', userId)
    .forUpdate()
    .executeTakeFirst()
  if (!row) throw new DomainError('conflict', 'The account was deleted.')
  return row.chosen as StoredPreferences
}

/** Stores a person's preferences, after `lockStoredPreferences`. */
export async function storePreferences(work: CommandContext, userId: string, chosen: StoredPreferences): Promise<void> {
  const kept = { chosen: JSON.stringify(chosen), updated_at: work.now }
  await work.db.updateTable('notification_preference').set(kept).where('user_id', '=', userId).execute()
}

/** People's own; to others they look absent. Administrators may read and change them. Absent: the actor's own. */
const userInput = { userId: z.uuid().optional() }
const authorizeUser: Permission<{ userId?: string | undefined }> = (view, { userId }) => {
  if (requireUserId(view) !== (userId ?? requireUserId(view)) && !isAdmin(view)) throw notFound()
}

export const getPreferences = query('notifications.getPreferences', {
  input: userInput,
  authorize: authorizeUser,
  async execute(view, { userId }): Promise<Preferences> {
    await assertPersonExists(view, userId)
    return applyDefaults(await readStoredPreferences(view, userId ?? requireUserId(view)))
  },
})

/** Changes the given preferences. @throws DomainError invalid-input for quiet hours that end when they begin */
export const putPreferences = command('notifications.putPreferences', {
  input: { ...userInput, ...shape },
  authorize: authorizeUser,
  async execute(work, { userId, ...said }): Promise<Preferences> {
    await assertPersonExists(work, userId)
    const owner = userId ?? requireUserId(work)
    const chosen = mergePreferences(await lockStoredPreferences(work, owner), said) as StoredPreferences
    const { from, to, enabled } = applyDefaults(chosen).quietHours
    if (enabled && from === to) {
      const message = 'must differ from `from`'
      throw new DomainError('invalid-input', `quietHours.to: ${message}`, { fields: [{ path: 'quietHours.to', message }] })
    }
    await storePreferences(work, owner, chosen)
    return applyDefaults(chosen)
  },
})

async function assertPersonExists(view: QueryContext, userId: string | undefined) {
  if (!userId) return
  if (!(await filterExistingAccounts(view, [userId])).has(userId)) throw notFound()
}

/** Merges changes into stored choices, recursively; null removes a choice. */
function mergePreferences(before: unknown, changes: unknown): unknown {
  if (typeof changes !== 'object' || changes === null) return changes
  const result: Record<string, unknown> = { ...(before as object | undefined) }
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) continue
    if (value === null) delete result[name]
    else result[name] = mergePreferences(result[name], value)
  }
  return result
}
