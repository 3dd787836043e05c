/** Preferences: by which ways somebody wants to hear what, when not, and what is gathered. */
import { IANAZone } from 'luxon'
import { sql } from 'kysely'
import { z } from 'zod'
import { isAdmin, userOf } from '../access/permission.ts'
import { command, type Permission, query, type View } from '../kernel/operation.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { categories, type Category, kindNames, kindOf, kinds, type KindName, media, type Medium } from './kind.ts'

/** A time of day, as `22:00`. */
export const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'takes a time of day from 00:00 to 23:59')
/** A time zone by its name in the IANA database. Offsets are none: they know no daylight saving. */
export const TimeZone = z
  .string()
  .max(64)
  .refine(
    (name) => /^(UTC|[A-Za-z_]+(\/[\w+-]+)+)$/.test(name) && IANAZone.isValidZone(name),
    'takes the name of a time zone, as Europe/Vienna',
  )

export const rhythms = ['immediately', 'hourly', 'daily', 'weekly'] as const

const Digest = z.strictObject({
  every: z.enum(rhythms).optional(),
  at: TimeOfDay.optional().describe('of a daily or weekly one'),
  on: z.number().int().min(1).max(7).optional().describe('of a weekly one: Monday is 1'),
})
const Ways = z.strictObject({ in_app: z.boolean().optional(), email: z.boolean().optional(), push: z.boolean().optional() })
const shape = {
  timeZone: TimeZone.optional(),
  channels: Ways.optional().describe('a way that is off here is off for all'),
  categories: z
    .strictObject(
      Object.fromEntries(categories.map((name) => [name, Ways.nullable().optional()])) as Record<
        Category,
        z.ZodOptional<z.ZodNullable<typeof Ways>>
      >,
    )
    .optional()
    .describe('null: as it is when nobody chose'),
  quietHours: z.strictObject({ enabled: z.boolean().optional(), from: TimeOfDay.optional(), to: TimeOfDay.optional() }).optional(),
  digests: z.strictObject({ email: Digest.optional(), push: Digest.optional() }).optional(),
}
const Chosen = z.strictObject(shape)
/** What somebody chose, and nothing of what they did not. */
export type Chosen = z.output<typeof Chosen>

export interface DigestRhythm {
  every: (typeof rhythms)[number]
  at: string
  on: number
}

/** All that holds for somebody: what they chose, and else what is usual (smartstart-facts 1.10). */
export interface Preferences {
  timeZone: string
  channels: Record<Medium, boolean>
  /** By category, whether something of it goes out by a way. */
  categories: Record<Category, Record<Medium, boolean>>
  quietHours: { enabled: boolean; from: string; to: string }
  digests: { email: DigestRhythm; push: DigestRhythm }
}

const usualDigest: DigestRhythm = { every: 'immediately', at: '09:00', on: 1 }
const usual = {
  timeZone: 'UTC',
  channels: { in_app: true, email: true, push: false },
  quietHours: { enabled: false, from: '22:00', to: '08:00' },
}

/** Whether a kind of a category goes out by a way when nobody chose. */
const usually = (category: Category, medium: Medium) =>
  kindNames.some((name) => kinds[name].category === category && kindOf(name).channels.includes(medium))

export function preferencesOf(chosen: Chosen): Preferences {
  return {
    timeZone: chosen.timeZone ?? usual.timeZone,
    channels: { ...usual.channels, ...chosen.channels },
    categories: Object.fromEntries(
      categories.map((category) => [
        category,
        Object.fromEntries(media.map((medium) => [medium, chosen.categories?.[category]?.[medium] ?? usually(category, medium)])),
      ]),
    ) as Preferences['categories'],
    quietHours: { ...usual.quietHours, ...chosen.quietHours },
    digests: { email: { ...usualDigest, ...chosen.digests?.email }, push: { ...usualDigest, ...chosen.digests?.push } },
  }
}

/**
 * The ways by which a kind goes out to somebody. A way that they chose for its category carries all of it, one that they did not chose
 * carries what it usually does; what is critical goes by all its ways.
 */
export function waysOf(chosen: Chosen, name: KindName): Medium[] {
  const { category, channels, critical } = kindOf(name)
  if (critical) return [...channels]
  const on = { ...usual.channels, ...chosen.channels }
  return media.filter((medium) => on[medium] && (chosen.categories?.[category]?.[medium] ?? channels.includes(medium)))
}

/** What somebody chose; nothing where they never did. */
export async function chosenBy(view: View, userId: string): Promise<Chosen> {
  const { rows } = await sql<{ chosen: Chosen }>`select chosen from notification_preference where user_id = ${userId}`.execute(
    view.em.getKysely() as never,
  )
  return rows[0]?.chosen ?? {}
}

/** Everybody's are their own, and to others not there; administrators may look, and help. Absent: one's own. */
const whose = { userId: z.uuid().optional() }
const may: Permission<{ userId?: string | undefined }> = (view, { userId }) => {
  if (userOf(view) !== (userId ?? userOf(view)) && !isAdmin(view)) throw notFound()
}

export const getPreferences = query('notifications.getPreferences', {
  input: whose,
  may,
  async does(view, { userId }): Promise<Preferences> {
    await findPerson(view, userId)
    return preferencesOf(await chosenBy(view, userId ?? userOf(view)))
  },
})

/** Changes what is said, and leaves the rest. @throws DomainError invalid-input for quiet hours that end when they begin */
export const putPreferences = command('notifications.putPreferences', {
  input: { ...whose, ...shape },
  may,
  async does(work, { userId, ...said }): Promise<Preferences> {
    await findPerson(work, userId)
    const who = userId ?? userOf(work)
    const kysely = work.em.getKysely() as never
    await sql`insert into notification_preference (user_id, chosen, updated_at) values (${who}, '{}', ${work.now.toISOString()})
      on conflict do nothing`.execute(kysely)
    // whoever changes another part at the same time waits
    await sql`select 1 from notification_preference where user_id = ${who} for update`.execute(kysely)
    const chosen = merged(await chosenBy(work, who), said) as Chosen
    const { from, to, enabled } = preferencesOf(chosen).quietHours
    if (enabled && from === to) {
      const message = 'is when they begin'
      throw new DomainError('invalid-input', `quietHours.to: ${message}`, { fields: [{ path: 'quietHours.to', message }] })
    }
    await sql`update notification_preference set chosen = ${JSON.stringify(chosen)}::jsonb, updated_at = ${work.now.toISOString()}
      where user_id = ${who}`.execute(kysely)
    return preferencesOf(chosen)
  },
})

async function findPerson(view: View, userId: string | undefined) {
  if (!userId) return
  const { rows } = await sql`select 1 from "user" where id = ${userId} and status <> 'deleted'`.execute(view.em.getKysely() as never)
  if (rows.length === 0) throw notFound()
}

/** What was chosen with what is said now: parts of it, and parts of those; null takes a choice back. */
function merged(before: unknown, said: unknown): unknown {
  if (typeof said !== 'object' || said === null) return said
  const result: Record<string, unknown> = { ...(before as object | undefined) }
  for (const [name, value] of Object.entries(said)) {
    if (value === undefined) continue
    if (value === null) delete result[name]
    else result[name] = merged(result[name], value)
  }
  return result
}
