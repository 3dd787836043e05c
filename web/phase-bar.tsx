import { Button } from '@mantine/core'
import { Flag, Pencil, Plus } from 'lucide-react'
import { useState } from 'react'
import { ask } from './client.ts'
import type { LiveDocument } from './live.ts'
import type { Opens } from './plan.tsx'
import { explain } from './problem.ts'
import { inWords, type Milestone, type Phase, phases as phaseSection, type Timeline, timeline } from './sections.ts'
import { say } from './toast.ts'

const dayLength = 24 * 3600_000

/** The date of a day of the plan, as one reads it; empty while it has no beginning. */
export function dateOf(startsOn: string | null, day: number): string {
  const start = Date.parse(`${startsOn ?? ''}T00:00:00Z`)
  if (Number.isNaN(start)) return ''
  return new Date(start + (day - 1) * dayLength).toLocaleDateString(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' })
}

/** Today as a day of the plan. */
function todayOf(startsOn: string | null): number | null {
  const start = Date.parse(`${startsOn ?? ''}T00:00:00Z`)
  const now = new Date()
  return Number.isNaN(start) ? null : Math.floor((Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) - start) / dayLength) + 1
}

interface PhaseBarProps {
  live: LiveDocument
  laid: Timeline
  phases: Phase[]
  milestones: Milestone[]
  opens: Opens
}

/** The days of the plan in one bar: phases, milestones, and today. */
export function PhaseBar({ live, laid, phases, milestones, opens }: PhaseBarProps) {
  const [asked, setAsked] = useState(false)
  const { writes } = opens
  const days = Math.max(laid.days, ...phases.map(({ endDay }) => endDay), 1)
  const today = todayOf(laid.startsOn)

  async function begin() {
    setAsked(true)
    const now = new Date()
    const startsOn = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
    await ask('POST', `/api/ventures/${live.name.slice('plan:'.length)}/timeline`, { body: { startsOn } }).catch((error: unknown) =>
      say(`The plan was not begun. ${explain(error)}`, 'red'),
    )
    setAsked(false)
  }

  if (phases.length === 0) {
    return (
      <section className="part plan-start" aria-label="Phases">
        <h2>Thirty days to launch</h2>
        <p>Foundation, two sprints, launch: phases and milestones to begin with, and to change as you like.</p>
        {writes && (
          <Button loading={asked} onClick={() => void begin()}>
            Begin today
          </Button>
        )}
      </section>
    )
  }
  return (
    <section className="part" aria-label="Phases">
      <div className="part-head">
        <h2>
          {laid.days} days{laid.startsOn && <span className="plan-dates"> from {dateOf(laid.startsOn, 1)}</span>}
          {today !== null && today >= 1 && today <= days && <span className="plan-dates">, day {today} today</span>}
        </h2>
        {writes && (
          <span className="part-actions">
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<Pencil size={14} aria-hidden="true" />}
              onClick={() => opens.open(timeline, laid)}
            >
              Days
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<Plus size={15} aria-hidden="true" />}
              onClick={() => opens.add(phaseSection)}
            >
              Phase
            </Button>
          </span>
        )}
      </div>
      <div className="phase-bar" style={{ '--days': days } as never}>
        <ol className="phase-row">
          {phases.map((phase, place) => (
            <li
              key={phase.id}
              style={{ '--from': phase.startDay, '--to': Math.max(phase.startDay, phase.endDay), '--row': (place % 2) + 1 } as never}
            >
              <button type="button" className="phase" data-state={phase.state} onClick={() => opens.open(phaseSection, phase)}>
                <span className="phase-name">{phase.name}</span>
                <span className="phase-days">
                  day {phase.startDay}–{Math.max(phase.startDay, phase.endDay)}
                </span>
                <span className="phase-state">{inWords(phase.state)}</span>
              </button>
            </li>
          ))}
        </ol>
        <div className="phase-marks" aria-hidden="true">
          {milestones
            .filter(({ day }) => day <= days)
            .map(({ id, day, state, title }) => (
              <span key={id} className="phase-mark" data-state={state} style={{ '--day': day } as never} title={`${title}, day ${day}`}>
                <Flag size={13} />
              </span>
            ))}
          {today !== null && today >= 1 && today <= days && <span className="phase-today" style={{ '--day': today } as never} />}
        </div>
      </div>
    </section>
  )
}
