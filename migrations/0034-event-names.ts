/** Event names in one grammar, `<noun>.<past-participle>`: in stored events, the filters of webhooks and pending jobs. */
import { Migration } from '@mikro-orm/migrations'

const renamed: Readonly<Record<string, string>> = {
  'auth.password-changed': 'password.changed',
  'auth.password-forgotten': 'password-reset.requested',
  'auth.session-ended': 'session.ended',
  'auth.session-opened': 'session.opened',
  'collaboration.update': 'collaboration-update.sent',
  'documents.comment-changed': 'comment.changed',
  'documents.suggestion-changed': 'suggestion.changed',
  'documents.suggestions-decided': 'suggestion.decided',
  'documents.version-dropped': 'version.deleted',
  'documents.version-named': 'version.named',
  'files.export-asked': 'export.requested',
  'files.export-made': 'export.finished',
  'legal.changed': 'legal-document.changed',
  'legal.clause-changed': 'clause.changed',
  'legal.drafted': 'legal-document.created',
  'legal.import-asked': 'import.requested',
  'legal.import-read': 'import.finished',
  'legal.update': 'legal-update.sent',
  'messaging.conversation-changed': 'conversation.changed',
  'messaging.message-changed': 'message.changed',
  'messaging.message-sent': 'message.sent',
  'messaging.seen-moved': 'conversation.read',
  'notification.counts': 'unread-count.changed',
  'notifications.webhook-disabled': 'webhook.disabled',
  'team.update': 'team-update.sent',
  'token.update': 'token-update.sent',
  'venture.update': 'venture-update.sent',
  'websocket.announced': 'announcement.sent',
  'websocket.broadcast': 'websocket-message.broadcast',
  'websocket.sent': 'websocket-message.sent',
}

/** What the data's `change` of some events is called now. */
const renamedChanges = [
  ['comment.changed', 'said', 'added'],
  ['suggestion.changed', 'made', 'created'],
] as const

const prefixOf = (name: string) => name.slice(0, name.indexOf('.'))

/** Each filter beside the ones that take its place. `legal.*` becomes one prefix for each noun that the events of `legal` have now. */
const filters = [
  ...Object.entries(renamed),
  ...new Map(
    Object.entries(renamed).map(([old, now]) => [`${prefixOf(old)} ${prefixOf(now)}`, [`${prefixOf(old)}.*`, `${prefixOf(now)}.*`]]),
  ).values(),
  // events of these nouns have other names beside: the prefix stays too
  ...['notification', 'venture'].map((noun) => [`${noun}.*`, `${noun}.*`]),
]

const values = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `(${row.map((value) => `'${value}'`).join(', ')})`).join(', ')

export class EventNames extends Migration {
  override up(): void {
    const names = `(values ${values(Object.entries(renamed))}) as names(old, now)`
    this.addSql(`update event set name = names.now from ${names} where event.name = names.old`)
    for (const [name, old, now] of renamedChanges)
      this.addSql(`update event set data = jsonb_set(data, '{change}', '"${now}"') where name = '${name}' and data ->> 'change' = '${old}'`)

    this.addSql(`update webhook set events = (
        select array_agg(distinct coalesce(filter.now, chosen.name))
        from unnest(webhook.events) as chosen(name) left join (values ${values(filters)}) as filter(old, now) on filter.old = chosen.name)
      where events <> '{}'`)

    // jobs hold the event that they follow; the tables of pg-boss are not there before its first start
    this.addSql(`do $$ begin
      if to_regclass('pgboss.job') is not null then
        update pgboss.job set data = jsonb_set(data, '{event}', to_jsonb(names.now)) from ${names} where data ->> 'event' = names.old;
        ${renamedChanges
          .map(
            ([name, old, now]) => `update pgboss.job set data = jsonb_set(data, '{data,change}', '"${now}"')
          where data ->> 'event' = '${name}' and data -> 'data' ->> 'change' = '${old}';`,
          )
          .join('\n        ')}
      end if;
    end $$`)
  }
}
