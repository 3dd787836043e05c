/** Watching: how much a person is notified of a document, venture or space, and of everything in it. */
import { sql } from 'kysely'
import { z } from 'zod'
import type { TableRow } from '../kernel/db/table-row.ts'
import { inheritedGrants, heldSubjectsCte, ancestorsCte } from '../access/ancestry.ts'
import { requireViewer } from '../access/permission.ts'
import { requireSignedIn, requireUserId } from '../kernel/permission.ts'
import type { Reader, WatchLevel } from '../kernel/manifest/notification.ts'
import { filterSubjectKinds, SubjectName, readTitles } from '../kernel/manifest/registry.ts'
import { command, query, type QueryContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { activeAccountSql } from '../users/account.ts'

/**
 * `watching`: everything. `participating`: where the person takes part or is addressed. `muted`: critical notifications, mentions, and
 * their own access.
 */
export const watchLevels = ['watching', 'participating', 'muted'] as const satisfies readonly WatchLevel[]

export const WatchedSubject = SubjectName(() => filterSubjectKinds(({ watchable }) => watchable)).meta({ id: 'WatchedSubject' })

/** How much a person is notified of a subject. */
export interface Watch {
  subject: string
  level: WatchLevel
  /** The subject on which the level was chosen: this one or a parent; null for the default. */
  chosenOn: string | null
}

type Row = { userId: string; name: string; chosen: WatchLevel | null; chosenOn: string | null; owner: boolean }

/** An owner watches by default; otherwise nobody would be notified of a document that one person owns. */
const toLevel = ({ chosen, owner }: Row): WatchLevel => chosen ?? (owner ? 'watching' : 'participating')

/** Everyone who can read a subject now and can sign in; the choice nearest to it counts. @param only this person alone */
async function readWatchRows(view: QueryContext, subject: string, only: string | null = null): Promise<Row[]> {
  const { rows } = await sql<Row>`
    with recursive ${ancestorsCte(sql`${subject}`)}
    select g.user_id as "userId", u.name, w.level as chosen, w.subject as "chosenOn", bool_or(up.depth = 0 and g.role = 'owner') as owner
    from ${sql.raw(inheritedGrants())} join ${sql.raw(activeAccountSql('u', 'g.user_id'))}
    left join lateral (
      select w.level, w.subject from up as near join subject_watch w on w.subject = near.name
      where w.user_id = g.user_id order by near.depth limit 1) w on true
    where ${only === null ? sql`true` : sql`g.user_id = ${only}`}
    group by g.user_id, u.name, w.level, w.subject`.execute(view.db)
  return rows
}

/** The people who can read a subject now, by the same roles as reading it. */
export const readersOf = async (view: QueryContext, subject: string): Promise<Reader[]> =>
  (await readWatchRows(view, subject)).map((row) => ({ userId: row.userId, name: row.name, level: toLevel(row) }))

const subjectOf = ({ subject }: { subject: string }) => subject

async function readWatch(view: QueryContext, subject: string): Promise<Watch> {
  const [row] = await readWatchRows(view, subject, requireUserId(view))
  return { subject, level: toLevel(row as Row), chosenOn: row?.chosenOn ?? null }
}

export const getWatch = query('notifications.getWatch', {
  input: { subject: WatchedSubject },
  authorize: requireViewer(subjectOf),
  execute: (view, { subject }) => readWatch(view, subject),
})

/** Chooses how much the actor is notified of a subject, and of everything in it without a choice of its own. */
export const putWatch = command('notifications.putWatch', {
  input: { subject: WatchedSubject, level: z.enum(watchLevels) },
  authorize: requireViewer(subjectOf),
  async execute(work, { subject, level }): Promise<Watch> {
    await work.db
      .insertInto('subject_watch')
      .values({ user_id: requireUserId(work), subject, level, updated_at: work.now })
      .onConflict((there) => there.columns(['user_id', 'subject']).doUpdateSet({ level, updated_at: work.now }))
      .execute()
    return readWatch(work, subject)
  },
})

/** Removes the actor's choice. Idempotent. */
export const dropWatch = command('notifications.dropWatch', {
  input: { subject: WatchedSubject },
  authorize: requireViewer(subjectOf),
  async execute(work, { subject }): Promise<void> {
    await work.db.deleteFrom('subject_watch').where('user_id', '=', requireUserId(work)).where('subject', '=', subject).execute()
  },
})

/** The actor's choices on subjects that they can read now, most recent first. */
export const listWatches = query('notifications.listWatches', {
  input: paging,
  authorize: requireSignedIn,
  async execute(view, { limit, cursor }): Promise<Page<Watch & { title: string | null }>> {
    const after = parseCursor(cursor)
    const userId = requireUserId(view)
    const { rows } = await sql<{
      subject: string
      level: WatchLevel
      at: TableRow<'subject_watch', 'updated_at'>['updated_at']
      id: string
    }>`
      with recursive ${heldSubjectsCte(userId)}
      select w.subject, w.level, w.updated_at as at, split_part(w.subject, ':', 2) as id
      from subject_watch w
      where w.user_id = ${userId} and w.subject in (select name from held)
        and ${after ? sql`(w.updated_at, split_part(w.subject, ':', 2)) < (${after.at}::timestamptz, ${after.id})` : sql`true`}
      order by w.updated_at desc, id desc limit ${limit + 1}`.execute(view.db)
    const titles = await readTitles(
      view,
      rows.map(({ subject }) => subject),
    )
    return paginate(
      rows,
      limit,
      ({ at, id }) => ({ at: new Date(at).toISOString(), id }),
      ({ subject, level }) => ({ subject, level, title: titles.get(subject) ?? null, chosenOn: subject }),
    )
  },
})
