import './conversation-pane.css'
import { ActionIcon, Skeleton } from '@mantine/core'
import { ArrowLeft, Hash, MessageSquareReply } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link, useSearch } from 'wouter'
import { SidePanel } from '../../ui/side-panel.tsx'
import type { Conversation, Member, User } from '../../lib/api-types.ts'
import { toConversationName, useMessages, useMentionablePeople } from './conversation-queries.ts'
import { MessageComposer } from './composer/message-composer.tsx'
import { MessageList } from './messages/message-list.tsx'
import { MessageRow } from './messages/message-row.tsx'
import { ConversationPresence } from '../presence/presence.tsx'
import { TypingIndicator } from './typing-indicator.tsx'

interface ThreadPaneProps {
  conversation: Conversation
  threadId: string
  highlightedId: string | null
  user: User
  people: Member[]
  canWrite: boolean
}

/** A message and its replies. */
function ThreadPane({ conversation, threadId, highlightedId, user, people, canWrite }: ThreadPaneProps) {
  const root = useMessages(conversation.id, null).data?.items.find(({ id }) => id === threadId)
  return (
    <div className="thread-pane">
      {root ? (
        <ul className="messages thread-root" aria-label="Replied to">
          <MessageRow message={root} isContinuation={false} user={user} people={people} canWrite={canWrite} isOwner={false} />
        </ul>
      ) : (
        <Skeleton h={60} m="md" aria-label="Loading" />
      )}
      <MessageList
        conversation={conversation}
        threadId={threadId}
        user={user}
        people={people}
        canWrite={canWrite}
        highlightedId={highlightedId}
      />
      {canWrite && <MessageComposer conversation={conversation} threadId={threadId} label="Reply" people={people} autoFocus />}
    </div>
  )
}

/** The name of a conversation, where it belongs, and who is here. */
function ConversationHeader({ conversation, name, user }: { conversation: Conversation; name: string; user: User }) {
  return (
    <header className="conversation-header">
      <ActionIcon
        className="conversation-back"
        component={Link}
        href="/conversations"
        variant="subtle"
        color="gray"
        size="lg"
        aria-label="All conversations"
      >
        <ArrowLeft size={20} aria-hidden="true" />
      </ActionIcon>
      <h1 className="conversation-name">
        {conversation.kind === 'channel' && <Hash size={18} aria-hidden="true" />}
        <span>{name}</span>
      </h1>
      {conversation.place && <span className="conversation-place">{conversation.place}</span>}
      {conversation.subject && (
        <span className="conversation-presence">
          <ConversationPresence subject={conversation.subject} user={user} />
        </span>
      )}
    </header>
  )
}

/** One conversation: its messages and the composer. */
export function ConversationPane({ conversation, user }: { conversation: Conversation; user: User }) {
  const people = useMentionablePeople(conversation)
  const params = new URLSearchParams(useSearch())
  const [highlightedId, highlightedThreadId] = [params.get('message'), params.get('thread')]
  const [threadId, setThreadId] = useState<string | null>(null)
  useEffect(() => setThreadId(highlightedThreadId), [highlightedId, highlightedThreadId])
  const name = toConversationName(conversation, user.id)
  const isArchived = conversation.archivedAt !== null
  const canWrite = conversation.role !== 'viewer' && !isArchived
  const recipient = conversation.kind === 'channel' ? `#${name}` : name

  return (
    <>
      <main id="main" className="conversation-pane" tabIndex={-1}>
        <ConversationHeader conversation={conversation} name={name} user={user} />
        <MessageList
          conversation={conversation}
          threadId={null}
          user={user}
          people={people}
          canWrite={canWrite}
          highlightedId={highlightedThreadId ?? highlightedId}
          onThread={setThreadId}
        />
        <TypingIndicator conversationId={conversation.id} />
        {canWrite ? (
          <MessageComposer conversation={conversation} threadId={null} label={`Message ${recipient}`} people={people} />
        ) : (
          <p className="conversation-read-only">{isArchived ? 'This channel is archived.' : 'You may read here, and not write.'}</p>
        )}
      </main>
      <SidePanel
        tabs={[
          {
            key: 'thread',
            label: 'Thread',
            icon: MessageSquareReply,
            content: threadId && (
              <ThreadPane
                key={threadId}
                conversation={conversation}
                threadId={threadId}
                highlightedId={threadId === highlightedThreadId ? highlightedId : null}
                user={user}
                people={people}
                canWrite={canWrite}
              />
            ),
          },
        ]}
        activeTab={threadId ? 'thread' : null}
        onTabChange={(key) => !key && setThreadId(null)}
      />
    </>
  )
}
