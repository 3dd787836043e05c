import { Badge } from '@mantine/core'
import type { StateTransition } from '../../lib/api-types.ts'
import { toEventLabel, toStateColor, toStateLabel } from '../../lib/machine-words.ts'
import { formatDateTime, formatRelativeTime } from '../../lib/time-format.ts'

/** What happened, newest first: state, event, who, when and why. */
export function TransitionList({ transitions }: { transitions: readonly StateTransition[] }) {
  return (
    <ol className="transitions" aria-label="History">
      {transitions.map(({ id, to, event, actor, at, reason }) => (
        <li key={id}>
          <Badge color={toStateColor(to)} variant="light">
            {toStateLabel(to)}
          </Badge>
          <div>
            <span>
              {toEventLabel(event)} · {actor.name ?? (actor.kind === 'system' ? 'SmartStart' : 'A party')} ·{' '}
              <time dateTime={at} title={formatDateTime(at)}>
                {formatRelativeTime(at)}
              </time>
            </span>
            {reason && <p dir="auto">“{reason}”</p>}
          </div>
        </li>
      ))}
    </ol>
  )
}
