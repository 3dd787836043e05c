import '../history/revision-view.css'
import { Button, Group, Modal, Stack, Textarea } from '@mantine/core'
import { Check, FileDiff, MessageSquareWarning, X } from 'lucide-react'
import { useState } from 'react'
import type { Review } from '../../lib/api-types.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { FormError } from '../../ui/form.tsx'
import { RedlineText } from '../history/changes/redline.tsx'
import { type Decision, useDecision } from './review-queries.ts'

/** What changed since the user's own last approval. */
function ChangesSince({ documentName, from, to }: { documentName: string; from: number; to: number }) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <>
      <Button variant="default" fullWidth leftSection={<FileDiff size={16} aria-hidden="true" />} onClick={() => setIsOpen(true)}>
        Changes since my approval
      </Button>
      <Modal opened={isOpen} onClose={() => setIsOpen(false)} title="Changes since your approval" size="xl">
        <RedlineText documentName={documentName} revisionA={from} revisionB={to} />
      </Modal>
    </>
  )
}

interface OwnDecisionProps {
  documentName: string
  review: Review
  userId: string
}

/** The user's decision as a reviewer: approve, ask for changes, or reject, with a comment. */
export function OwnDecision({ documentName, review, userId }: OwnDecisionProps) {
  const [comment, setComment] = useState('')
  const deciding = useDecision(documentName, review.hash, () => setComment(''))
  const own = review.reviewers.find((reviewer) => reviewer.userId === userId)?.decision
  const isApproved = own?.decision === 'approve' && own.holds
  const decide = (decision: Decision) => deciding.mutate({ decision, comment })
  const isBusy = (decision: Decision) => deciding.isPending && deciding.variables.decision === decision
  return (
    <section className="own-decision" aria-label="Your decision">
      <Stack gap="sm">
        {own?.decision === 'approve' && !own.holds && <ChangesSince documentName={documentName} from={own.seq} to={review.at} />}
        <Textarea
          label="Comment"
          placeholder={isApproved ? 'You approved this text' : 'Optional when you approve'}
          autosize
          minRows={2}
          maxLength={2000}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <FormError message={deciding.error && toErrorMessage(deciding.error)} />
        <Button
          leftSection={<Check size={17} aria-hidden="true" />}
          disabled={isApproved}
          loading={isBusy('approve')}
          onClick={() => decide('approve')}
        >
          {isApproved ? 'You approved this text' : 'Approve this text'}
        </Button>
        <Group gap="sm">
          <Button
            flex="1 1 auto"
            variant="default"
            leftSection={<MessageSquareWarning size={16} aria-hidden="true" />}
            disabled={comment.trim() === ''}
            loading={isBusy('request-changes')}
            onClick={() => decide('request-changes')}
          >
            Request changes
          </Button>
          <Button
            flex="1 1 auto"
            variant="default"
            leftSection={<X size={16} aria-hidden="true" />}
            disabled={comment.trim() === ''}
            loading={isBusy('reject')}
            onClick={() => decide('reject')}
          >
            Reject
          </Button>
        </Group>
      </Stack>
    </section>
  )
}
