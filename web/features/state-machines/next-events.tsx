import { Button, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { createRandomKey, queryClient, request } from '../../lib/api-client.ts'
import type { PossibleEvents } from '../../lib/api-types.ts'
import { toEventLabel, toStateLabel } from '../../lib/machine-words.ts'
import { ConfirmDialog } from '../../ui/undo/confirm-dialog.tsx'

type PossibleEvent = PossibleEvents['events'][number]

interface NextEventsProps {
  /** The path of the machine. */
  path: string
  queryKey: readonly unknown[]
  events: readonly PossibleEvent[]
}

/** Sends an event, after a question. A reason is kept with the transition. */
function EventDialog({ path, queryKey, event, onClose }: Omit<NextEventsProps, 'events'> & { event: PossibleEvent; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const [idempotencyKey] = useState(createRandomKey)
  const sending = useMutation({
    mutationFn: () =>
      request('POST', `${path}/event`, {
        idempotencyKey,
        body: { event: event.event, ...(reason.trim() && { reason: reason.trim() }) },
      }),
    onSettled: () => queryClient.invalidateQueries({ queryKey }),
  })
  return (
    <ConfirmDialog
      opened
      title={`${toEventLabel(event.event)}?`}
      buttonLabel={toEventLabel(event.event)}
      action={() => sending.mutateAsync()}
      onClose={onClose}
    >
      <p className="event-meaning">{event.meaning}</p>
      <Textarea
        label="Reason"
        description="Optional. Kept in the history"
        autosize
        minRows={2}
        maxLength={1000}
        value={reason}
        onChange={(change) => setReason(change.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}

/** What can happen next: what the user can do now, and what they cannot, with the reasons. */
export function NextEvents({ path, queryKey, events }: NextEventsProps) {
  const [open, setOpen] = useState<PossibleEvent | null>(null)
  const sorted = [...events].sort((one, other) => Number(other.allowed) - Number(one.allowed))
  if (events.length === 0) return <p>Nothing more: this state is final.</p>
  return (
    <>
      <ul className="next-events">
        {sorted.map((event) => (
          <li key={event.event} data-allowed={event.allowed || undefined}>
            <div>
              <strong>{toEventLabel(event.event)}</strong> <span aria-hidden="true">→</span> {event.to.map(toStateLabel).join(' or ')}
              <p>{event.meaning}</p>
              {!event.allowed && <p className="event-reasons">Not now: {event.reasons.join(' ')}</p>}
            </div>
            {event.allowed && (
              <Button variant="default" size="compact-md" onClick={() => setOpen(event)}>
                {toEventLabel(event.event)}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {open && <EventDialog path={path} queryKey={queryKey} event={open} onClose={() => setOpen(null)} />}
    </>
  )
}
