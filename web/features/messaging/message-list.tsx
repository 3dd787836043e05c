import './message-list.css'
import { Alert, Button, Skeleton } from '@mantine/core'
import { ArrowDown } from 'lucide-react'
import { Fragment, useEffect, useRef, useState } from 'react'
import type { Conversation, Member, Message, User } from '../../lib/api-types.ts'
import { markSeen, fetchOlder, useMessages } from './conversation-queries.ts'
import { MessageRow } from './message-row.tsx'
import { formatDay } from '../../lib/time-format.ts'
import { toErrorMessage } from '../../lib/problem.ts'

/** Messages of one person within this time are grouped. */
const groupingWindowMs = 5 * 60_000

const isContinuation = (message: Message, before: Message | undefined) =>
  before !== undefined &&
  before.userId === message.userId &&
  message.kind === 'GENERAL' &&
  Date.parse(message.createdAt) - Date.parse(before.createdAt) < groupingWindowMs &&
  formatDay(message.createdAt) === formatDay(before.createdAt)

/** A linked message is searched for in at most this many messages. */
const maxSearchedMessages = 2000

/** Whether the page is visible. */
function useIsPageVisible(): boolean {
  const [isVisible, setIsVisible] = useState(document.visibilityState === 'visible')
  useEffect(() => {
    const update = () => setIsVisible(document.visibilityState === 'visible')
    document.addEventListener('visibilitychange', update)
    return () => document.removeEventListener('visibilitychange', update)
  }, [])
  return isVisible
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
  const [isAtEnd, setIsAtEnd] = useState(highlightedId === null)
  const [older, setOlder] = useState({ isBusy: false, problem: '' })
  // The first unread message on opening. The separator stays while the user reads.
  const [lastSeenSeq] = useState(conversation.unread > 0 ? conversation.seen : null)
  const isVisible = useIsPageVisible()
  const scrollBox = useRef<HTMLDivElement>(null)
  const items = log.data?.items ?? []
  const isLoaded = log.data !== undefined
  const head = Math.max(conversation.head, items.at(-1)?.seq ?? 0)

  useEffect(() => {
    if (threadId === null && isLoaded && isVisible && isAtEnd) void markSeen(conversation, head).catch(() => {})
  }, [threadId, isLoaded, isVisible, isAtEnd, head, conversation])

  async function loadOlder() {
    setOlder({ isBusy: true, problem: '' })
    const problem = await fetchOlder(conversation.id, threadId).then(
      () => '',
      (error: unknown) => toErrorMessage(error),
    )
    setOlder({ isBusy: false, problem })
  }

  // Load older messages until the linked one is found.
  const isSearchOver = items.length >= maxSearchedMessages || Boolean(older.problem) || !log.data?.before
  const isSearching = highlightedId !== null && !isSearchOver && !items.some(({ id }) => id === highlightedId)
  useEffect(() => {
    if (isSearching && !older.isBusy) void loadOlder()
  })
  useEffect(() => {
    if (isLoaded && !isSearching && scrollBox.current) setIsAtEnd(scrollBox.current.scrollTop > -40)
  }, [isLoaded, isSearching, highlightedId])

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
        onScroll={(event) => setIsAtEnd(event.currentTarget.scrollTop > -40)}
      >
        <div className="message-list-inner">
          {log.isPending && <Skeleton h={90} aria-label="Loading" />}
          {log.error && !log.data && <Alert color="red">{toErrorMessage(log.error)}</Alert>}
          {log.data?.before && (
            <Button variant="subtle" mx="auto" display="block" loading={older.isBusy} onClick={() => void loadOlder()}>
              Older messages
            </Button>
          )}
          {older.problem && <Alert color="red">{older.problem}</Alert>}
          {isLoaded && items.length === 0 && (
            <p className="message-list-empty">{threadId ? 'No replies yet.' : 'Nobody has said anything yet. Say hello.'}</p>
          )}
          <ul className="messages">
            {items.map((message, index) => {
              const before = items[index - 1]
              const day = formatDay(message.createdAt)
              const isNewDay = !threadId && (before === undefined || formatDay(before.createdAt) !== day)
              return (
                <Fragment key={message.id}>
                  {isNewDay && <li className="message-list-separator">{day}</li>}
                  {message.id === firstUnreadId && (
                    <li className="message-list-separator" data-new>
                      New
                    </li>
                  )}
                  <MessageRow
                    message={message}
                    isContinuation={message.id !== firstUnreadId && isContinuation(message, before)}
                    user={user}
                    people={people}
                    canWrite={canWrite}
                    isOwner={conversation.kind === 'channel' && conversation.role === 'owner'}
                    isHighlighted={message.id === highlightedId}
                    onThread={onThread && (() => onThread(message.id))}
                  />
                </Fragment>
              )
            })}
          </ul>
        </div>
      </div>
      {!isAtEnd && (
        <Button
          className="message-list-jump"
          size="compact-md"
          leftSection={<ArrowDown size={15} aria-hidden="true" />}
          onClick={() => scrollBox.current?.scrollTo({ top: 0 })}
        >
          {conversation.unread > 0 ? 'To the new messages' : 'To the newest'}
        </Button>
      )}
    </div>
  )
}
