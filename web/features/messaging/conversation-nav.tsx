import { ActionIcon, Alert, CloseButton, Skeleton, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedValue, useDisclosure } from '@mantine/hooks'
import { Hash, Plus, Search } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { Conversation, User } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { toConversationName, type useConversations } from './conversation-queries.ts'
import { SearchResults } from './message-search.tsx'
import { NewConversationDialog } from './new-conversation-dialog.tsx'
import { toErrorMessage } from '../../lib/problem.ts'

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

interface ConversationNavProps {
  list: ReturnType<typeof useConversations>
  selectedId: string | null
  user: User
}

/** The conversations by space, venture, and direct ones. */
function ConversationList({ list, selectedId, user }: ConversationNavProps) {
  return (
    <>
      {list.isPending && <Skeleton h={120} m="sm" aria-label="Loading" />}
      {list.error && !list.data && <Alert color="red">{toErrorMessage(list.error)}</Alert>}
      {list.data?.length === 0 && (
        <p className="conversation-nav-empty">Spaces and ventures come with a channel. Make one, or write to somebody.</p>
      )}
      {groupConversations(list.data ?? []).map(({ key, title, items }) => (
        <section key={key} aria-label={title}>
          <h2 className="conversation-group">{title}</h2>
          <ul className="conversation-list">
            {items.map((conversation) => (
              <ConversationRow key={conversation.id} conversation={conversation} user={user} isSelected={conversation.id === selectedId} />
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}

/** The conversations of the user, the search in messages, and the button for a new conversation. */
export function ConversationNav({ list, selectedId, user }: ConversationNavProps) {
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text.trim(), 250)
  const [isCreating, dialog] = useDisclosure(false)
  const conversations = list.data ?? []
  return (
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
        <ConversationList list={list} selectedId={selectedId} user={user} />
      )}
      <NewConversationDialog opened={isCreating} onClose={dialog.close} conversations={conversations} user={user} />
    </nav>
  )
}
