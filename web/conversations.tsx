import './comments.css'
import './conversations.css'
import { ActionIcon, Alert, CloseButton, Skeleton, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedValue, useDisclosure } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Hash, MessagesSquare, Plus, Search } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { ask, withQuery } from './client.ts'
import { ConversationPane } from './conversation.tsx'
import type { Conversation, Message, Page, User } from './contract.ts'
import { nameOf, pathOf, useConversations } from './conversing.ts'
import { Face } from './face.tsx'
import { Header } from './header.tsx'
import { Signpost, useTitle } from './lost.tsx'
import { partsOf } from './mention.ts'
import { ago } from './moment.ts'
import { NewConversation } from './new-conversation.tsx'
import { explain } from './problem.ts'
import { useSession } from './session.ts'

/** One line of the list. */
function Row({ conversation, user, chosen }: { conversation: Conversation; user: User; chosen: boolean }) {
  const { id, kind, unread, mentions, people } = conversation
  const name = nameOf(conversation, user.id)
  const other = people.find((person) => person.id !== user.id)
  const more = unread > 0 ? `, ${unread >= 100 ? 'many' : unread} new${mentions > 0 ? ', you are mentioned' : ''}` : ''
  return (
    <li>
      <Link
        href={`/conversations/${id}`}
        className="talk-row"
        aria-current={chosen ? 'page' : undefined}
        data-unread={unread > 0 || undefined}
        aria-label={`${name}${more}`}
      >
        {kind === 'channel' ? <Hash size={16} aria-hidden="true" /> : <Face id={other?.id ?? id} name={other?.name ?? name} size={22} />}
        <span className="talk-row-name">{name}</span>
        {unread > 0 && (
          <span className="unread-count" data-mentions={mentions > 0 || undefined} aria-hidden="true">
            {unread >= 100 ? '99+' : unread}
          </span>
        )}
      </Link>
    </li>
  )
}

/** Channels by their place, then direct conversations. */
function grouped(conversations: readonly Conversation[]): { title: string; key: string; items: Conversation[] }[] {
  const places = new Map<string, Conversation[]>()
  for (const one of conversations) if (one.subject) places.set(one.subject, [...(places.get(one.subject) ?? []), one])
  const channels = [...places].map(([key, items]) => ({
    key,
    title: items[0]?.place ?? '',
    items: items.toSorted((one, other) => Number(other.general) - Number(one.general) || (one.name ?? '').localeCompare(other.name ?? '')),
  }))
  const direct = conversations.filter(({ kind }) => kind === 'direct')
  return [
    ...channels.toSorted((one, other) => one.title.localeCompare(other.title)),
    ...(direct.length > 0 ? [{ key: 'direct', title: 'Direct', items: direct }] : []),
  ]
}

/** Where a message stands. */
const placeOf = ({ id, conversationId, threadId }: Message) =>
  `/conversations/${conversationId}?message=${id}${threadId ? `&thread=${threadId}` : ''}`

/** Messages that were found, each leading to where it stands. */
function Found({ q, conversations, user }: { q: string; conversations: readonly Conversation[]; user: User }) {
  const found = useQuery({
    queryKey: ['found', q],
    queryFn: ({ signal }) => ask<Page<Message>>('GET', withQuery('/api/messages', { q, limit: 30 }), { signal }),
    placeholderData: keepPreviousData,
  })
  if (found.error) return <Alert color="red">{explain(found.error)}</Alert>
  if (!found.data) return <Skeleton h={60} m="sm" aria-label="Searching" />
  // of a channel's people those are known who wrote here, and oneself
  const known = [user, ...found.data.items.map(({ userId, name }) => ({ id: userId, name }))]
  return (
    <>
      <p className="talk-found-count" role="status">
        {found.data.items.length === 0 ? 'Nothing found.' : `${found.data.items.length}${found.data.nextCursor ? ' or more' : ''} found`}
      </p>
      <ul className="talk-list">
        {found.data.items.map((message) => {
          const conversation = conversations.find(({ id }) => id === message.conversationId)
          return (
            <li key={message.id}>
              <Link href={placeOf(message)} className="talk-found">
                <span className="talk-found-head">
                  {message.name} {conversation?.kind === 'direct' ? 'with' : 'in'}{' '}
                  {conversation ? nameOf(conversation, user.id) : 'a conversation'} · {ago(message.createdAt)}
                </span>
                <span className="talk-found-words">
                  {partsOf(
                    message.text,
                    [...(conversation?.people ?? []), ...known].map(({ id, name }) => ({ userId: id, name })),
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

/** The page of one's conversations, and the one that was chosen. */
export function ConversationsPage({ conversationId }: { conversationId: string | null }) {
  const { user } = useSession()
  const list = useConversations()
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text.trim(), 250)
  const [creating, create] = useDisclosure(false)
  const listed = list.data?.find(({ id }) => id === conversationId)
  // archived ones, and those far down, are not in the list
  const alone = useQuery({
    queryKey: ['conversations', conversationId],
    queryFn: ({ signal }) => ask<Conversation>('GET', pathOf(conversationId as string), { signal }),
    enabled: conversationId !== null && list.data !== undefined && !listed,
  })
  const chosen = listed ?? (conversationId ? alone.data : undefined)
  useTitle(chosen && user ? nameOf(chosen, user.id) : 'Conversations')
  if (!user) return null
  const conversations = list.data ?? []

  return (
    <div className="talks" data-chosen={conversationId !== null || undefined}>
      <Header />
      <div className="talks-body">
        <nav className="talks-list" aria-label="Conversations">
          <div className="talks-tools">
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
              <ActionIcon size="lg" variant="light" aria-label="New conversation" onClick={create.open}>
                <Plus size={19} aria-hidden="true" />
              </ActionIcon>
            </Tooltip>
          </div>
          {q ? (
            <Found q={q} conversations={conversations} user={user} />
          ) : (
            <>
              {list.isPending && <Skeleton h={120} m="sm" aria-label="Loading" />}
              {list.error && !list.data && <Alert color="red">{explain(list.error)}</Alert>}
              {list.data && conversations.length === 0 && (
                <p className="talk-none">Spaces and ventures come with a channel. Make one, or write to somebody.</p>
              )}
              {grouped(conversations).map(({ key, title, items }) => (
                <section key={key} aria-label={title}>
                  <h2 className="talk-group">{title}</h2>
                  <ul className="talk-list">
                    {items.map((one) => (
                      <Row key={one.id} conversation={one} user={user} chosen={one.id === conversationId} />
                    ))}
                  </ul>
                </section>
              ))}
            </>
          )}
        </nav>
        {chosen ? (
          <ConversationPane key={chosen.id} conversation={chosen} user={user} />
        ) : alone.error ? (
          <Signpost sign={<MessagesSquare size={40} aria-hidden="true" />} title="There is no such conversation">
            It may be gone, or it is not for you.
          </Signpost>
        ) : (
          <main id="main" className="talk talk-blank" tabIndex={-1}>
            {conversationId === null && <p>Choose a conversation.</p>}
          </main>
        )}
      </div>
      <NewConversation opened={creating} onClose={create.close} conversations={conversations} user={user} />
    </div>
  )
}
