import { Alert, Skeleton } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { request, withQuery } from '../../lib/api-client.ts'
import type { Conversation, Message, Page, User } from '../../lib/api-types.ts'
import { splitMentions } from '../comments/mentions.ts'
import { toConversationName } from './conversation-queries.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { formatRelativeTime } from '../../lib/time-format.ts'

/** The URL of a message. */
const toMessageLink = ({ id, conversationId, threadId }: Message) =>
  `/conversations/${conversationId}?message=${id}${threadId ? `&thread=${threadId}` : ''}`

/** Search results, each a link to its message. */
export function SearchResults({ q, conversations, user }: { q: string; conversations: readonly Conversation[]; user: User }) {
  const results = useQuery({
    queryKey: ['found', q],
    queryFn: ({ signal }) => request<Page<Message>>('GET', withQuery('/api/messages', { q, limit: 30 }), { signal }),
    placeholderData: keepPreviousData,
  })
  if (results.error) return <Alert color="red">{toErrorMessage(results.error)}</Alert>
  if (!results.data) return <Skeleton h={60} m="sm" aria-label="Searching" />
  // Of a channel's people only the authors of the results and the user are known here.
  const knownPeople = [user, ...results.data.items.map(({ userId, name }) => ({ id: userId, name }))]
  return (
    <>
      <p className="search-result-count" role="status">
        {results.data.items.length === 0
          ? 'Nothing found.'
          : `${results.data.items.length}${results.data.nextCursor ? ' or more' : ''} found`}
      </p>
      <ul className="conversation-list">
        {results.data.items.map((message) => {
          const conversation = conversations.find(({ id }) => id === message.conversationId)
          return (
            <li key={message.id}>
              <Link href={toMessageLink(message)} className="search-result">
                <span className="search-result-header">
                  {message.name} {conversation?.kind === 'direct' ? 'with' : 'in'}{' '}
                  {conversation ? toConversationName(conversation, user.id) : 'a conversation'} · {formatRelativeTime(message.createdAt)}
                </span>
                <span className="search-result-text">
                  {splitMentions(
                    message.text,
                    [...(conversation?.people ?? []), ...knownPeople].map(({ id, name }) => ({ userId: id, name })),
                  )
                    .map(({ text }) => text)
                    .join('')}
                </span>
              </Link>
            </li>
          )
        })}
      </ul>
    </>
  )
}
