import './milestones.css'
import { Checkbox } from '@mantine/core'
import { SectionPanel } from '../sections/section-panel.tsx'
import { formatPlanDay } from './plan-days.ts'
import type { EntryActions } from './entry-actions.ts'
import { toLabel, type Milestone, milestones as section, type Phase, type Timeline } from '../sections/section-types.ts'

interface MilestonesProps {
  schedule: Timeline
  milestones: Milestone[]
  phases: Phase[]
  actions: EntryActions
}

/** Milestones by day. */
export function Milestones({ schedule, milestones, phases, actions }: MilestonesProps) {
  const { canWrite } = actions
  return (
    <SectionPanel
      title="Milestones"
      emptyText={milestones.length === 0 && 'What is to be reached, and on which day.'}
      add={canWrite && { label: 'Milestone', onClick: () => actions.add(section) }}
    >
      <ul className="milestones">
        {milestones.map((milestone) => (
          <li key={milestone.id} className="milestone" data-state={milestone.state}>
            <Checkbox
              aria-label={`${milestone.title} is achieved`}
              checked={milestone.state === 'ACHIEVED'}
              disabled={!canWrite}
              onChange={(event) => actions.change(section, milestone.id, { state: event.currentTarget.checked ? 'ACHIEVED' : 'PENDING' })}
            />
            <button type="button" className="text-button" onClick={() => actions.open(section, milestone)}>
              {milestone.title}
            </button>
            {(milestone.state === 'DELAYED' || milestone.state === 'MISSED') && (
              <span className="state-badge" data-state={milestone.state}>
                {toLabel(milestone.state)}
              </span>
            )}
            <span className="milestone-day">
              day {milestone.day}
              {schedule.startsOn && `, ${formatPlanDay(schedule.startsOn, milestone.day)}`}
              {phases.some(({ id }) => id === milestone.phaseId) && <> · {phases.find(({ id }) => id === milestone.phaseId)?.name}</>}
            </span>
          </li>
        ))}
      </ul>
    </SectionPanel>
  )
}
