import { Button, Menu, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { ChevronUp } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Envelope, EnvelopeParty } from '../../../lib/api-types.ts'
import { toErrorMessage, toFieldErrors } from '../../../lib/problem.ts'
import { FormActions, FormError } from '../../../ui/form.tsx'
import { partyRoleWords } from '../envelope-words.ts'
import { keepEnvelope, toEnvelopePath, useSigningAccess } from '../signing-access.ts'

interface ChoiceDialogProps {
  envelope: Envelope
  party: EnvelopeParty
  onClose: () => void
}

/** Sends an act of the party, and closes the dialog. */
function useAct(envelope: Envelope, act: string, onClose: () => void) {
  const access = useSigningAccess()
  return useMutation({
    mutationFn: (body: Record<string, string>) => access.request<Envelope>('POST', `${toEnvelopePath(envelope.id)}/${act}`, { body }),
    onSuccess(answer) {
      onClose()
      keepEnvelope(answer)
    },
  })
}

function DeclineDialog({ envelope, onClose }: ChoiceDialogProps) {
  const [reason, setReason] = useState('')
  const declining = useAct(envelope, 'decline', onClose)
  function submit(event: FormEvent) {
    event.preventDefault()
    declining.mutate({ reason: reason.trim() })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">
          <bdi>{envelope.senderName}</bdi> and the other parties learn that you declined, and why. Nobody can sign this document afterwards
          unless the others are enough.
        </Text>
        <Textarea
          required
          data-autofocus
          label="Reason"
          description="For example: what would have to change?"
          autosize
          minRows={3}
          maxLength={2000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <FormError message={declining.error && toErrorMessage(declining.error)} />
        <FormActions submitLabel="Decline to sign" isBusy={declining.isPending} isDisabled={reason.trim() === ''} onCancel={onClose} />
      </Stack>
    </form>
  )
}

function DelegateDialog({ envelope, party, onClose }: ChoiceDialogProps) {
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const delegating = useAct(envelope, 'delegate', onClose)
  const fields = toFieldErrors(delegating.error)
  function submit(event: FormEvent) {
    event.preventDefault()
    delegating.mutate({ name: name.trim(), email: email.trim() })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">
          They {partyRoleWords[party.role].verb} in your place, under their own name. You cannot take this back, and your own link ends.
        </Text>
        <TextInput
          required
          data-autofocus
          label="Name"
          maxLength={200}
          value={name}
          error={fields['name']}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          required
          type="email"
          label="E-mail"
          maxLength={320}
          value={email}
          error={fields['email']}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <FormError message={delegating.error && !fields['name'] && !fields['email'] && toErrorMessage(delegating.error)} />
        <FormActions submitLabel="Hand over" isBusy={delegating.isPending} isDisabled={!name.trim() || !email.trim()} onCancel={onClose} />
      </Stack>
    </form>
  )
}

const dialogs = {
  decline: { title: 'Decline to sign?', Dialog: DeclineDialog },
  delegate: { title: 'Ask somebody else to sign', Dialog: DelegateDialog },
}

/** What a party can do besides signing: decline, or hand over to somebody else. */
export function OtherChoices({ envelope, party }: { envelope: Envelope; party: EnvelopeParty }) {
  const [open, setOpen] = useState<keyof typeof dialogs | null>(null)
  const close = () => setOpen(null)
  const { title, Dialog } = dialogs[open ?? 'decline']
  return (
    <>
      <Menu position="top-start" width={250} returnFocus>
        <Menu.Target>
          <Button size="md" variant="default" rightSection={<ChevronUp size={16} aria-hidden="true" />}>
            Other options
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setOpen('delegate')}>Ask somebody else to sign</Menu.Item>
          {envelope.declineAllowed ? (
            <Menu.Item color="red" onClick={() => setOpen('decline')}>
              Decline to sign
            </Menu.Item>
          ) : (
            <Menu.Label>The sender does not allow declining.</Menu.Label>
          )}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={open !== null} onClose={close} title={title}>
        {open && <Dialog envelope={envelope} party={party} onClose={close} />}
      </Modal>
    </>
  )
}
