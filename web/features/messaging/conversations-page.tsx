import '../comments/comments.css'
import './conversations-page.css'
import { ActionIcon, Alert, CloseButton, Skeleton, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedValue, useDisclosure } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Hash, MessagesSquare, Plus, Search } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { request, withQuery } from '../../lib/api-client.ts'
import { ConversationPane } from './conversation-pane.tsx'
import type { Conversation, Message, Page, User } from '../../lib/api-types.ts'
import { toConversationName, toConversationPath, useConversations } from './conversation-queries.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { usePageTitle } from '../../lib/page-title.ts'
import { StatusPage } from '../../ui/status-page.tsx'
import { splitMentions } from '../comments/mentions.ts'
import { formatRelativeTime } from '../../lib/time-format.ts'
import { NewConversationDialog } from './new-conversation-dialog.tsx'
import { toErrorMessage } from '../../lib/problem.ts'
import { useSession } from '../../lib/session.ts'

/** One conversation in the list. */
function ConversationRow({ conversation, user, isSelected }: { conversation: Conversation; user: User; isSelected: boolean }) {
  const { id, kind, unread, mentions, people } = conversation
  const name = toConversationName(conversation, user.id)
  const otherPerson = people.find((person) => person.id !== user.id)
  const unreadText = unread > 0 ? `, ${unread >= 100 ? 'many' : unread} new${mentions > 0 ? ', you are mentioned' : ''}` : ''
  return (
    <li>
      <Link
        href={`/conversations/${id}`}
        className="conversation-row"
        aria-current={isSelected ? 'page' : undefined}
        data-unread={unread > 0 || undefined}
        aria-label={`${name}${unreadText}`}
      >
        {kind === 'channel' ? (
          <Hash size={16} aria-hidden="true" />
        ) : (
          <Avatar id={otherPerson?.id ?? id} name={otherPerson?.name ?? name} size={22} />
        )}
        <span className="conversation-row-name">{name}</span>
        {unread > 0 && (
          <span className="unread-count" data-mentions={mentions > 0 || undefined} aria-hidden="true">
            {unread >= 100 ? '99+' : unread}
          </span>
        )}
      </Link>
    </li>
  )
}

/** Groups channels by their space or venture, then direct conversations. */
function groupConversations(conversations: readonly Conversation[]): { title: string; key: string; items: Conversation[] }[] {
  const bySubject = new Map<string, Conversation[]>()
  for (const conversation of conversations)
    if (conversation.subject) bySubject.set(conversation.subject, [...(bySubject.get(conversation.subject) ?? []), conversation])
  const channels = [...bySubject].map(([key, items]) => ({
    key,
    title: items[0]?.place ?? '',
    items: items.toSorted(
      (first, second) => Number(second.general) - Number(first.general) || (first.name ?? '').localeCompare(second.name ?? ''),
    ),
  }))
  const direct = conversations.filter(({ kind }) => kind === 'direct')
  return [
    ...channels.toSorted((first, second) => first.title.localeCompare(second.title)),
    ...(direct.length > 0 ? [{ key: 'direct', title: 'Direct', items: direct }] : []),
  ]
}

/** The URL of a message. */
const toMessageLink = ({ id, conversationId, threadId }: Message) =>
  `/conversations/${conversationId}?message=${id}${threadId ? `&thread=${threadId}` : ''}`

/** Search results, each a link to its message. */
function SearchResults({ q, conversations, user }: { q: string; conversations: readonly Conversation[]; user: User }) {
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

/** The conversations of the user, and the selected one. */
export function ConversationsPage({ conversationId }: { conversationId: string | null }) {
  const { user } = useSession()
  const list = useConversations()
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text.trim(), 250)
  const [isCreating, dialog] = useDisclosure(false)
  const listed = list.data?.find(({ id }) => id === conversationId)
  // Archived conversations, and those beyond the limit, are not in the list.
  const single = useQuery({
    queryKey: ['conversations', conversationId],
    queryFn: ({ signal }) => request<Conversation>('GET', toConversationPath(conversationId as string), { signal }),
    enabled: conversationId !== null && list.data !== undefined && !listed,
  })
  const isSelected = listed ?? (conversationId ? single.data : undefined)
  usePageTitle(isSelected && user ? toConversationName(isSelected, user.id) : 'Conversations')
  if (!user) return null
  const conversations = list.data ?? []

  return (
    <div className="conversations-page" data-selected={conversationId !== null || undefined}>
      <PageHeader />
      <div className="conversations-body">
        <nav className="conversation-nav" aria-label="Conversations">
          <div className="conversation-nav-tools">
            <TextInput
              flex={1}
              type="search"
              aria-label="Search in messages"
              placeholder="Search in messages"
              leftSection={<Search size={16} aria-hidden="true" />}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              rightSection={text && <CloseButton aria-label="Clear the search" onClick={() => setText('')} />}
            />
            <Tooltip label="New conversation">
              <ActionIcon size="lg" variant="light" aria-label="New conversation" onClick={dialog.open}>
                <Plus size={19} aria-hidden="true" />
              </ActionIcon>
            </Tooltip>
          </div>
          {q ? (
            <SearchResults q={q} conversations={conversations} user={user} />
          ) : (
            <>
              {list.isPending && <Skeleton h={120} m="sm" aria-label="Loading" />}
              {list.error && !list.data && <Alert color="red">{toErrorMessage(list.error)}</Alert>}
              {list.data && conversations.length === 0 && (
                <p className="conversation-nav-empty">Spaces and ventures come with a channel. Make one, or write to somebody.</p>
              )}
              {groupConversations(conversations).map(({ key, title, items }) => (
                <section key={key} aria-label={title}>
                  <h2 className="conversation-group">{title}</h2>
                  <ul className="conversation-list">
                    {items.map((conversation) => (
                      <ConversationRow
                        key={conversation.id}
                        conversation={conversation}
                        user={user}
                        isSelected={conversation.id === conversationId}
                      />
                    ))}
                  </ul>
                </section>
              ))}
            </>
          )}
        </nav>
        {isSelected ? (
          <ConversationPane key={isSelected.id} conversation={isSelected} user={user} />
        ) : single.error ? (
          <StatusPage icon={<MessagesSquare size={40} aria-hidden="true" />} title="There is no such conversation">
            It may be gone, or it is not for you.
          </StatusPage>
        ) : (
          <main id="main" className="conversation-pane conversation-pane-empty" tabIndex={-1}>
            {conversationId === null && <p>Choose a conversation.</p>}
          </main>
        )}
      </div>
      <NewConversationDialog opened={isCreating} onClose={dialog.close} conversations={conversations} user={user} />
    </div>
  )
}
