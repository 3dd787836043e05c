import { Checkbox } from '@mantine/core'
import { Part } from './part.tsx'
import { dateOf } from './phase-bar.tsx'
import type { Opens } from './plan.tsx'
import { inWords, type Milestone, milestones as section, type Phase, type Timeline } from './sections.ts'

interface MilestonesProps {
  laid: Timeline
  milestones: Milestone[]
  phases: Phase[]
  opens: Opens
}

/** What is to be reached, by its day. */
export function Milestones({ laid, milestones, phases, opens }: MilestonesProps) {
  const { writes } = opens
  return (
    <Part
      title="Milestones"
      empty={milestones.length === 0 && 'What is to be reached, and on which day.'}
      add={writes && { label: 'Milestone', go: () => opens.add(section) }}
    >
      <ul className="milestones">
        {milestones.map((one) => (
          <li key={one.id} className="milestone" data-state={one.state}>
            <Checkbox
              aria-label={`${one.title} is achieved`}
              checked={one.state === 'ACHIEVED'}
              disabled={!writes}
              onChange={(event) => opens.change(section, one.id, { state: event.currentTarget.checked ? 'ACHIEVED' : 'PENDING' })}
            />
            <button type="button" className="plain" onClick={() => opens.open(section, one)}>
              {one.title}
            </button>
            {(one.state === 'DELAYED' || one.state === 'MISSED') && (
              <span className="state" data-state={one.state}>
                {inWords(one.state)}
              </span>
            )}
            <span className="milestone-day">
              day {one.day}
              {laid.startsOn && `, ${dateOf(laid.startsOn, one.day)}`}
              {phases.some(({ id }) => id === one.phaseId) && <> · {phases.find(({ id }) => id === one.phaseId)?.name}</>}
            </span>
          </li>
        ))}
      </ul>
    </Part>
  )
}
