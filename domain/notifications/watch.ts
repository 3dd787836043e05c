/** Watching: how much somebody wants to hear of a document, a venture, a space, and of all that lies in it. */
import { sql } from 'kysely'
import { z } from 'zod'
import { subjectsHeldBy, upFrom } from '../access/grant.ts'
import { read, signedIn, userOf } from '../access/permission.ts'
import { command, query, type View } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'

/**
 * `watching`: all that happens. `participating`: what somebody takes part in, and what is meant for them. `muted`: what is critical, who
 * mentions them by name, and their own access.
 */
export const watchLevels = ['watching', 'participating', 'muted'] as const
export type WatchLevel = (typeof watchLevels)[number]

export const WatchedSubject = z
  .string()
  .regex(
    /^(legal|plan|space|venture):[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'takes <kind>:<uuid>; kinds are legal, plan, space and venture',
  )
  .meta({ id: 'WatchedSubject' })

/** How much of a subject somebody hears. */
export interface Watch {
  subject: string
  level: WatchLevel
  /** Where that was chosen: here, or on what it lies in; null where nobody chose. */
  chosenOn: string | null
}

/** Whoever may read a subject now, and how much they hear of it. */
export interface Reader {
  userId: string
  name: string
  level: WatchLevel
}

type Row = { userId: string; name: string; chosen: WatchLevel | null; chosenOn: string | null; owner: boolean }

/** What somebody owns themselves they watch, without having chosen: else nobody would hear what others say of it. */
const levelOf = ({ chosen, owner }: Row): WatchLevel => chosen ?? (owner ? 'watching' : 'participating')

/** Everybody who may read a subject now and can sign in; what was chosen nearest to it counts. @param only this person alone */
async function rowsOf(view: View, subject: string, only: string | null = null): Promise<Row[]> {
  const { rows } = await sql<Row>`
    with recursive ${upFrom(sql`${subject}`)}
    select g.user_id as "userId", u.name, w.level as chosen, w.subject as "chosenOn", bool_or(up.depth = 0 and g.role = 'owner') as owner
    from up join access_grant g on g.subject = up.name join "user" u on u.id = g.user_id and u.status = 'active'
    left join lateral (
      select w.level, w.subject from up as near join subject_watch w on w.subject = near.name
      where w.user_id = g.user_id order by near.depth limit 1) w on true
    where ${only === null ? sql`true` : sql`g.user_id = ${only}`}
    group by g.user_id, u.name, w.level, w.subject`.execute(view.em.getKysely() as never)
  return rows
}

/** Who may read a subject now; asked by the same ladder as reading it. */
export const readersOf = async (view: View, subject: string): Promise<Reader[]> =>
  (await rowsOf(view, subject)).map((row) => ({ userId: row.userId, name: row.name, level: levelOf(row) }))

const subjectOf = ({ subject }: { subject: string }) => subject

async function watchOf(view: View, subject: string): Promise<Watch> {
  const [row] = await rowsOf(view, subject, userOf(view))
  return { subject, level: levelOf(row as Row), chosenOn: row?.chosenOn ?? null }
}

export const getWatch = query('notifications.getWatch', {
  input: { subject: WatchedSubject },
  may: read(subjectOf),
  does: (view, { subject }) => watchOf(view, subject),
})

/** Chooses how much one hears of a subject, and of what lies in it where nothing else was chosen. */
export const putWatch = command('notifications.putWatch', {
  input: { subject: WatchedSubject, level: z.enum(watchLevels) },
  may: read(subjectOf),
  async does(work, { subject, level }): Promise<Watch> {
    await sql`insert into subject_watch (user_id, subject, level, updated_at)
      values (${userOf(work)}, ${subject}, ${level}, ${work.now.toISOString()})
      on conflict (user_id, subject) do update set level = excluded.level, updated_at = excluded.updated_at`.execute(
      work.em.getKysely() as never,
    )
    return watchOf(work, subject)
  },
})

/** Takes one's choice back. Said twice it stays as it is. */
export const dropWatch = command('notifications.dropWatch', {
  input: { subject: WatchedSubject },
  may: read(subjectOf),
  async does(work, { subject }): Promise<void> {
    await sql`delete from subject_watch where user_id = ${userOf(work)} and subject = ${subject}`.execute(work.em.getKysely() as never)
  },
})

/** What one chose, of what one may read now, the last first. */
export const listWatches = query('notifications.listWatches', {
  input: paging,
  may: signedIn,
  async does(view, { limit, cursor }): Promise<Page<Watch & { title: string | null }>> {
    const after = readCursor(cursor)
    const userId = userOf(view)
    const { rows } = await sql<{ subject: string; level: WatchLevel; title: string | null; at: string | Date; id: string }>`
      with recursive ${subjectsHeldBy(userId)}
      select w.subject, w.level, d.title, w.updated_at as at, split_part(w.subject, ':', 2) as id
      from subject_watch w left join document d on d.id = split_part(w.subject, ':', 2)::uuid
      where w.user_id = ${userId} and w.subject in (select name from held)
        and ${after ? sql`(w.updated_at, split_part(w.subject, ':', 2)) < (${after.at}::timestamptz, ${after.id})` : sql`true`}
      order by w.updated_at desc, id desc limit ${limit + 1}`.execute(view.em.getKysely() as never)
    return pageOf(
      rows,
      limit,
      ({ at, id }) => ({ at: new Date(at).toISOString(), id }),
      ({ subject, level, title }) => ({ subject, level, title, chosenOn: subject }),
    )
  },
})
