import './risks.css'
import { useEntries } from '../sections/section-entries.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { SectionPanel } from '../sections/section-panel.tsx'
import type { EntryActions } from './entry-actions.ts'
import { toLabel, type Risk, risks } from '../sections/section-types.ts'

/** A risk of 15 and more is high, of 8 and more medium. */
const toRiskLevel = (score: number) => (score >= 15 ? 'high' : score >= 8 ? 'medium' : 'low')
const toRiskScore = ({ impact, probability }: Risk) => impact * probability
const levels = [1, 2, 3, 4, 5]

/** Risks: impact by probability, with their mitigation. */
export function Risks({ liveDocument, actions }: { liveDocument: LiveDocument; actions: EntryActions }) {
  const all = useEntries(liveDocument, risks).toSorted((one, other) => toRiskScore(other) - toRiskScore(one))
  return (
    <SectionPanel
      title="Risks"
      emptyText={all.length === 0 && 'What may go wrong, how bad, how likely, and what is done about it.'}
      add={actions.canWrite && { label: 'Risk', onClick: () => actions.add(risks) }}
    >
      <div className="risks">
        <div
          className="risk-matrix"
          role="img"
          aria-label={`${all.length} risks, ${all.filter((one) => toRiskScore(one) >= 15).length} of them high`}
        >
          {[...levels].reverse().map((impact) =>
            levels.map((probability) => {
              const count = all.filter((one) => one.impact === impact && one.probability === probability).length
              return (
                <span key={`${impact} ${probability}`} data-risk-level={toRiskLevel(impact * probability)} data-occupied={count > 0}>
                  {count || ''}
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
                data-risk-level={toRiskLevel(toRiskScore(risk))}
                title={`impact ${risk.impact}, probability ${risk.probability}`}
              >
                {toRiskScore(risk)}
              </span>
              <span>
                <button type="button" className="text-button" onClick={() => actions.open(risks, risk)}>
                  {risk.title}
                </button>
                <span className="risk-details">
                  {toLabel(risk.kind)}
                  {risk.state !== 'ACTIVE' && `, ${toLabel(risk.state).toLowerCase()}`}
                  {risk.mitigation && `: ${risk.mitigation}`}
                </span>
              </span>
            </li>
          ))}
        </ul>
      </div>
    </SectionPanel>
  )
}
