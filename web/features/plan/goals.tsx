import './goals.css'
import { Progress } from '@mantine/core'
import { useEntries } from '../sections/section-entries.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { SectionPanel } from '../sections/section-panel.tsx'
import type { EntryActions } from './entry-actions.ts'
import { type Goal, goals, toLabel } from '../sections/section-types.ts'

/** The progress of a goal, 0 to 100. */
const toGoalProgress = ({ current, target }: Goal) => (target === 0 ? 0 : Math.max(0, Math.min(100, (100 * current) / target)))

/** SMART goals and their progress. */
export function Goals({ liveDocument, actions }: { liveDocument: LiveDocument; actions: EntryActions }) {
  const all = useEntries(liveDocument, goals)
  return (
    <SectionPanel
      title="Goals"
      emptyText={all.length === 0 && 'Specific, measurable, achievable, relevant, time-bound.'}
      add={actions.canWrite && { label: 'Goal', onClick: () => actions.add(goals) }}
    >
      <ul className="goals">
        {all.map((goal) => {
          const missingFields = (['specific', 'measurable', 'achievable', 'relevant', 'dueOn'] as const).filter((field) => !goal[field])
          return (
            <li key={goal.id}>
              <span className="goal-header">
                <button type="button" className="text-button" onClick={() => actions.open(goals, goal)}>
                  {goal.title}
                </button>
                <span className="goal-amount">
                  {goal.current.toLocaleString()} of {goal.target.toLocaleString()} {goal.unit}
                </span>
              </span>
              <Progress
                value={toGoalProgress(goal)}
                size="sm"
                color={goal.state === 'CANCELLED' ? 'gray' : 'pine'}
                aria-label={`${goal.title}: ${Math.round(toGoalProgress(goal))} %`}
              />
              <span className="goal-footer">
                {goal.state !== 'ACTIVE' && <span>{toLabel(goal.state)}</span>}
                {goal.dueOn && <span>by {goal.dueOn}</span>}
                {missingFields.length > 0 && (
                  <span>not said yet: {missingFields.map((field) => (field === 'dueOn' ? 'by when' : field)).join(', ')}</span>
                )}
              </span>
            </li>
          )
        })}
      </ul>
    </SectionPanel>
  )
}
