import { ArrowDown, Check, MapPin } from 'lucide-react'
import { toEventLabel, toStateLabel } from '../../lib/machine-words.ts'
import { layOutStates, parseArrows } from './parse-diagram.ts'

interface StateDiagramProps {
  mermaid: string
  current: string
  /** The states in which it was before. */
  visited: ReadonlySet<string>
}

/** All states in rows, the first at the top; each with the events that lead on. */
export function StateDiagram({ mermaid, current, visited }: StateDiagramProps) {
  const arrows = parseArrows(mermaid)
  return (
    <ol className="state-rows">
      {layOutStates(mermaid).map((states, index) => (
        <li key={states.join(' ')}>
          {index > 0 && <ArrowDown className="state-row-arrow" size={20} aria-hidden="true" />}
          <ul className="state-row">
            {states.map((state) => {
              const isCurrent = state === current
              return (
                <li key={state} className="state-box" data-current={isCurrent || undefined} data-visited={visited.has(state) || undefined}>
                  <strong>
                    {isCurrent ? <MapPin size={16} aria-hidden="true" /> : visited.has(state) && <Check size={16} aria-hidden="true" />}
                    {toStateLabel(state)}
                    {isCurrent && <span className="state-now">now</span>}
                  </strong>
                  <ul>
                    {arrows
                      .filter(({ from, to }) => from === state && to !== state)
                      .map(({ to, event }) => (
                        <li key={`${event} ${to}`}>
                          {toEventLabel(event)} <span aria-hidden="true">→</span> {toStateLabel(to)}
                        </li>
                      ))}
                  </ul>
                </li>
              )
            })}
          </ul>
        </li>
      ))}
    </ol>
  )
}
