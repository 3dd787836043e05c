import './plan.css'
import { useState } from 'react'
import { addEntry, changeEntry, type EntryFields, removeEntry, useEntries } from '../sections/section-entries.ts'
import { type EditedEntry, EntryDialog } from '../sections/entry-dialog.tsx'
import type { EntryActions } from './entry-actions.ts'
import { Figures } from './figures.tsx'
import { Goals } from './goals.tsx'
import { Milestones } from './milestones.tsx'
import { SectionPanel } from '../sections/section-panel.tsx'
import { TimelineBar } from './timeline-bar.tsx'
import { getEntryForm } from './plan-forms.ts'
import { Risks } from './risks.tsx'
import { toLabel, milestones, phases, raci, timeline } from '../sections/section-types.ts'
import type { SectionsProps } from '../sections/sections-props.ts'

/** The plan of a venture: timeline, milestones, goals, responsibilities (RACI), risks, figures. */
export function Plan({ liveDocument, canWrite }: SectionsProps) {
  const [editedEntry, setEditedEntry] = useState<EditedEntry | null>(null)
  const allPhases = useEntries(liveDocument, phases).toSorted((one, other) => one.startDay - other.startDay)
  const allMilestones = useEntries(liveDocument, milestones).toSorted((one, other) => one.day - other.day)
  const rows = useEntries(liveDocument, raci)
  const schedule = useEntries(liveDocument, timeline)[0] ?? { id: 'timeline', ...timeline.defaults }

  const actions: EntryActions = {
    canWrite,
    open(section, entry) {
      const form = getEntryForm(section.name, allPhases)
      setEditedEntry({
        title: form.title,
        fields: form.fields,
        entry: { ...entry },
        save: (changed) => changeEntry(liveDocument, section, entry.id, changed),
        remove: () => removeEntry(liveDocument, section, entry.id),
      })
    },
    add(section, initial = {}) {
      const form = getEntryForm(section.name, allPhases)
      const entry = { ...section.defaults, ...initial } as EntryFields
      setEditedEntry({
        title: `New ${form.title.toLowerCase()}`,
        fields: form.fields,
        entry,
        save: (fields) => addEntry(liveDocument, section, { ...initial, ...fields } as typeof initial),
      })
    },
    change: (section, id, fields) => changeEntry(liveDocument, section, id, fields),
  }

  return (
    <>
      <TimelineBar liveDocument={liveDocument} schedule={schedule} phases={allPhases} milestones={allMilestones} actions={actions} />
      <div className="section-grid" data-two-columns>
        <Milestones schedule={schedule} milestones={allMilestones} phases={allPhases} actions={actions} />
        <Goals liveDocument={liveDocument} actions={actions} />
        <SectionPanel
          isWide
          title="Who does what"
          emptyText={rows.length === 0 && 'For each activity: who does it, who answers for it, who is asked, who is told (RACI).'}
          add={canWrite && { label: 'Activity', onClick: () => actions.add(raci) }}
        >
          <div className="raci-scroll" tabIndex={0} role="region" aria-label="Table of who does what">
            <table className="raci">
              <thead>
                <tr>
                  {['Activity', 'Responsible', 'Accountable', 'Consulted', 'Informed', 'State'].map((head) => (
                    <th key={head} scope="col">
                      {head}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.id}>
                    <th scope="row">
                      <button type="button" className="text-button" onClick={() => actions.open(raci, row)}>
                        {row.activity}
                      </button>
                    </th>
                    {[row.responsible, row.accountable, row.consulted, row.informed].map((who, place) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: the columns stand still
                      <td key={place}>{who || <span className="raci-none">–</span>}</td>
                    ))}
                    <td>
                      <span className="state-badge" data-state={row.state}>
                        {toLabel(row.state)}
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </SectionPanel>
        <Risks liveDocument={liveDocument} actions={actions} />
        <Figures liveDocument={liveDocument} actions={actions} />
      </div>
      <EntryDialog editedEntry={editedEntry} canWrite={canWrite} onClose={() => setEditedEntry(null)} />
    </>
  )
}
