import './timeline-bar.css'
import { Button } from '@mantine/core'
import { Flag, Pencil, Plus } from 'lucide-react'
import { type CSSProperties, useState } from 'react'
import { request } from '../../lib/api-client.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import type { EntryActions } from './entry-actions.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { toLabel, type Milestone, type Phase, phases as phaseSection, type Timeline, timeline } from '../sections/section-types.ts'
import { showToast } from '../../ui/toast.ts'

const dayMs = 24 * 3600_000

/** Formats the date of a day of the plan; empty if the plan has no start. */
export function formatPlanDay(startsOn: string | null, day: number): string {
  const start = Date.parse(`${startsOn ?? ''}T00:00:00Z`)
  if (Number.isNaN(start)) return ''
  return new Date(start + (day - 1) * dayMs).toLocaleDateString(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' })
}

/** Today as a day of the plan; null if the plan has no start. */
function toPlanDay(startsOn: string | null): number | null {
  const start = Date.parse(`${startsOn ?? ''}T00:00:00Z`)
  const now = new Date()
  return Number.isNaN(start) ? null : Math.floor((Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) - start) / dayMs) + 1
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
  const [isStarting, setIsStarting] = useState(false)
  const { canWrite } = actions
  const days = Math.max(schedule.days, ...phases.map(({ endDay }) => endDay), 1)
  const today = toPlanDay(schedule.startsOn)

  async function startPlan() {
    setIsStarting(true)
    const now = new Date()
    const startsOn = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
    await request('POST', `/api/ventures/${liveDocument.name.slice('plan:'.length)}/timeline`, { body: { startsOn } }).catch(
      (error: unknown) => showToast(`The plan was not begun. ${toErrorMessage(error)}`, 'red'),
    )
    setIsStarting(false)
  }

  if (phases.length === 0) {
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
  return (
    <section className="section-panel" aria-label="Phases">
      <div className="section-panel-header">
        <h2>
          {schedule.days} days{schedule.startsOn && <span className="plan-dates"> from {formatPlanDay(schedule.startsOn, 1)}</span>}
          {today !== null && today >= 1 && today <= days && <span className="plan-dates">, day {today} today</span>}
        </h2>
        {canWrite && (
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
      <div className="timeline-bar" style={{ '--days': days } as CSSProperties}>
        <ol className="timeline-phases">
          {phases.map((phase, index) => (
            <li
              key={phase.id}
              style={
                { '--from': phase.startDay, '--to': Math.max(phase.startDay, phase.endDay), '--row': (index % 2) + 1 } as CSSProperties
              }
            >
              <button type="button" className="phase" data-state={phase.state} onClick={() => actions.open(phaseSection, phase)}>
                <span className="phase-name">{phase.name}</span>
                <span className="phase-days">
                  day {phase.startDay}–{Math.max(phase.startDay, phase.endDay)}
                </span>
                <span className="phase-state">{toLabel(phase.state)}</span>
              </button>
            </li>
          ))}
        </ol>
        <div className="timeline-markers" aria-hidden="true">
          {milestones
            .filter(({ day }) => day <= days)
            .map(({ id, day, state, title }) => (
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
          {today !== null && today >= 1 && today <= days && <span className="timeline-today" style={{ '--day': today } as CSSProperties} />}
        </div>
      </div>
    </section>
  )
}
