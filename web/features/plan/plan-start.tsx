import { Button } from '@mantine/core'
import { useState } from 'react'
import { request } from '../../lib/api-client.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'
import { getTodayDate } from './plan-days.ts'

/** Starts a plan that has no phases yet, with phases and milestones to begin with. */
export function PlanStart({ ventureId, canWrite }: { ventureId: string; canWrite: boolean }) {
  const [isStarting, setIsStarting] = useState(false)

  async function startPlan() {
    setIsStarting(true)
    await request('POST', `/api/ventures/${ventureId}/timeline`, { body: { startsOn: getTodayDate() } }).catch((error: unknown) =>
      showToast(`The plan was not begun. ${toErrorMessage(error)}`, 'red'),
    )
    setIsStarting(false)
  }

  return (
    <section className="section-panel plan-start" aria-label="Phases">
      <h2>Thirty days to launch</h2>
      <p>Foundation, two sprints, launch: phases and milestones to begin with, and to change as you like.</p>
      {canWrite && (
        <Button loading={isStarting} onClick={() => void startPlan()}>
          Begin today
        </Button>
      )}
    </section>
  )
}
