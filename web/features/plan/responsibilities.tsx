import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { useEntries } from '../sections/section-entries.ts'
import { SectionPanel } from '../sections/section-panel.tsx'
import { raci, type Responsibility, toLabel } from '../sections/section-types.ts'
import type { EntryActions } from './entry-actions.ts'

const columns = ['Activity', 'Responsible', 'Accountable', 'Consulted', 'Informed', 'State']

function ResponsibilityRow({ row, onOpen }: { row: Responsibility; onOpen: () => void }) {
  const people = [row.responsible, row.accountable, row.consulted, row.informed]
  return (
    <tr>
      <th scope="row">
        <button type="button" className="text-button" onClick={onOpen}>
          {row.activity}
        </button>
      </th>
      {people.map((name, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the columns stand still
        <td key={index}>{name || <span className="raci-none">–</span>}</td>
      ))}
      <td>
        <span className="state-badge" data-state={row.state}>
          {toLabel(row.state)}
        </span>
      </td>
    </tr>
  )
}

/** Responsibilities by activity (RACI). */
export function Responsibilities({ liveDocument, actions }: { liveDocument: LiveDocument; actions: EntryActions }) {
  const rows = useEntries(liveDocument, raci)
  return (
    <SectionPanel
      isWide
      title="Who does what"
      emptyText={rows.length === 0 && 'For each activity: who does it, who answers for it, who is asked, who is told (RACI).'}
      add={actions.canWrite && { label: 'Activity', onClick: () => actions.add(raci) }}
    >
      <div className="raci-scroll" tabIndex={0} role="region" aria-label="Table of who does what">
        <table className="raci">
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <ResponsibilityRow key={row.id} row={row} onOpen={() => actions.open(raci, row)} />
            ))}
          </tbody>
        </table>
      </div>
    </SectionPanel>
  )
}
