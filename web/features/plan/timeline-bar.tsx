import './timeline-bar.css'
import { Button } from '@mantine/core'
import { Flag, Pencil, Plus } from 'lucide-react'
import type { CSSProperties } from 'react'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { toLabel, type Milestone, type Phase, phases as phaseSection, type Timeline, timeline } from '../sections/section-types.ts'
import type { EntryActions } from './entry-actions.ts'
import { formatPlanDay, getTodayAsPlanDay } from './plan-days.ts'
import { PlanStart } from './plan-start.tsx'

interface TimelineHeaderProps {
  schedule: Timeline
  /** Today as a day of the plan; null if it is not one. */
  today: number | null
  actions: EntryActions
}

/** The length and the start of the plan. */
function TimelineHeader({ schedule, today, actions }: TimelineHeaderProps) {
  return (
    <div className="section-panel-header">
      <h2>
        {schedule.days} days{schedule.startsOn && <span className="plan-dates"> from {formatPlanDay(schedule.startsOn, 1)}</span>}
        {today !== null && <span className="plan-dates">, day {today} today</span>}
      </h2>
      {actions.canWrite && (
        <span className="section-panel-actions">
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<Pencil size={14} aria-hidden="true" />}
            onClick={() => actions.open(timeline, schedule)}
          >
            Days
          </Button>
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<Plus size={15} aria-hidden="true" />}
            onClick={() => actions.add(phaseSection)}
          >
            Phase
          </Button>
        </span>
      )}
    </div>
  )
}

/** The phases, from their first day to their last. */
function TimelinePhases({ phases, onOpen }: { phases: Phase[]; onOpen: (phase: Phase) => void }) {
  return (
    <ol className="timeline-phases">
      {phases.map((phase) => {
        const endDay = Math.max(phase.startDay, phase.endDay)
        return (
          <li key={phase.id} style={{ '--from': phase.startDay, '--to': endDay } as CSSProperties}>
            <button type="button" className="phase" data-state={phase.state} onClick={() => onOpen(phase)}>
              <span className="phase-name">{phase.name}</span>
              <span className="phase-days">
                day {phase.startDay}–{endDay}
              </span>
              <span className="phase-state">{toLabel(phase.state)}</span>
            </button>
          </li>
        )
      })}
    </ol>
  )
}

/** The milestones and today. */
function TimelineMarkers({ milestones, today }: { milestones: Milestone[]; today: number | null }) {
  return (
    <div className="timeline-markers" aria-hidden="true">
      {milestones.map(({ id, day, state, title }) => (
        <span
          key={id}
          className="timeline-marker"
          data-state={state}
          style={{ '--day': day } as CSSProperties}
          title={`${title}, day ${day}`}
        >
          <Flag size={13} />
        </span>
      ))}
      {today !== null && <span className="timeline-today" style={{ '--day': today } as CSSProperties} />}
    </div>
  )
}

interface TimelineBarProps {
  liveDocument: LiveDocument
  schedule: Timeline
  phases: Phase[]
  milestones: Milestone[]
  actions: EntryActions
}

/** The timeline of the plan: phases, milestones, today. */
export function TimelineBar({ liveDocument, schedule, phases, milestones, actions }: TimelineBarProps) {
  if (phases.length === 0) return <PlanStart ventureId={liveDocument.name.slice('plan:'.length)} canWrite={actions.canWrite} />
  const days = Math.max(schedule.days, ...phases.map(({ endDay }) => endDay), 1)
  const planDay = getTodayAsPlanDay(schedule.startsOn)
  const today = planDay !== null && planDay >= 1 && planDay <= days ? planDay : null
  return (
    <section className="section-panel" aria-label="Phases">
      <TimelineHeader schedule={schedule} today={today} actions={actions} />
      <div className="timeline-bar" style={{ '--days': days } as CSSProperties}>
        <TimelinePhases phases={phases} onOpen={(phase) => actions.open(phaseSection, phase)} />
        <TimelineMarkers milestones={milestones.filter(({ day }) => day <= days)} today={today} />
      </div>
    </section>
  )
}
