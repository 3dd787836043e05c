import './review.css'
import { Anchor, Skeleton, Text } from '@mantine/core'
import { CircleCheckBig } from 'lucide-react'
import type { Review, User } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { LoadError } from '../../ui/load-error.tsx'
import { AskReviewer } from './ask-reviewer.tsx'
import { BlockerList, blockerTabs } from './blocker-list.tsx'
import { OwnDecision } from './own-decision.tsx'
import { ReviewerList } from './reviewer-list.tsx'
import { useReadiness, useReview, useReviewers, useReviewRefresh } from './review-queries.ts'

interface ReadyToSendProps {
  documentName: string
  onTabChange: (key: string) => void
}

/** Whether the draft can be sent for signature, and what is in the way. */
function ReadyToSend({ documentName, onTabChange }: ReadyToSendProps) {
  const readiness = useReadiness(documentName)
  if (!readiness.data) return null
  if (readiness.data.ready)
    return (
      <p className="ready" role="status">
        <CircleCheckBig size={18} aria-hidden="true" /> Ready to be sent for signature.
      </p>
    )
  return (
    <section aria-label="Readiness">
      <h3 className="review-title">Before it can be sent for signature</h3>
      <BlockerList
        blockers={readiness.data.blockers}
        renderLink={({ code }) => {
          const tab = blockerTabs[code]
          if (tab === null || tab === 'review') return null
          return (
            <Anchor component="button" type="button" onClick={() => onTabChange(tab)}>
              Show them
            </Anchor>
          )
        }}
      />
    </section>
  )
}

const isBeforeSigning = ({ state }: Review) => ['draft', 'under_review', 'revision_requested', 'approved'].includes(state)

interface ReviewPanelProps extends ReadyToSendProps {
  liveDocument: LiveDocument
  user: User
  /** Whether the user can ask reviewers. */
  canAsk: boolean
}

/** The review of a draft: reviewers and decisions, the user's own decision, and what is in the way of sending it. */
export function ReviewPanel({ documentName, liveDocument, user, canAsk, onTabChange }: ReviewPanelProps) {
  const review = useReview(documentName)
  const reviewers = useReviewers(documentName)
  useReviewRefresh(liveDocument)
  if (review.error && !review.data) return <LoadError query={review} m="md" />
  if (!review.data) return <Skeleton h={90} m="md" aria-label="Loading the review" />
  const isReviewer = review.data.reviewers.some(({ userId }) => userId === user.id)
  return (
    <div className="review-panel">
      {review.data.reviewers.length === 0 && <Text c="dimmed">Nobody was asked to review this draft yet.</Text>}
      <ReviewerList review={review.data} onRemove={canAsk ? (userId) => reviewers.mutate({ userId, isAsked: false }) : undefined} />
      {isReviewer && <OwnDecision documentName={documentName} review={review.data} userId={user.id} />}
      {canAsk && (
        <AskReviewer
          documentName={documentName}
          excludedIds={review.data.reviewers.map(({ userId }) => userId)}
          isBusy={reviewers.isPending}
          onAsk={(userId) => reviewers.mutate({ userId, isAsked: true })}
        />
      )}
      {isBeforeSigning(review.data) && <ReadyToSend documentName={documentName} onTabChange={onTabChange} />}
    </div>
  )
}
