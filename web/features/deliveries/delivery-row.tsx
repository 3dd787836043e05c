import './deliveries.css'
import { Badge, Button } from '@mantine/core'
import type { DeliveryRecord } from '../../lib/api-types.ts'
import { formatRelativeTime, formatDateTime } from '../../lib/time-format.ts'

export const deliveryStateLabels: Record<DeliveryRecord['state'], { label: string; color: string }> = {
  queued: { label: 'Waiting', color: 'yellow' },
  sent: { label: 'Sent', color: 'pine' },
  delivered: { label: 'Delivered', color: 'pine' },
  failed: { label: 'Failed', color: 'red' },
}

type DeliverySummary = Pick<DeliveryRecord, 'id' | 'state' | 'attempts' | 'code' | 'reason' | 'dueAt' | 'createdAt'>

interface DeliveryRowProps {
  delivery: DeliverySummary
  /** A short description of the delivery. */
  title: string
  /** The recipient's address. */
  target?: string | undefined
  isBusy: boolean
  /** Absent if the delivery cannot be sent again. */
  onResend?: (() => void) | undefined
}

/** One delivery: its state, attempts and error, with a button to send it again. */
export function DeliveryRow({ delivery, title, target, isBusy, onResend }: DeliveryRowProps) {
  const { state, attempts, code, reason, dueAt, createdAt } = delivery
  const { label, color } = deliveryStateLabels[state]
  return (
    <li className="delivery-row">
      <Badge variant="light" color={color} className="delivery-state">
        {label}
      </Badge>
      <div className="delivery-content">
        <span className="delivery-title">{title}</span>
        {target && <span className="delivery-target">{target}</span>}
        <span className="list-row-meta">
          <time dateTime={createdAt} title={formatDateTime(createdAt)}>
            {formatRelativeTime(createdAt)}
          </time>
          {attempts > 1 && <span>{attempts} attempts</span>}
          {code !== null && <span>answered {code}</span>}
          {state === 'queued' && attempts > 0 && dueAt && <span>again {formatDateTime(dueAt)}</span>}
        </span>
        {reason && <span className="delivery-reason">{reason}</span>}
      </div>
      {onResend && state !== 'queued' && (
        <Button
          size="xs"
          variant="default"
          loading={isBusy}
          onClick={onResend}
          aria-label={`Send again: ${title}, ${formatDateTime(createdAt)}`}
        >
          Send again
        </Button>
      )}
    </li>
  )
}
