import { Alert, Button, Group, Text, UnstyledButton } from '@mantine/core'
import { Check, RotateCcw } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { CommentForm } from './comment-form.tsx'
import { CommentRow } from './comment-row.tsx'
import type { Member, Thread, User } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { useReviewRequest } from './comment-queries.ts'

interface CommentThreadProps {
  thread: Thread
  liveDocument: LiveDocument
  user: User
  people: Member[]
  canComment: boolean
  isOwner: boolean
  isActive: boolean
  /** The anchored words are in the text. */
  isPlaced: boolean
  onOpen: () => void
}

/** A comment thread: the quoted words, the comments, and a reply form. */
export function CommentThread({ thread, liveDocument, user, people, canComment, isOwner, isActive, isPlaced, onOpen }: CommentThreadProps) {
  const reviewRequest = useReviewRequest(liveDocument)
  const card = useRef<HTMLElement>(null)
  const replying = useReviewRequest(liveDocument)
  const { id, quote, state, comments } = thread
  const first = comments[0]
  useEffect(() => {
    if (isActive) card.current?.scrollIntoView({ block: 'nearest' })
  }, [isActive])

  const isOrphaned = quote !== null && (thread.gone || (state === 'open' && !isPlaced))
  const problem = reviewRequest.error ?? replying.error
  return (
    <article
      ref={card}
      className="thread"
      data-active={isActive || undefined}
      data-state={state}
      data-thread-card={id}
      aria-label={`Thread of ${first?.name ?? 'somebody'}${quote ? ` on “${quote}”` : ''}`}
    >
      {quote !== null ? (
        <UnstyledButton
          className="thread-quote"
          onClick={onOpen}
          disabled={isOrphaned}
          aria-label={isOrphaned ? undefined : `Show “${quote}” in the text`}
        >
          <span className="thread-quote-text">{quote}</span>
          {isOrphaned && <span className="thread-orphaned">The words are gone</span>}
        </UnstyledButton>
      ) : (
        <Text size="xs" c="dimmed">
          On the whole document
        </Text>
      )}
      <ul className="comment-list">
        {comments.map((comment) => (
          <CommentRow
            key={comment.id}
            comment={comment}
            path={`comments/${id}/replies/${comment.id}`}
            user={user}
            people={people}
            canComment={canComment}
            isOwner={isOwner}
            reviewRequest={reviewRequest}
          />
        ))}
      </ul>
      {problem && (
        <Alert color="red" role="alert">
          {toErrorMessage(problem)}
        </Alert>
      )}
      {canComment && (
        <>
          {state === 'open' && (
            <CommentForm
              key={comments.length}
              label="Reply"
              sendLabel="Reply"
              people={people}
              isBusy={replying.isPending}
              onSend={(text) => replying.mutate({ method: 'POST', path: `comments/${id}/replies`, body: { text } })}
            />
          )}
          <Group justify="flex-end">
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              leftSection={state === 'open' ? <Check size={15} aria-hidden="true" /> : <RotateCcw size={15} aria-hidden="true" />}
              loading={reviewRequest.isPending && reviewRequest.variables.path.endsWith('/state')}
              onClick={() =>
                reviewRequest.mutate({
                  method: 'PUT',
                  path: `comments/${id}/state`,
                  body: { state: state === 'open' ? 'resolved' : 'open' },
                })
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
