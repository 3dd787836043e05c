import './plan.css'
import { EntryDialog } from '../sections/entry-dialog.tsx'
import { useEntries } from '../sections/section-entries.ts'
import { milestones, phases, timeline } from '../sections/section-types.ts'
import type { SectionsProps } from '../sections/sections-props.ts'
import { useEntryActions } from './entry-actions.ts'
import { Figures } from './figures.tsx'
import { Goals } from './goals.tsx'
import { Milestones } from './milestones.tsx'
import { Responsibilities } from './responsibilities.tsx'
import { Risks } from './risks.tsx'
import { TimelineBar } from './timeline-bar.tsx'

/** The plan of a venture: timeline, milestones, goals, responsibilities (RACI), risks, figures. */
export function Plan({ liveDocument, canWrite }: SectionsProps) {
  const allPhases = useEntries(liveDocument, phases).toSorted((one, other) => one.startDay - other.startDay)
  const allMilestones = useEntries(liveDocument, milestones).toSorted((one, other) => one.day - other.day)
  const schedule = useEntries(liveDocument, timeline)[0] ?? { id: 'timeline', ...timeline.defaults }
  const { actions, editedEntry, closeEntry } = useEntryActions(liveDocument, canWrite, allPhases)

  return (
    <>
      <TimelineBar liveDocument={liveDocument} schedule={schedule} phases={allPhases} milestones={allMilestones} actions={actions} />
      <div className="section-grid" data-two-columns>
        <Milestones schedule={schedule} milestones={allMilestones} phases={allPhases} actions={actions} />
        <Goals liveDocument={liveDocument} actions={actions} />
        <Responsibilities liveDocument={liveDocument} actions={actions} />
        <Risks liveDocument={liveDocument} actions={actions} />
        <Figures liveDocument={liveDocument} actions={actions} />
      </div>
      <EntryDialog editedEntry={editedEntry} canWrite={canWrite} onClose={closeEntry} />
    </>
  )
}
