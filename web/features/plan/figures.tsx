import './figures.css'
import { Button } from '@mantine/core'
import { Plus } from 'lucide-react'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { useEntries } from '../sections/section-entries.ts'
import { SectionPanel } from '../sections/section-panel.tsx'
import { figures, readings } from '../sections/section-types.ts'
import type { EntryActions } from './entry-actions.ts'
import { LineChart } from './line-chart.tsx'
import { getTodayDate } from './plan-days.ts'

/** Figures of the venture, each with its latest reading and a chart. */
export function Figures({ liveDocument, actions }: { liveDocument: LiveDocument; actions: EntryActions }) {
  const all = useEntries(liveDocument, figures)
  const allReadings = useEntries(liveDocument, readings)
  return (
    <SectionPanel
      title="Figures"
      emptyText={all.length === 0 && 'What you watch: customers, orders, money in the bank.'}
      add={actions.canWrite && { label: 'Figure', onClick: () => actions.add(figures) }}
    >
      <ul className="figures">
        {all.map((figure) => {
          const ownReadings = allReadings
            .filter(({ figureId }) => figureId === figure.id)
            .sort((one, other) => (one.on < other.on ? -1 : 1))
          const last = ownReadings.at(-1)
          return (
            <li key={figure.id}>
              <span className="figure-header">
                <button type="button" className="text-button" onClick={() => actions.open(figures, figure)}>
                  {figure.name}
                </button>
                {last && (
                  <button
                    type="button"
                    className="text-button figure-value"
                    onClick={() => actions.open(readings, last)}
                    aria-label={`Newest reading of ${figure.name}`}
                  >
                    {last.value.toLocaleString()} <small>{figure.unit}</small>
                  </button>
                )}
              </span>
              <LineChart name={figure.name} unit={figure.unit} readings={ownReadings} />
              {actions.canWrite && (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  leftSection={<Plus size={13} aria-hidden="true" />}
                  onClick={() => actions.add(readings, { figureId: figure.id, on: getTodayDate(), value: last?.value ?? 0 })}
                >
                  Reading of {figure.name}
                </Button>
              )}
            </li>
          )
        })}
      </ul>
    </SectionPanel>
  )
}
