import './deliveries.css'
import { Badge, Button } from '@mantine/core'
import type { DeliveryRecord } from './contract.ts'
import { ago, inFull } from './moment.ts'

export const stateWords: Record<DeliveryRecord['state'], { label: string; color: string }> = {
  queued: { label: 'Waiting', color: 'yellow' },
  sent: { label: 'Sent', color: 'pine' },
  delivered: { label: 'Delivered', color: 'pine' },
  failed: { label: 'Failed', color: 'red' },
}

type Shown = Pick<DeliveryRecord, 'id' | 'state' | 'attempts' | 'code' | 'reason' | 'dueAt' | 'createdAt'>

interface DeliveryRowProps {
  delivery: Shown
  /** What it is, in few words. */
  title: string
  /** Where to. */
  target?: string | undefined
  busy: boolean
  /** Absent: it cannot be sent again. */
  onResend?: (() => void) | undefined
}

/** One thing that left or is to leave: what became of it, and the means to send it again. */
export function DeliveryRow({ delivery, title, target, busy, onResend }: DeliveryRowProps) {
  const { state, attempts, code, reason, dueAt, createdAt } = delivery
  const { label, color } = stateWords[state]
  return (
    <li className="delivery">
      <Badge variant="light" color={color} className="delivery-state">
        {label}
      </Badge>
      <div className="delivery-words">
        <span className="delivery-title">{title}</span>
        {target && <span className="delivery-target">{target}</span>}
        <span className="row-meta">
          <time dateTime={createdAt} title={inFull(createdAt)}>
            {ago(createdAt)}
          </time>
          {attempts > 1 && <span>{attempts} attempts</span>}
          {code !== null && <span>answered {code}</span>}
          {state === 'queued' && attempts > 0 && dueAt && <span>again {inFull(dueAt)}</span>}
        </span>
        {reason && <span className="delivery-reason">{reason}</span>}
      </div>
      {onResend && state !== 'queued' && (
        <Button size="xs" variant="default" loading={busy} onClick={onResend} aria-label={`Send again: ${title}, ${inFull(createdAt)}`}>
          Send again
        </Button>
      )}
    </li>
  )
}
