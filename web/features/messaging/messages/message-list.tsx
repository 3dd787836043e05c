import './message-list.css'
import { Alert, Button, Skeleton } from '@mantine/core'
import { ArrowDown } from 'lucide-react'
import { Fragment, type UIEvent, useEffect, useRef, useState } from 'react'
import type { Conversation, Member, Message, User } from '../../../lib/api-types.ts'
import { useMessages } from '../conversation-queries.ts'
import { MessageRow } from './message-row.tsx'
import { type OlderMessages, useOlderMessages } from './older-messages.ts'
import { useMarkSeen } from './seen-messages.ts'
import { formatDay } from '../../../lib/time-format.ts'
import { toErrorMessage } from '../../../lib/problem.ts'

/** Messages of one person within this time are grouped. */
const groupingWindowMs = 5 * 60_000

const isContinuation = (message: Message, before: Message | undefined) =>
  before !== undefined &&
  before.userId === message.userId &&
  message.kind === 'GENERAL' &&
  Date.parse(message.createdAt) - Date.parse(before.createdAt) < groupingWindowMs &&
  formatDay(message.createdAt) === formatDay(before.createdAt)

/** Whether a message is the first of its day. */
const isNewDay = (message: Message, before: Message | undefined) =>
  before === undefined || formatDay(before.createdAt) !== formatDay(message.createdAt)

/** `scrollTop` is 0 at the newest message and negative above it. */
const isScrolledToEnd = ({ scrollTop }: HTMLElement) => scrollTop > -40

/**
 * Follows whether the newest messages are shown.
 * @param isSettled the messages are loaded, and the highlighted one is found
 */
function useScrollEnd(highlightedId: string | null, isSettled: boolean) {
  const scrollBox = useRef<HTMLDivElement>(null)
  const [isAtEnd, setIsAtEnd] = useState(highlightedId === null)
  useEffect(() => {
    if (isSettled && scrollBox.current) setIsAtEnd(isScrolledToEnd(scrollBox.current))
  }, [isSettled, highlightedId])
  return {
    scrollBox,
    isAtEnd,
    onScroll: (event: UIEvent<HTMLElement>) => setIsAtEnd(isScrolledToEnd(event.currentTarget)),
    scrollToEnd: () => scrollBox.current?.scrollTo({ top: 0 }),
  }
}

interface LogStatusProps {
  log: ReturnType<typeof useMessages>
  older: OlderMessages
  /** Shown where there are no messages. */
  emptyText: string
}

/** What stands above the messages: loading, errors, and the button that loads older messages. */
function LogStatus({ log, older, emptyText }: LogStatusProps) {
  return (
    <>
      {log.isPending && <Skeleton h={90} aria-label="Loading" />}
      {log.error && !log.data && <Alert color="red">{toErrorMessage(log.error)}</Alert>}
      {log.data?.before && (
        <Button variant="subtle" mx="auto" display="block" loading={older.isBusy} onClick={() => void older.load()}>
          Older messages
        </Button>
      )}
      {older.problem && <Alert color="red">{older.problem}</Alert>}
      {log.data?.items.length === 0 && <p className="message-list-empty">{emptyText}</p>}
    </>
  )
}

interface MessageListProps {
  conversation: Conversation
  threadId: string | null
  user: User
  people: Member[]
  canWrite: boolean
  /** The message to scroll to; without it, the newest. */
  highlightedId?: string | null
  onThread?: (messageId: string) => void
}

/** The messages, oldest first, opened at the newest. Messages that are visible are marked as read. */
export function MessageList({ conversation, threadId, user, people, canWrite, highlightedId = null, onThread }: MessageListProps) {
  const log = useMessages(conversation.id, threadId)
  const items = log.data?.items ?? []
  const isLoaded = log.data !== undefined
  const older = useOlderMessages(conversation.id, threadId, log.data, highlightedId)
  const { scrollBox, isAtEnd, onScroll, scrollToEnd } = useScrollEnd(highlightedId, isLoaded && !older.isSearching)
  const head = Math.max(conversation.head, items.at(-1)?.seq ?? 0)
  useMarkSeen(conversation, head, threadId === null && isLoaded && isAtEnd)
  // The first unread message on opening. The separator stays while the user reads.
  const [lastSeenSeq] = useState(conversation.unread > 0 ? conversation.seen : null)
  const firstUnreadId = lastSeenSeq === null ? undefined : items.find(({ seq, userId }) => seq > lastSeenSeq && userId !== user.id)?.id
  return (
    <div className="message-list-frame">
      <div
        ref={scrollBox}
        className="message-list"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls is reached by the keyboard
        tabIndex={0}
        role="log"
        aria-label={threadId ? 'Replies' : 'Messages'}
        onScroll={onScroll}
      >
        <div className="message-list-inner">
          <LogStatus log={log} older={older} emptyText={threadId ? 'No replies yet.' : 'Nobody has said anything yet. Say hello.'} />
          <ul className="messages">
            {items.map((message, index) => (
              <Fragment key={message.id}>
                {!threadId && isNewDay(message, items[index - 1]) && (
                  <li className="message-list-separator">{formatDay(message.createdAt)}</li>
                )}
                {message.id === firstUnreadId && (
                  <li className="message-list-separator" data-new>
                    New
                  </li>
                )}
                <MessageRow
                  message={message}
                  isContinuation={message.id !== firstUnreadId && isContinuation(message, items[index - 1])}
                  user={user}
                  people={people}
                  canWrite={canWrite}
                  isOwner={conversation.kind === 'channel' && conversation.role === 'owner'}
                  isHighlighted={message.id === highlightedId}
                  onThread={onThread && (() => onThread(message.id))}
                />
              </Fragment>
            ))}
          </ul>
        </div>
      </div>
      {!isAtEnd && <ScrollToEndButton hasUnread={conversation.unread > 0} onClick={scrollToEnd} />}
    </div>
  )
}

function ScrollToEndButton({ hasUnread, onClick }: { hasUnread: boolean; onClick: () => void }) {
  return (
    <Button className="message-list-jump" size="compact-md" leftSection={<ArrowDown size={15} aria-hidden="true" />} onClick={onClick}>
      {hasUnread ? 'To the new messages' : 'To the newest'}
    </Button>
  )
}
