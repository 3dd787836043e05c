import { ActionIcon, Skeleton } from '@mantine/core'
import { ArrowLeft, Hash, MessageSquareReply } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link, useSearch } from 'wouter'
import { Aside } from './aside.tsx'
import type { Conversation, Member, User } from './contract.ts'
import { nameOf, useMessages, usePeople } from './conversing.ts'
import { MessageComposer } from './message-composer.tsx'
import { MessageLog } from './message-log.tsx'
import { MessageRow } from './message-row.tsx'
import { Attendance } from './presence.tsx'
import { TypingLine } from './typing.tsx'

interface ThreadProps {
  conversation: Conversation
  threadId: string
  shownId: string | null
  user: User
  people: Member[]
  writes: boolean
}

/** A message, and what was replied to it. */
function Thread({ conversation, threadId, shownId, user, people, writes }: ThreadProps) {
  const root = useMessages(conversation.id, null).data?.items.find(({ id }) => id === threadId)
  return (
    <div className="thread-pane">
      {root ? (
        <ul className="messages thread-root" aria-label="Replied to">
          <MessageRow message={root} follows={false} user={user} people={people} writes={writes} owns={false} />
        </ul>
      ) : (
        <Skeleton h={60} m="md" aria-label="Loading" />
      )}
      <MessageLog conversation={conversation} threadId={threadId} user={user} people={people} writes={writes} shownId={shownId} />
      {writes && <MessageComposer conversation={conversation} threadId={threadId} label="Reply" people={people} autoFocus />}
    </div>
  )
}

/** One conversation: what was said, and where one says something. */
export function ConversationPane({ conversation, user }: { conversation: Conversation; user: User }) {
  const people = usePeople(conversation)
  const wanted = new URLSearchParams(useSearch())
  const [shownId, shownThread] = [wanted.get('message'), wanted.get('thread')]
  const [threadId, setThreadId] = useState<string | null>(null)
  useEffect(() => setThreadId(shownThread), [shownId, shownThread])
  const name = nameOf(conversation, user.id)
  const archived = conversation.archivedAt !== null
  const writes = conversation.role !== 'viewer' && !archived
  const to = conversation.kind === 'channel' ? `#${name}` : name

  return (
    <>
      <main id="main" className="talk" tabIndex={-1}>
        <header className="talk-head">
          <ActionIcon
            className="talk-back"
            component={Link}
            href="/conversations"
            variant="subtle"
            color="gray"
            size="lg"
            aria-label="All conversations"
          >
            <ArrowLeft size={20} aria-hidden="true" />
          </ActionIcon>
          <h1 className="talk-name">
            {conversation.kind === 'channel' && <Hash size={18} aria-hidden="true" />}
            <span>{name}</span>
          </h1>
          {conversation.place && <span className="talk-place">{conversation.place}</span>}
          {conversation.subject && (
            <span className="talk-here">
              <Attendance subject={conversation.subject} user={user} />
            </span>
          )}
        </header>
        <MessageLog
          conversation={conversation}
          threadId={null}
          user={user}
          people={people}
          writes={writes}
          shownId={shownThread ?? shownId}
          onThread={setThreadId}
        />
        <TypingLine conversationId={conversation.id} />
        {writes ? (
          <MessageComposer conversation={conversation} threadId={null} label={`Message ${to}`} people={people} />
        ) : (
          <p className="talk-closed">{archived ? 'This channel is archived.' : 'You may read here, and not write.'}</p>
        )}
      </main>
      <Aside
        parts={[
          {
            key: 'thread',
            label: 'Thread',
            icon: MessageSquareReply,
            content: threadId && (
              <Thread
                key={threadId}
                conversation={conversation}
                threadId={threadId}
                shownId={threadId === shownThread ? shownId : null}
                user={user}
                people={people}
                writes={writes}
              />
            ),
          },
        ]}
        shown={threadId ? 'thread' : null}
        onShow={(key) => !key && setThreadId(null)}
      />
    </>
  )
}
