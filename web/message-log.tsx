import { Alert, Button, Skeleton } from '@mantine/core'
import { ArrowDown } from 'lucide-react'
import { Fragment, useEffect, useRef, useState } from 'react'
import type { Conversation, Member, Message, User } from './contract.ts'
import { noteSeen, readOlder, useMessages } from './conversing.ts'
import { MessageRow } from './message-row.tsx'
import { dayOf } from './moment.ts'
import { explain } from './problem.ts'

/** What one person says within this time is said in one go. Milliseconds. */
const oneGo = 5 * 60_000

const follows = (message: Message, before: Message | undefined) =>
  before !== undefined &&
  before.userId === message.userId &&
  message.kind === 'GENERAL' &&
  Date.parse(message.createdAt) - Date.parse(before.createdAt) < oneGo &&
  dayOf(message.createdAt) === dayOf(before.createdAt)

/** What was said before so many is not read back to. */
const mostSought = 2000

/** Whether the page is before somebody's eyes. */
function useVisible(): boolean {
  const [visible, setVisible] = useState(document.visibilityState === 'visible')
  useEffect(() => {
    const look = () => setVisible(document.visibilityState === 'visible')
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
  return visible
}

interface MessageLogProps {
  conversation: Conversation
  threadId: string | null
  user: User
  people: Member[]
  writes: boolean
  /** The message to show; absent: the newest. */
  shownId?: string | null
  onThread?: (messageId: string) => void
}

/** What was said, oldest first, opened at the newest. What one has before one's eyes is read. */
export function MessageLog({ conversation, threadId, user, people, writes, shownId = null, onThread }: MessageLogProps) {
  const log = useMessages(conversation.id, threadId)
  const [atEnd, setAtEnd] = useState(shownId === null)
  const [older, setOlder] = useState({ busy: false, problem: '' })
  // where the new ones began when it was opened: the line stays while one reads
  const [since] = useState(conversation.unread > 0 ? conversation.seen : null)
  const visible = useVisible()
  const box = useRef<HTMLDivElement>(null)
  const items = log.data?.items ?? []
  const arrived = log.data !== undefined
  const head = Math.max(conversation.head, items.at(-1)?.seq ?? 0)

  useEffect(() => {
    if (threadId === null && arrived && visible && atEnd) void noteSeen(conversation, head).catch(() => {})
  }, [threadId, arrived, visible, atEnd, head, conversation])

  async function goBack() {
    setOlder({ busy: true, problem: '' })
    const problem = await readOlder(conversation.id, threadId).then(
      () => '',
      (error: unknown) => explain(error),
    )
    setOlder({ busy: false, problem })
  }

  // one that was said long ago is read back to
  const far = items.length >= mostSought || Boolean(older.problem) || !log.data?.before
  const sought = shownId !== null && !far && !items.some(({ id }) => id === shownId)
  useEffect(() => {
    if (sought && !older.busy) void goBack()
  })
  useEffect(() => {
    if (arrived && !sought && box.current) setAtEnd(box.current.scrollTop > -40)
  }, [arrived, sought, shownId])

  const firstNew = since === null ? undefined : items.find(({ seq, userId }) => seq > since && userId !== user.id)?.id
  return (
    <div className="log-frame">
      <div
        ref={box}
        className="log"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls is reached by the keyboard
        tabIndex={0}
        role="log"
        aria-label={threadId ? 'Replies' : 'Messages'}
        onScroll={(event) => setAtEnd(event.currentTarget.scrollTop > -40)}
      >
        <div className="log-inner">
          {log.isPending && <Skeleton h={90} aria-label="Loading" />}
          {log.error && !log.data && <Alert color="red">{explain(log.error)}</Alert>}
          {log.data?.before && (
            <Button variant="subtle" mx="auto" display="block" loading={older.busy} onClick={() => void goBack()}>
              Older messages
            </Button>
          )}
          {older.problem && <Alert color="red">{older.problem}</Alert>}
          {arrived && items.length === 0 && (
            <p className="log-empty">{threadId ? 'No replies yet.' : 'Nobody has said anything yet. Say hello.'}</p>
          )}
          <ul className="messages">
            {items.map((message, index) => {
              const before = items[index - 1]
              const day = dayOf(message.createdAt)
              const newDay = !threadId && (before === undefined || dayOf(before.createdAt) !== day)
              return (
                <Fragment key={message.id}>
                  {newDay && <li className="log-line">{day}</li>}
                  {message.id === firstNew && (
                    <li className="log-line" data-new>
                      New
                    </li>
                  )}
                  <MessageRow
                    message={message}
                    follows={message.id !== firstNew && follows(message, before)}
                    user={user}
                    people={people}
                    writes={writes}
                    owns={conversation.kind === 'channel' && conversation.role === 'owner'}
                    shown={message.id === shownId}
                    onThread={onThread && (() => onThread(message.id))}
                  />
                </Fragment>
              )
            })}
          </ul>
        </div>
      </div>
      {!atEnd && (
        <Button
          className="log-end"
          size="compact-md"
          leftSection={<ArrowDown size={15} aria-hidden="true" />}
          onClick={() => box.current?.scrollTo({ top: 0 })}
        >
          {conversation.unread > 0 ? 'To the new messages' : 'To the newest'}
        </Button>
      )}
    </div>
  )
}
