import { Button } from '@mantine/core'
import { History } from 'lucide-react'
import { clock, dayOf } from './moment.ts'
import { type Chosen, usePastState } from './moments.ts'

/** In the toolbar's place while the past is shown: that one does not see the text of now. */
export function PastLine({ documentName, chosen, onBack }: { documentName: string; chosen: Chosen; onBack: () => void }) {
  const time = usePastState(documentName, chosen.at).data?.time
  return (
    <div className="past-line">
      <History size={16} aria-hidden="true" />
      <span role="status">{time ? `As it was: ${dayOf(time)}, ${clock(time)}` : 'As it was'}</span>
      <Button size="compact-sm" variant="default" onClick={onBack}>
        Back to now
      </Button>
    </div>
  )
}
