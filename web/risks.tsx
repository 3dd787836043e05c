import { useEntries } from './entries.ts'
import type { LiveDocument } from './live.ts'
import { Part } from './part.tsx'
import type { Opens } from './plan.tsx'
import { inWords, type Risk, risks } from './sections.ts'

/** From 15 on a risk is high, from 8 on it is to be watched. */
const weightOf = (score: number) => (score >= 15 ? 'high' : score >= 8 ? 'middle' : 'low')
const scoreOf = ({ impact, probability }: Risk) => impact * probability
const levels = [1, 2, 3, 4, 5]

/** Risks: how bad by how likely, and what is done about each. */
export function Risks({ live, opens }: { live: LiveDocument; opens: Opens }) {
  const all = useEntries(live, risks).toSorted((one, other) => scoreOf(other) - scoreOf(one))
  return (
    <Part
      title="Risks"
      empty={all.length === 0 && 'What may go wrong, how bad, how likely, and what is done about it.'}
      add={opens.writes && { label: 'Risk', go: () => opens.add(risks) }}
    >
      <div className="risks">
        <div
          className="risk-matrix"
          role="img"
          aria-label={`${all.length} risks, ${all.filter((one) => scoreOf(one) >= 15).length} of them high`}
        >
          {[...levels].reverse().map((impact) =>
            levels.map((probability) => {
              const here = all.filter((one) => one.impact === impact && one.probability === probability).length
              return (
                <span key={`${impact} ${probability}`} data-weight={weightOf(impact * probability)} data-here={here > 0}>
                  {here || ''}
                </span>
              )
            }),
          )}
          <span className="risk-axis">down: less bad, right: more likely</span>
        </div>
        <ul className="risk-list">
          {all.map((risk) => (
            <li key={risk.id}>
              <span
                className="risk-score"
                data-weight={weightOf(scoreOf(risk))}
                title={`impact ${risk.impact}, probability ${risk.probability}`}
              >
                {scoreOf(risk)}
              </span>
              <span>
                <button type="button" className="plain" onClick={() => opens.open(risks, risk)}>
                  {risk.title}
                </button>
                <span className="risk-foot">
                  {inWords(risk.kind)}
                  {risk.state !== 'ACTIVE' && `, ${inWords(risk.state).toLowerCase()}`}
                  {risk.mitigation && `: ${risk.mitigation}`}
                </span>
              </span>
            </li>
          ))}
        </ul>
      </div>
    </Part>
  )
}
