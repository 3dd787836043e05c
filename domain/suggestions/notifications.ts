/** Notifications about suggested changes, and about decisions on a person's own suggestions. */
import { documentIdOf } from '../comments/thread.ts'
import type { TableRow } from '../kernel/db/table-row.ts'
import type { NotificationBuilder } from '../kernel/manifest/notification.ts'
import { SuggestionChanged } from './events.ts'

export const buildSuggestionNotifications: NotificationBuilder<'suggestion.made' | 'suggestion.decided'> = async (
  context,
  { data, actor },
) => {
  const { documentName, suggestionId, change } = SuggestionChanged.data.parse(data)
  const suggestion = await context.work.db
    .selectFrom('suggestion')
    .select(['user_id', 'kind', 'inserted', 'deleted', 'formatted', 'formats', 'state', 'author_name'])
    .where('document', '=', documentIdOf(documentName))
    .where('id', '=', suggestionId)
    .executeTakeFirst()
  if (!suggestion || (change === 'created') !== (suggestion.state === 'open')) return []
  const made = change === 'created'
  const by = made ? suggestion.user_id : actor
  const whose = suggestion.author_name === null ? 'your suggestion' : `the suggestion of ${suggestion.author_name}`
  const did = made ? 'suggested a change in' : `${change} ${whose} in`
  const title = `${await context.nameOf(by)} ${did} ${await context.titleOf(documentName)}`
  const payload = { documentName, suggestionId, link: context.linkTo(documentName, `suggestion=${suggestionId}`) }
  return (await context.readersExcept(documentName, by))
    .filter(({ userId, level }) => (made ? level === 'watching' : level !== 'muted' && userId === suggestion.user_id))
    .map(({ userId }) => ({
      userId,
      type: made ? 'suggestion.made' : 'suggestion.decided',
      title,
      message: describeSuggestion(suggestion),
      data: payload,
      subject: documentName,
      actorId: by,
    }))
}

type Described = TableRow<'suggestion', 'kind' | 'inserted' | 'deleted' | 'formatted' | 'formats'>

/** A suggestion in one line. */
function describeSuggestion({ kind, inserted, deleted, formatted, formats }: Described): string {
  const short = (text: string) => `“${text.length > 200 ? `${text.slice(0, 199).toWellFormed()}…` : text}”`
  if (kind === 'format') {
    const { added, removed } = formats as { added: string[]; removed: string[] }
    const changes = [...added, ...removed.map((name) => `no ${name}`)]
    return `Format ${short(formatted)}: ${changes.join(', ')}`
  }
  if (kind.endsWith('-block'))
    return { 'insert-block': 'Insert a block', 'delete-block': 'Delete a block' }[kind] ?? 'Change the type of a block'
  if (inserted && deleted) return `Replace ${short(deleted)} with ${short(inserted)}`
  return inserted ? `Insert ${short(inserted)}` : `Delete ${short(deleted)}`
}
