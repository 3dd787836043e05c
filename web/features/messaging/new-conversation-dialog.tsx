import './new-conversation-dialog.css'
import { Modal, NativeSelect, SegmentedControl, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { request, createRandomKey, queryClient } from '../../lib/api-client.ts'
import type { Conversation, User } from '../../lib/api-types.ts'
import { FormActions, FormError } from '../../ui/form.tsx'
import { PeoplePicker } from './people-picker.tsx'
import { toErrorMessage } from '../../lib/problem.ts'

interface NewConversationProps {
  conversations: readonly Conversation[]
  user: User
  onClose: () => void
}

type NewConversation = { kind: 'direct'; userIds: string[] } | { kind: 'channel'; subject: string; name: string }

/** Creates a conversation and opens it. */
function useConversationCreation(onCreated: () => void) {
  const [, navigate] = useLocation()
  const [key] = useState(createRandomKey)
  return useMutation({
    mutationFn: (conversation: NewConversation) => {
      if (conversation.kind === 'direct')
        return request<Conversation>('POST', '/api/conversations/direct', { body: { userIds: conversation.userIds } })
      const { subject, name } = conversation
      return request<Conversation>('POST', '/api/conversations', {
        body: { subject, name: name.trim() },
        idempotencyKey: key + subject + name,
      })
    },
    async onSuccess({ id }) {
      await queryClient.invalidateQueries({ queryKey: ['conversations'] })
      onCreated()
      navigate(`/conversations/${id}`)
    },
  })
}

interface ChannelFieldsProps {
  name: string
  onNameChange: (name: string) => void
  /** The space or venture that the channel belongs to. */
  subject: string
  onSubjectChange: (subject: string) => void
  /** The general channels of the spaces and ventures where the user may create a channel. */
  generalChannels: readonly Conversation[]
}

/** The name of a new channel, and where it is created. */
function ChannelFields({ name, onNameChange, subject, onSubjectChange, generalChannels }: ChannelFieldsProps) {
  return (
    <>
      <TextInput
        label="Name"
        placeholder="launch"
        required
        maxLength={80}
        value={name}
        onChange={(event) => onNameChange(event.currentTarget.value)}
      />
      <NativeSelect
        label="Where"
        description="Everybody there may read it."
        value={subject}
        onChange={(event) => onSubjectChange(event.currentTarget.value)}
        data={generalChannels.map((channel) => ({ value: channel.subject ?? '', label: channel.place ?? '' }))}
      />
    </>
  )
}

function NewConversationForm({ conversations, user, onClose }: NewConversationProps) {
  const generalChannels = conversations.filter(({ general, role }) => general && (role === 'owner' || role === 'editor'))
  const [kind, setKind] = useState<'direct' | 'channel'>('direct')
  const [selected, setSelected] = useState<User[]>([])
  const [name, setName] = useState('')
  const [subject, setSubject] = useState(generalChannels[0]?.subject ?? '')
  const creating = useConversationCreation(onClose)
  function submit(event: FormEvent) {
    event.preventDefault()
    creating.mutate(kind === 'direct' ? { kind, userIds: selected.map(({ id }) => id) } : { kind, subject, name })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {generalChannels.length > 0 && (
          <SegmentedControl
            aria-label="Kind of conversation"
            value={kind}
            onChange={(value) => setKind(value as typeof kind)}
            data={[
              { value: 'direct', label: 'With people' },
              { value: 'channel', label: 'Channel' },
            ]}
          />
        )}
        {kind === 'direct' ? (
          <PeoplePicker user={user} selected={selected} onChange={setSelected} />
        ) : (
          <ChannelFields
            name={name}
            onNameChange={setName}
            subject={subject}
            onSubjectChange={setSubject}
            generalChannels={generalChannels}
          />
        )}
        <FormError message={creating.error && toErrorMessage(creating.error)} />
        <FormActions
          submitLabel="Begin"
          isBusy={creating.isPending}
          isDisabled={kind === 'direct' ? selected.length === 0 : name.trim() === ''}
          onCancel={onClose}
        />
      </Stack>
    </form>
  )
}

/** Starts a direct conversation, or creates a channel where the user may. */
export function NewConversationDialog({ opened, ...props }: NewConversationProps & { opened: boolean }) {
  return (
    <Modal opened={opened} onClose={props.onClose} title="New conversation">
      <NewConversationForm {...props} />
    </Modal>
  )
}
