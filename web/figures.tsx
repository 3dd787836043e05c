import { Button } from '@mantine/core'
import { Plus } from 'lucide-react'
import { Chart } from './chart.tsx'
import { useEntries } from './entries.ts'
import type { LiveDocument } from './live.ts'
import { Part } from './part.tsx'
import type { Opens } from './plan.tsx'
import { figures, readings } from './sections.ts'

/** What the venture watches: each figure with its newest value and its way there. */
export function Figures({ live, opens }: { live: LiveDocument; opens: Opens }) {
  const all = useEntries(live, figures)
  const noted = useEntries(live, readings)
  return (
    <Part
      title="Figures"
      empty={all.length === 0 && 'What you watch: customers, orders, money in the bank.'}
      add={opens.writes && { label: 'Figure', go: () => opens.add(figures) }}
    >
      <ul className="figures">
        {all.map((figure) => {
          const own = noted.filter(({ figureId }) => figureId === figure.id).sort((one, other) => (one.on < other.on ? -1 : 1))
          const last = own.at(-1)
          const on = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
          return (
            <li key={figure.id}>
              <span className="figure-head">
                <button type="button" className="plain" onClick={() => opens.open(figures, figure)}>
                  {figure.name}
                </button>
                {last && (
                  <button
                    type="button"
                    className="plain figure-value"
                    onClick={() => opens.open(readings, last)}
                    aria-label={`Newest reading of ${figure.name}`}
                  >
                    {last.value.toLocaleString()} <small>{figure.unit}</small>
                  </button>
                )}
              </span>
              <Chart name={figure.name} unit={figure.unit} readings={own} />
              {opens.writes && (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  leftSection={<Plus size={13} aria-hidden="true" />}
                  onClick={() => opens.add(readings, { figureId: figure.id, on, value: last?.value ?? 0 })}
                >
                  Reading of {figure.name}
                </Button>
              )}
            </li>
          )
        })}
      </ul>
    </Part>
  )
}
