import { Alert, Button, Group } from '@mantine/core'
import { Check, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Avatar } from '../../ui/avatar.tsx'
import type { Thread } from '../../lib/api-types.ts'
import { CommentForm } from '../comments/comment-form.tsx'
import { useReviewRequest } from '../comments/comment-queries.ts'
import { CommentRow } from '../comments/comment-row.tsx'
import { useReview } from '../comments/review-context.ts'
import { ReviewError } from '../comments/review-error.tsx'
import { formatRelativeTime, formatDateTime } from '../../lib/time-format.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { useDecision } from './decisions.ts'
import type { AttributedSuggestion, TextSuggestion } from './suggestion-list.ts'

/** What a suggestion does to text: its label, and the text. */
function listTextChanges({ inserted, deleted, changes }: TextSuggestion): string {
  if (deleted && inserted) return 'Replace'
  if (inserted) return changes.some((change) => change.startsWith('New ')) ? '' : 'Add'
  return deleted ? 'Delete' : ''
}

/** What a suggestion changes. */
function SuggestionText({ suggestion, onOpen }: { suggestion: TextSuggestion; onOpen: () => void }) {
  const { changes, deleted, inserted, formatted } = suggestion
  const labels = [listTextChanges(suggestion), ...changes].filter(Boolean)
  return (
    <button type="button" className="suggestion-text" onClick={onOpen} aria-label="Show in the text">
      <span className="suggestion-change">{labels.join(', ')}</span>
      {deleted && <del dir="auto">{deleted}</del>}
      {deleted && inserted && ' '}
      {inserted && <ins dir="auto">{inserted}</ins>}
      {formatted && <span dir="auto">{formatted}</span>}
    </button>
  )
}

/** The comments on a suggestion, and a form to reply. */
function Replies({ suggestionId, thread }: { suggestionId: string; thread: Thread | undefined }) {
  const { liveDocument, people, canComment } = useReview()
  const reviewRequest = useReviewRequest(liveDocument)
  const replying = useReviewRequest(liveDocument)
  const comments = thread?.comments ?? []
  function reply(text: string) {
    replying.mutate({ method: 'POST', path: `suggestions/${suggestionId}/replies`, body: { text } })
  }
  return (
    <>
      {thread && comments.length > 0 && (
        <ul className="comment-list">
          {comments.map((comment) => (
            <CommentRow
              key={comment.id}
              comment={comment}
              isOnly={comments.length === 1}
              path={`comments/${thread.id}/replies/${comment.id}`}
              reviewRequest={reviewRequest}
            />
          ))}
        </ul>
      )}
      <ReviewError error={reviewRequest.error ?? replying.error} />
      {canComment && (
        <CommentForm key={comments.length} label="Reply" sendLabel="Reply" people={people} isBusy={replying.isPending} onSend={reply} />
      )}
    </>
  )
}

interface DecisionButtonsProps {
  decision: ReturnType<typeof useDecision>
  /** Whether the user may accept. Otherwise the suggestion is the user's own, and can be withdrawn. */
  canDecide: boolean
}

function DecisionButtons({ decision: { decide, pendingDecision }, canDecide }: DecisionButtonsProps) {
  return (
    <Group gap="xs" justify="flex-end">
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<X size={15} aria-hidden="true" />}
        loading={pendingDecision === 'reject'}
        disabled={pendingDecision === 'accept'}
        onClick={() => decide('reject')}
      >
        {canDecide ? 'Reject' : 'Take back'}
      </Button>
      {canDecide && (
        <Button
          size="compact-sm"
          leftSection={<Check size={15} aria-hidden="true" />}
          loading={pendingDecision === 'accept'}
          disabled={pendingDecision === 'reject'}
          onClick={() => decide('accept')}
        >
          Accept
        </Button>
      )}
    </Group>
  )
}

interface SuggestionCardProps {
  suggestion: AttributedSuggestion
  /** The comments on it. */
  thread: Thread | undefined
  canDecide: boolean
  isActive: boolean
  onOpen: () => void
}

/** One suggestion: its author, what it changes, the comments on it, and the decision. */
export function SuggestionCard({ suggestion, thread, canDecide, isActive, onOpen }: SuggestionCardProps) {
  const { liveDocument, user } = useReview()
  const { id, author, name, at } = suggestion
  const decision = useDecision(liveDocument, `suggestions/${id}`)
  const card = useRef<HTMLElement>(null)
  useEffect(() => {
    if (isActive) card.current?.scrollIntoView({ block: 'nearest' })
  }, [isActive])
  return (
    <article ref={card} className="thread" data-active={isActive || undefined} aria-label={`Suggestion of ${name}`}>
      <div className="comment-header">
        <Avatar id={author} name={name} size={26} />
        <span className="comment-name">{name}</span>
        {at && (
          <time dateTime={at} title={formatDateTime(at)}>
            {formatRelativeTime(at)}
          </time>
        )}
      </div>
      <SuggestionText suggestion={suggestion} onOpen={onOpen} />
      {decision.error && (
        <Alert color="red" role="alert">
          {toErrorMessage(decision.error)}
        </Alert>
      )}
      {(canDecide || author === user.id) && <DecisionButtons decision={decision} canDecide={canDecide} />}
      <Replies suggestionId={id} thread={thread} />
    </article>
  )
}
