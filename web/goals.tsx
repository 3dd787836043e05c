import { Progress } from '@mantine/core'
import { useEntries } from './entries.ts'
import type { LiveDocument } from './live.ts'
import { Part } from './part.tsx'
import type { Opens } from './plan.tsx'
import { type Goal, goals, inWords } from './sections.ts'

/** How far a goal is, 0 to 100. */
const progressOf = ({ current, target }: Goal) => (target === 0 ? 0 : Math.max(0, Math.min(100, (100 * current) / target)))

/** SMART goals, and how far they are. */
export function Goals({ live, opens }: { live: LiveDocument; opens: Opens }) {
  const all = useEntries(live, goals)
  return (
    <Part
      title="Goals"
      empty={all.length === 0 && 'Specific, measurable, achievable, relevant, time-bound.'}
      add={opens.writes && { label: 'Goal', go: () => opens.add(goals) }}
    >
      <ul className="goals">
        {all.map((goal) => {
          const missing = (['specific', 'measurable', 'achievable', 'relevant', 'dueOn'] as const).filter((field) => !goal[field])
          return (
            <li key={goal.id}>
              <span className="goal-head">
                <button type="button" className="plain" onClick={() => opens.open(goals, goal)}>
                  {goal.title}
                </button>
                <span className="goal-amount">
                  {goal.current.toLocaleString()} of {goal.target.toLocaleString()} {goal.unit}
                </span>
              </span>
              <Progress
                value={progressOf(goal)}
                size="sm"
                color={goal.state === 'CANCELLED' ? 'gray' : 'pine'}
                aria-label={`${goal.title}: ${Math.round(progressOf(goal))} %`}
              />
              <span className="goal-foot">
                {goal.state !== 'ACTIVE' && <span>{inWords(goal.state)}</span>}
                {goal.dueOn && <span>by {goal.dueOn}</span>}
                {missing.length > 0 && (
                  <span>not said yet: {missing.map((field) => (field === 'dueOn' ? 'by when' : field)).join(', ')}</span>
                )}
              </span>
            </li>
          )
        })}
      </ul>
    </Part>
  )
}
