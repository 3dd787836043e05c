import { Alert, Button, Group } from '@mantine/core'
import { Check, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Avatar } from '../../ui/avatar.tsx'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { formatRelativeTime, formatDateTime } from '../../lib/time-format.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { useDecision } from './decisions.ts'
import type { AttributedSuggestion, TextSuggestion } from './suggestion-list.ts'

/** What a suggestion changes. */
function SuggestionText({ suggestion: { blocks, deleted, inserted }, onOpen }: { suggestion: TextSuggestion; onOpen: () => void }) {
  return (
    <button type="button" className="suggestion-text" onClick={onOpen} aria-label="Show it in the text">
      {blocks.map((description) => (
        <span key={description} className="suggestion-block">
          {description}
        </span>
      ))}
      {deleted && <del>{deleted}</del>}
      {deleted && inserted && ' '}
      {inserted && <ins>{inserted}</ins>}
    </button>
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
  liveDocument: LiveDocument
  canDecide: boolean
  isOwn: boolean
  isActive: boolean
  onOpen: () => void
}

/** One suggestion: its author, what it changes, and the decision. */
export function SuggestionCard({ suggestion, liveDocument, canDecide, isOwn, isActive, onOpen }: SuggestionCardProps) {
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
      {(canDecide || isOwn) && <DecisionButtons decision={decision} canDecide={canDecide} />}
    </article>
  )
}
