import { ActionIcon, Badge, Text } from '@mantine/core'
import { X } from 'lucide-react'
import type { Review } from '../../lib/api-types.ts'
import { formatDateTime, formatRelativeTime } from '../../lib/time-format.ts'
import { Avatar } from '../../ui/avatar.tsx'

type Reviewer = Review['reviewers'][number]

const decisionWords = {
  approve: { label: 'Approved', color: 'pine' },
  reject: { label: 'Rejected', color: 'red' },
  'request-changes': { label: 'Changes requested', color: 'yellow' },
} as const

function DecisionBadge({ decision }: Pick<Reviewer, 'decision'>) {
  if (!decision)
    return (
      <Badge color="gray" variant="light">
        Not decided yet
      </Badge>
    )
  const { label, color } = decisionWords[decision.decision]
  const isLapsed = decision.decision === 'approve' && !decision.holds
  return (
    <Badge color={isLapsed ? 'gray' : color} variant="light">
      {isLapsed ? 'Lapsed: the text changed' : label}
    </Badge>
  )
}

interface ReviewerListProps {
  review: Review
  /** Absent for users who cannot withdraw requests. */
  onRemove?: ((userId: string) => void) | undefined
}

/** The reviewers with their newest decisions, and whether these hold for the present text. */
export function ReviewerList({ review: { reviewers }, onRemove }: ReviewerListProps) {
  return (
    <ul className="reviewers" aria-label="Reviewers">
      {reviewers.map(({ userId, name, decision }) => (
        <li key={userId}>
          <Avatar id={userId} name={name} size={30} />
          <div className="reviewer-content">
            <span className="reviewer-name">
              <bdi>{name}</bdi>
            </span>
            <DecisionBadge decision={decision} />
            {decision && (
              <Text size="xs" c="dimmed">
                <time dateTime={decision.at} title={formatDateTime(decision.at)}>
                  {formatRelativeTime(decision.at)}
                </time>
                {decision.lapsedSince && decision.decision === 'approve' && (
                  <>
                    {' · text changed '}
                    <time dateTime={decision.lapsedSince} title={formatDateTime(decision.lapsedSince)}>
                      {formatRelativeTime(decision.lapsedSince)}
                    </time>
                  </>
                )}
              </Text>
            )}
            {decision?.comment && (
              <Text size="sm" dir="auto" className="reviewer-comment">
                {decision.comment}
              </Text>
            )}
          </div>
          {onRemove && (
            <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${name} as reviewer`} onClick={() => onRemove(userId)}>
              <X size={16} aria-hidden="true" />
            </ActionIcon>
          )}
        </li>
      ))}
    </ul>
  )
}
