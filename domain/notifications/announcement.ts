/** From events to notifications: which are told, and to whom. Each is told as things are when its job runs, to each person once. */
import { sql } from 'kysely'
import { z } from 'zod'
import { systemOnly } from '../access/permission.ts'
import { AccessChanged } from '../access/events.ts'
import { CommentChanged, SuggestionChanged, VersionNamed } from '../documents/events.ts'
import type { EventKind, HeardEvent } from '../kernel/events.ts'
import { command } from '../kernel/operation.ts'
import { MessageChanged, MessageSent, SeenMoved } from '../messaging/events.ts'
import { UserChanged, UserCreated } from '../users/events.ts'
import { VentureChanged } from '../ventures/events.ts'
import { tellCounts } from './count.ts'
import { tellOfComment } from './discussion.ts'
import { tell } from './notification.ts'
import { followReading, tellOfChange, tellOfMessage } from './talk.ts'
import { linkTo, nameOf, others, type Telling, titleOf } from './telling.ts'
import { readersOf } from './watch.ts'

const may = { viewer: 'You may read it.', commenter: 'You may comment on it.', editor: 'You may edit it.', owner: 'You own it.' }
const roleWords = (role: string) => may[role as keyof typeof may]

const tellOfAccess: Telling = async (work, { data, actor }) => {
  const { subject, userId, role, was } = AccessChanged.data.parse(data)
  if (was === role || userId === actor) {
    if (role === null) await tellCounts(work, [userId])
    return []
  }
  const reads = (await readersOf(work, subject)).some((reader) => reader.userId === userId)
  const [name, title] = [await nameOf(work, actor), await titleOf(work, subject)]
  const about = { userId, actorId: actor, data: { subject, role, link: linkTo(subject) } }
  if (!reads) {
    if (role !== null) return []
    // it is about nothing that they may read: what they lost is named, and that is all
    const notice = { ...about, data: { subject, role }, type: 'team.access-ended' as const, subject: null }
    return [{ ...notice, title: `Your access to ${title} has ended`, message: `${name} took it away.` }]
  }
  const message = role === null ? 'You can still open it through what it lies in.' : (roleWords(role) ?? '')
  if (was === null) return [{ ...about, type: 'team.invitation', subject, title: `${name} shared ${title} with you`, message }]
  return [{ ...about, type: 'team.role-changed', subject, title: `${name} changed your role in ${title}`, message }]
}

interface Suggested {
  userId: string | null
  kind: string
  inserted: string
  deleted: string
  state: string
}

const tellOfSuggestion: Telling = async (work, { data, actor }) => {
  const { documentName, suggestionId, change } = SuggestionChanged.data.parse(data)
  const { rows } = await sql<Suggested>`
    select user_id as "userId", kind, inserted, deleted, state from suggestion
    where document = split_part(${documentName}, ':', 2)::uuid and id = ${suggestionId}`.execute(work.em.getKysely() as never)
  const [suggestion] = rows
  if (!suggestion || (change === 'made') !== (suggestion.state === 'open')) return []
  const made = change === 'made'
  const by = made ? suggestion.userId : actor
  const title = `${await nameOf(work, by)} ${made ? 'suggested a change in' : `${change} your suggestion in`} ${await titleOf(work, documentName)}`
  const told = { documentName, suggestionId, link: linkTo(documentName, `suggestion=${suggestionId}`) }
  return (await others(work, documentName, by))
    .filter(({ userId, level }) => (made ? level === 'watching' : level !== 'muted' && userId === suggestion.userId))
    .map(({ userId }) => ({
      userId,
      type: made ? 'suggestion.made' : 'suggestion.decided',
      title,
      message: wordsOf(suggestion),
      data: told,
      subject: documentName,
      actorId: by,
    }))
}

