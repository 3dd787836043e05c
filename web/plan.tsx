import './plan.css'
import { useState } from 'react'
import type { BoardProps } from './board.tsx'
import { addEntry, changeEntry, type Fields, removeEntry, type Section, useEntries } from './entries.ts'
import { type Edited, EntryDialog } from './entry-dialog.tsx'
import { Figures } from './figures.tsx'
import { Goals } from './goals.tsx'
import { Milestones } from './milestones.tsx'
import { Part } from './part.tsx'
import { PhaseBar } from './phase-bar.tsx'
import { forms } from './plan-forms.ts'
import { Risks } from './risks.tsx'
import { inWords, milestones, phases, raci, timeline } from './sections.ts'

/** Opens the dialog of an entry, or of a new one. */
export interface Opens {
  writes: boolean
  open: <T extends { id: string }>(section: Section<T>, entry: T) => void
  add: <T extends { id: string }>(section: Section<T>, given?: Partial<T>) => void
  change: <T extends { id: string }>(section: Section<T>, id: string, fields: Partial<T>) => void
}

/** The plan of a venture: its days, what is to be reached in them, who does what, what may go wrong, and figures. */
export function Plan({ live, writes }: BoardProps) {
  const [edited, setEdited] = useState<Edited | null>(null)
  const allPhases = useEntries(live, phases).toSorted((one, other) => one.startDay - other.startDay)
  const allMilestones = useEntries(live, milestones).toSorted((one, other) => one.day - other.day)
  const rows = useEntries(live, raci)
  const laid = useEntries(live, timeline)[0] ?? { id: 'timeline', ...timeline.blank }

  const opens: Opens = {
    writes,
    open(section, entry) {
      const form = forms(section.name, allPhases)
      setEdited({
        title: form.title,
        fields: form.fields,
        entry: { ...entry },
        save: (changed) => changeEntry(live, section, entry.id, changed),
        remove: () => removeEntry(live, section, entry.id),
      })
    },
    add(section, given = {}) {
      const form = forms(section.name, allPhases)
      const entry = { ...section.blank, ...given } as Fields
      setEdited({
        title: `New ${form.title.toLowerCase()}`,
        fields: form.fields,
        entry,
        save: (said) => addEntry(live, section, { ...given, ...said } as never),
      })
    },
    change: (section, id, fields) => changeEntry(live, section, id, fields),
  }

  return (
    <>
      <PhaseBar live={live} laid={laid} phases={allPhases} milestones={allMilestones} opens={opens} />
      <div className="part-grid" data-pairs>
        <Milestones laid={laid} milestones={allMilestones} phases={allPhases} opens={opens} />
        <Goals live={live} opens={opens} />
        <Part
          wide
          title="Who does what"
          empty={rows.length === 0 && 'For each activity: who does it, who answers for it, who is asked, who is told (RACI).'}
          add={writes && { label: 'Activity', go: () => opens.add(raci) }}
        >
          <div className="raci-frame" tabIndex={0} role="region" aria-label="Table of who does what">
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
                      <button type="button" className="plain" onClick={() => opens.open(raci, row)}>
                        {row.activity}
                      </button>
                    </th>
                    {[row.responsible, row.accountable, row.consulted, row.informed].map((who, place) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: the columns stand still
                      <td key={place}>{who || <span className="none">–</span>}</td>
                    ))}
                    <td>
                      <span className="state" data-state={row.state}>
                        {inWords(row.state)}
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Part>
        <Risks live={live} opens={opens} />
        <Figures live={live} opens={opens} />
      </div>
      <EntryDialog edited={edited} writes={writes} onClose={() => setEdited(null)} />
    </>
  )
}
