import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { BellRing, CalendarPlus, CircleSlash, PencilLine } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { request } from '../../../lib/api-client.ts'
import type { Envelope, EnvelopeParty } from '../../../lib/api-types.ts'
import { toErrorMessage, toFieldErrors } from '../../../lib/problem.ts'
import { FormActions, FormError } from '../../../ui/form.tsx'
import { showToast } from '../../../ui/toast.ts'
import { ConfirmDialog } from '../../../ui/undo/confirm-dialog.tsx'
import { isOnTurn } from '../envelope-words.ts'
import { keepEnvelope, refreshEnvelope, toEnvelopePath } from '../signing-access.ts'
import { toDateTimeInput, toIsoTime } from '../deadline.ts'

const post = (envelope: Envelope, act: string, body?: object) =>
  request<Envelope>('POST', `${toEnvelopePath(envelope.id)}/${act}`, body ? { body } : {})

/** Reminds a party whose turn it is. */
export function RemindButton({ envelope, party }: { envelope: Envelope; party: EnvelopeParty }) {
  const reminding = useMutation({
    mutationFn: () => post(envelope, 'remind', { partyId: party.id }),
    onSuccess(answer) {
      keepEnvelope(answer)
      showToast(`${party.name} is reminded.`)
    },
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })
  if (envelope.state !== 'sent' || !isOnTurn(party) || party.id === envelope.ownPartyId) return null
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      leftSection={<BellRing size={15} aria-hidden="true" />}
      aria-label={`Remind ${party.name}`}
      loading={reminding.isPending}
      onClick={() => reminding.mutate()}
    >
      Remind
    </Button>
  )
}

function VoidForm({ envelope, onClose }: { envelope: Envelope; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const voiding = useMutation({
    mutationFn: () => post(envelope, 'void', { reason: reason.trim() }),
    onSuccess(answer) {
      onClose()
      keepEnvelope(answer)
    },
  })
  function submit(event: FormEvent) {
    event.preventDefault()
    voiding.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">Nobody can sign it any more, and all parties who were asked learn why. The document stays frozen.</Text>
        <Textarea
          required
          data-autofocus
          label="Reason"
          autosize
          minRows={2}
          maxLength={2000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <FormError message={voiding.error && toErrorMessage(voiding.error)} />
        <FormActions submitLabel="Void" isBusy={voiding.isPending} isDisabled={reason.trim() === ''} onCancel={onClose} />
      </Stack>
    </form>
  )
}

function ExtendForm({ envelope, onClose }: { envelope: Envelope; onClose: () => void }) {
  const [deadline, setDeadline] = useState(envelope.deadline ? toDateTimeInput(envelope.deadline) : '')
  const extending = useMutation({
    mutationFn: () => post(envelope, 'extend', { deadline: toIsoTime(deadline) }),
    onSuccess(answer) {
      onClose()
      keepEnvelope(answer)
    },
  })
  const fields = toFieldErrors(extending.error)
  function submit(event: FormEvent) {
    event.preventDefault()
    extending.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          required
          data-autofocus
          type="datetime-local"
          label="New deadline"
          value={deadline}
          error={fields['deadline'] && `It ${fields['deadline']}.`}
          onChange={(event) => setDeadline(event.currentTarget.value)}
        />
        <FormError message={extending.error && !fields['deadline'] && toErrorMessage(extending.error)} />
        <FormActions submitLabel="Extend" isBusy={extending.isPending} isDisabled={deadline === ''} onCancel={onClose} />
      </Stack>
    </form>
  )
}

const forms = {
  void: { title: 'Void this envelope?', Form: VoidForm },
  extend: { title: 'Extend the deadline', Form: ExtendForm },
}

/** What the owner of the document can do with an envelope that was sent: correct it, extend the deadline, void it. */
export function OwnerActions({ envelope }: { envelope: Envelope }) {
  const [open, setOpen] = useState<keyof typeof forms | 'correct' | null>(null)
  const [, navigate] = useLocation()
  const { state } = envelope
  const canCorrect = state === 'sent' || state === 'declined' || state === 'voided' || state === 'expired'
  const canExtend = state === 'sent' || state === 'expired'
  if (!canCorrect) return null
  const close = () => setOpen(null)
  const form = open === 'void' || open === 'extend' ? forms[open] : null

  async function correct() {
    const corrected = await post(envelope, 'correct', {})
    keepEnvelope(corrected)
    await refreshEnvelope(envelope.id)
    navigate(`/envelopes/${corrected.id}`)
  }
  return (
    <Group gap="sm" className="envelope-actions">
      <Button variant="default" leftSection={<PencilLine size={16} aria-hidden="true" />} onClick={() => setOpen('correct')}>
        Correct and send again
      </Button>
      {canExtend && (
        <Button variant="default" leftSection={<CalendarPlus size={16} aria-hidden="true" />} onClick={() => setOpen('extend')}>
          Extend the deadline
        </Button>
      )}
      {state === 'sent' && (
        <Button variant="default" c="red" leftSection={<CircleSlash size={16} aria-hidden="true" />} onClick={() => setOpen('void')}>
          Void
        </Button>
      )}
      <ConfirmDialog opened={open === 'correct'} title="Correct and send again?" buttonLabel="Correct" action={correct} onClose={close}>
        {state === 'sent'
          ? 'This envelope ends now. Signatures that were given stay with it and do not count for the new one. You can change parties and settings before you send the new one.'
          : 'A new envelope with the same parties and settings is prepared. You can change them before you send it.'}
      </ConfirmDialog>
      <Modal opened={form !== null} onClose={close} title={form?.title}>
        {form && <form.Form envelope={envelope} onClose={close} />}
      </Modal>
    </Group>
  )
}