/** What is suggested, in a line. */
function wordsOf({ kind, inserted, deleted }: Suggested): string {
  const short = (text: string) => `“${text.length > 200 ? `${text.slice(0, 199)}…` : text}”`
  if (kind.endsWith('-block')) return { 'insert-block': 'A new block', 'delete-block': 'A block goes' }[kind] ?? 'Another kind of block'
  if (inserted && deleted) return `${short(inserted)} in place of ${short(deleted)}`
  return inserted ? `${short(inserted)} comes in` : `${short(deleted)} goes`
}

const tellOfVersion: Telling = async (work, { data, actor }) => {
  const { documentName, versionId } = VersionNamed.data.parse(data)
  const { rows } = await sql<{ name: string }>`select name from document_version where id = ${versionId}`.execute(
    work.em.getKysely() as never,
  )
  const [version] = rows
  if (!version) return []
  const title = `${await nameOf(work, actor)} named a version of ${await titleOf(work, documentName)}`
  const told = { documentName, versionId, link: linkTo(documentName) }
  return (await others(work, documentName, actor))
    .filter(({ level }) => level === 'watching')
    .map(({ userId }) => ({
      userId,
      type: 'version.named',
      title,
      message: version.name,
      data: told,
      subject: documentName,
      actorId: actor,
    }))
}

const tellOfVenture: Telling = async (work, { data, actor, subject }) => {
  const { ventureId, name } = VentureChanged.data.parse(data)
  const title = `${await nameOf(work, actor)} changed ${name}`
  return (await others(work, subject, actor))
    .filter(({ level }) => level === 'watching')
    .map(({ userId }) => ({
      userId,
      type: 'venture.updated',
      title,
      message: '',
      data: { ventureId, link: linkTo(subject) },
      subject,
      actorId: actor,
    }))
}

const welcome: Telling = async (_, { data }) => {
  const { userId } = UserCreated.data.parse(data)
  const message = 'Write a draft, or open what is shared with you. Here you hear of what happens to it.'
  return [{ userId, type: 'user.welcome', title: 'Welcome to SmartStart', message, data: { link: '/' }, subject: null, actorId: null }]
}

/** An account that is gone has no inbox. */
const forgetPerson: Telling = async (work, { data }) => {
  const { userId, status } = UserChanged.data.parse(data)
  if (status !== 'deleted') return []
  for (const table of ['notification', 'notification_preference', 'subject_watch'])
    await sql`delete from ${sql.table(table)} where user_id = ${userId}`.execute(work.em.getKysely() as never)
  return []
}

/** Which events are told, and how. What a slice has to tell comes here as one line, with a file of its own beside this where it takes more. */
const tellings: readonly [EventKind<unknown>, Telling][] = [
  [UserCreated, welcome],
  [UserChanged, forgetPerson],
  [AccessChanged, tellOfAccess],
  [CommentChanged, tellOfComment],
  [SuggestionChanged, tellOfSuggestion],
  [VersionNamed, tellOfVersion],
  [VentureChanged, tellOfVenture],
  [MessageSent, tellOfMessage],
  [MessageChanged, tellOfChange],
  [SeenMoved, followReading],
]

/** The events that people are told of. */
export const toldEvents = tellings.map(([kind]) => kind)

/** Whether there may be somebody to tell of an event: of what was just made nobody is told who owns it. */
export const mayBeTold = ({ event, data }: HeardEvent): boolean => event !== AccessChanged.name || data.was !== undefined

/** Tells people of an event. Asked twice it tells nobody twice. */
export const announce = command('notifications.announce', {
  input: {
    position: z.number().int(),
    event: z.string(),
    subject: z.string(),
    audience: z.array(z.string()),
    actor: z.uuid().nullable(),
    at: z.string(),
    data: z.record(z.string(), z.unknown()),
  },
  may: systemOnly,
  async does(work, event) {
    const telling = tellings.find(([{ name }]) => name === event.event)?.[1]
    if (telling) await tell(work, await telling(work, event), { event })
  },
})
