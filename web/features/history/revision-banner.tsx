import { Button } from '@mantine/core'
import { History } from 'lucide-react'
import { formatTime, formatDay } from '../../lib/time-format.ts'
import { type RevisionSelection, usePastState } from './history-queries.ts'

/** Shown instead of the toolbar while a past revision is shown. */
export function RevisionBanner({
  documentName,
  selection,
  onBack,
}: {
  documentName: string
  selection: RevisionSelection
  onBack: () => void
}) {
  const time = usePastState(documentName, selection.at).data?.time
  return (
    <div className="revision-banner">
      <History size={16} aria-hidden="true" />
      <span role="status">{time ? `As it was: ${formatDay(time)}, ${formatTime(time)}` : 'As it was'}</span>
      <Button size="compact-sm" variant="default" onClick={onBack}>
        Back to now
      </Button>
    </div>
  )
}
