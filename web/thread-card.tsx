import { Alert, Button, Group, Text, UnstyledButton } from '@mantine/core'
import { Check, RotateCcw } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { CommentField } from './comment-field.tsx'
import { CommentRow } from './comment-row.tsx'
import type { Member, Thread, User } from './contract.ts'
import type { LiveDocument } from './live.ts'
import { explain } from './problem.ts'
import { useAsking } from './threads.ts'

interface ThreadCardProps {
  thread: Thread
  live: LiveDocument
  user: User
  people: Member[]
  mayComment: boolean
  owns: boolean
  active: boolean
  /** Its words are in the text. */
  placed: boolean
  onOpen: () => void
}

/** A thread beside the text: the words it is about, what was said, and a place to reply. */
export function ThreadCard({ thread, live, user, people, mayComment, owns, active, placed, onOpen }: ThreadCardProps) {
  const asking = useAsking(live)
  const card = useRef<HTMLElement>(null)
  const replying = useAsking(live)
  const { id, quote, state, comments } = thread
  const first = comments[0]
  useEffect(() => {
    if (active) card.current?.scrollIntoView({ block: 'nearest' })
  }, [active])

  const gone = quote !== null && (thread.gone || (state === 'open' && !placed))
  const problem = asking.error ?? replying.error
  return (
    <article
      ref={card}
      className="thread"
      data-active={active || undefined}
      data-state={state}
      data-thread-card={id}
      aria-label={`Thread of ${first?.name ?? 'somebody'}${quote ? ` on “${quote}”` : ''}`}
    >
      {quote !== null ? (
        <UnstyledButton
          className="thread-quote"
          onClick={onOpen}
          disabled={gone}
          aria-label={gone ? undefined : `Show “${quote}” in the text`}
        >
          <span className="thread-words">{quote}</span>
          {gone && <span className="thread-gone">The words are gone</span>}
        </UnstyledButton>
      ) : (
        <Text size="xs" c="dimmed">
          On the whole document
        </Text>
      )}
      <ul className="comments">
        {comments.map((comment) => (
          <CommentRow
            key={comment.id}
            comment={comment}
            path={`comments/${id}/replies/${comment.id}`}
            user={user}
            people={people}
            mayComment={mayComment}
            owns={owns}
            asking={asking}
          />
        ))}
      </ul>
      {problem && (
        <Alert color="red" role="alert">
          {explain(problem)}
        </Alert>
      )}
      {mayComment && (
        <>
          {state === 'open' && (
            <CommentField
              key={comments.length}
              label="Reply"
              send="Reply"
              people={people}
              busy={replying.isPending}
              onSend={(text) => replying.mutate({ method: 'POST', path: `comments/${id}/replies`, body: { text } })}
            />
          )}
          <Group justify="flex-end">
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              leftSection={state === 'open' ? <Check size={15} aria-hidden="true" /> : <RotateCcw size={15} aria-hidden="true" />}
              loading={asking.isPending && asking.variables.path.endsWith('/state')}
              onClick={() =>
                asking.mutate({ method: 'PUT', path: `comments/${id}/state`, body: { state: state === 'open' ? 'resolved' : 'open' } })
              }
            >
              {state === 'open' ? 'Resolve' : 'Reopen'}
            </Button>
          </Group>
        </>
      )}
    </article>
  )
}
