import { useCallback, useEffect, useRef, useState } from 'react'
import { request } from '../../../lib/api-client.ts'
import type { Envelope } from '../../../lib/api-types.ts'
import { toDateTimeInput, toIsoTime } from '../deadline.ts'
import { keepEnvelope, toEnvelopePath } from '../signing-access.ts'
import { type OrderDraft, readOrder, writeOrder } from './party-order.ts'

/** What is filled in before an envelope is sent. */
export interface EnvelopeDraft {
  order: OrderDraft
  message: string
  /** As the field for a date and time has it. */
  deadline: string
  remindEveryDays: number | null
  declineAllowed: boolean
  hideUntilTurn: boolean
}

const readDraft = (envelope: Envelope): EnvelopeDraft => ({
  order: readOrder(envelope),
  message: envelope.message,
  deadline: envelope.deadline ? toDateTimeInput(envelope.deadline) : '',
  remindEveryDays: envelope.remindEveryDays,
  declineAllowed: envelope.declineAllowed,
  hideUntilTurn: envelope.hideUntilTurn,
})

const writeDraft = ({ order, deadline, ...settings }: EnvelopeDraft) => ({
  ...settings,
  ...writeOrder(order),
  deadline: toIsoTime(deadline),
})

/** How long typing may pause before it is saved, milliseconds. */
const saveDelayMs = 600

/** The envelope as it is edited here. Each change is saved a moment later. */
export function useEnvelopeDraft(envelope: Envelope) {
  const [draft, setDraft] = useState(() => readDraft(envelope))
  const [isUnsaved, setIsUnsaved] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const latest = useRef<EnvelopeDraft | null>(null)
  const knownUpdate = useRef(envelope.updatedAt)
  const running = useRef<Promise<void>>(Promise.resolve())
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  /** Saves what was not saved. @throws Problem */
  const save = useCallback((): Promise<void> => {
    clearTimeout(timer.current)
    running.current = running.current
      .catch(() => {})
      .then(async () => {
        const unsaved = latest.current
        if (!unsaved) return
        latest.current = null
        try {
          const answer = await request<Envelope>('PATCH', toEnvelopePath(envelope.id), { body: writeDraft(unsaved) })
          knownUpdate.current = answer.updatedAt
          setError(null)
          if (!latest.current) setIsUnsaved(false)
          keepEnvelope(answer)
        } catch (problem) {
          // kept for the next try
          latest.current ??= unsaved
          setError(problem)
          throw problem
        }
      })
    return running.current
  }, [envelope.id])

  function change(next: Partial<EnvelopeDraft>) {
    latest.current = { ...draft, ...next }
    setDraft(latest.current)
    setIsUnsaved(true)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => void save().catch(() => {}), saveDelayMs)
  }
  useEffect(() => () => void save().catch(() => {}), [save])

  // Somebody else changed it.
  useEffect(() => {
    if (latest.current || envelope.updatedAt === knownUpdate.current) return
    knownUpdate.current = envelope.updatedAt
    setDraft(readDraft(envelope))
  }, [envelope])

  return { draft, change, save, error, isUnsaved }
}
