import { Button, Group } from '@mantine/core'
import { Check, RotateCcw } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { CommentForm } from './comment-form.tsx'
import { CommentRow } from './comment-row.tsx'
import type { Thread } from '../../lib/api-types.ts'
import { ReviewError } from './review-error.tsx'
import { useReviewRequest } from './comment-queries.ts'
import { useReview } from './review-context.ts'
import { ThreadQuote } from './thread-quote.tsx'

interface ResolveButtonProps {
  state: Thread['state']
  isBusy: boolean
  onChange: (state: Thread['state']) => void
}

/** Resolves a thread, or opens it again. */
function ResolveButton({ state, isBusy, onChange }: ResolveButtonProps) {
  const [Icon, label] = state === 'open' ? [Check, 'Resolve'] : [RotateCcw, 'Reopen']
  return (
    <Group justify="flex-end">
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        leftSection={<Icon size={15} aria-hidden="true" />}
        loading={isBusy}
        onClick={() => onChange(state === 'open' ? 'resolved' : 'open')}
      >
        {label}
      </Button>
    </Group>
  )
}

interface CommentThreadProps {
  thread: Thread
  isActive: boolean
  /** The anchored words are in the text. */
  isPlaced: boolean
  onOpen: () => void
}

/** A comment thread: the quoted words, the comments, and a reply form. */
export function CommentThread({ thread, isActive, isPlaced, onOpen }: CommentThreadProps) {
  const { liveDocument, people, canComment } = useReview()
  const reviewRequest = useReviewRequest(liveDocument)
  const card = useRef<HTMLElement>(null)
  const replying = useReviewRequest(liveDocument)
  const { id, quote, state, comments } = thread
  useEffect(() => {
    if (isActive) card.current?.scrollIntoView({ block: 'nearest' })
  }, [isActive])

  const isOrphaned = quote !== null && (thread.gone || (state === 'open' && !isPlaced))
  return (
    <article
      ref={card}
      className="thread"
      data-active={isActive || undefined}
      data-state={state}
      data-thread-card={id}
      aria-label={`Thread of ${comments[0]?.name ?? 'somebody'}${quote ? ` on “${quote}”` : ''}`}
    >
      <ThreadQuote quote={quote} isOrphaned={isOrphaned} onShow={onOpen} />
      <ul className="comment-list">
        {comments.map((comment) => (
          <CommentRow
            key={comment.id}
            comment={comment}
            path={`comments/${id}/replies/${comment.id}`}
            reviewRequest={reviewRequest}
            isOnly={comments.length === 1}
          />
        ))}
      </ul>
      <ReviewError error={reviewRequest.error ?? replying.error} />
      {canComment && state === 'open' && (
        <CommentForm
          key={comments.length}
          label="Reply"
          sendLabel="Reply"
          people={people}
          isBusy={replying.isPending}
          onSend={(text) => replying.mutate({ method: 'POST', path: `comments/${id}/replies`, body: { text } })}
        />
      )}
      {canComment && (
        <ResolveButton
          state={state}
          isBusy={reviewRequest.isPending && reviewRequest.variables.path.endsWith('/state')}
          onChange={(next) => reviewRequest.mutate({ method: 'PUT', path: `comments/${id}/state`, body: { state: next } })}
        />
      )}
    </article>
  )
}
