/** What an event is told from: who did it, what a thing is called, where it is found. */
import { sql } from 'kysely'
import type { HeardEvent } from '../kernel/events.ts'
import type { View, Work } from '../kernel/operation.ts'
import type { Notice } from './notification.ts'
import { type Reader, readersOf } from './watch.ts'

/** Makes what people are to be told of an event, as things are when it is asked. It may be asked twice. */
export type Telling = (work: Work, event: HeardEvent) => Promise<Notice[]>

/** What somebody is called; SmartStart where nobody did it. */
export async function nameOf(view: View, userId: string | null): Promise<string> {
  if (userId === null) return 'SmartStart'
  const { rows } = await sql<{ name: string }>`select name from "user" where id = ${userId} and status <> 'deleted'`.execute(
    view.em.getKysely() as never,
  )
  return rows[0]?.name ?? 'Somebody'
}

/** What some subjects are called. The id of a subject is its document's, a venture's that of its plan. */
export async function titlesOf(view: View, subjects: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ subject: string; title: string }>`
    select s.subject, d.title from unnest(${sql.val([...new Set(subjects)])}::text[]) s(subject)
    join document d on d.id = split_part(s.subject, ':', 2)::uuid`.execute(view.em.getKysely() as never)
  return new Map(rows.map(({ subject, title }) => [subject, title]))
}

export const titleOf = async (view: View, subject: string): Promise<string> =>
  (await titlesOf(view, [subject])).get(subject) ?? 'something that is not there any more'

/** Where a subject is found in the workspace, a venture by its plan; what is in a text, by its text. */
export function linkTo(subject: string, search = ''): string {
  const name = subject.replace(/^venture:/, 'plan:')
  const shown = name.startsWith('legal:') || search === '' ? search : `view=text&${search}`
  return `/documents/${name}${shown && `?${shown}`}`
}

/** Who may read a subject now, but for whoever did what is told. */
export const others = async (view: View, subject: string, actorId: string | null): Promise<Reader[]> =>
  (await readersOf(view, subject)).filter(({ userId }) => userId !== actorId)

/** A text with the names of those whom it mentions. */
export async function withNames(view: View, { text, mentions }: { text: string; mentions: string[] }): Promise<string> {
  const { rows } = await sql<{ id: string; name: string }>`
    select id, name from "user" where status <> 'deleted' and id = any(${sql.val(mentions)}::uuid[])`.execute(view.em.getKysely() as never)
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  return text.replace(/@\[([0-9a-f-]{36})\]/gi, (_, id: string) => `@${names.get(id.toLowerCase()) ?? 'somebody'}`)
}
