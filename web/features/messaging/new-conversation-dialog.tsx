import './new-conversation-dialog.css'
import {
  Alert,
  Button,
  Group,
  Loader,
  Modal,
  NativeSelect,
  Pill,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
  UnstyledButton,
} from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { request, createRandomKey, queryClient, withQuery } from '../../lib/api-client.ts'
import type { Conversation, Page, User } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { toErrorMessage } from '../../lib/problem.ts'

interface NewConversationProps {
  conversations: readonly Conversation[]
  user: User
  onClose: () => void
}

/** Finds people by a part of their name or by their whole e-mail address. */
function PeoplePicker({ user, selected, onChange }: { user: User; selected: User[]; onChange: (people: User[]) => void }) {
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text.trim(), 200)
  const results = useQuery({
    queryKey: ['people', q],
    queryFn: ({ signal }) => request<Page<User>>('GET', withQuery('/api/users', { q, limit: 8 }), { signal }),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  })
  const excludedIds = new Set([user.id, ...selected.map(({ id }) => id)])
  const people = q === '' ? [] : (results.data?.items.filter(({ id }) => !excludedIds.has(id)) ?? [])
  return (
    <>
      {selected.length > 0 && (
        <Pill.Group>
          {selected.map((person) => (
            <Pill
              key={person.id}
              withRemoveButton
              removeButtonProps={{ 'aria-label': `Without ${person.name}`, 'aria-hidden': false, tabIndex: 0 }}
              onRemove={() => onChange(selected.filter(({ id }) => id !== person.id))}
            >
              {person.name}
            </Pill>
          ))}
        </Pill.Group>
      )}
      <TextInput
        label="With whom"
        placeholder="Name or e-mail"
        autoComplete="off"
        data-autofocus
        value={text}
        rightSection={results.isFetching && <Loader size="xs" />}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <ul className="person-options" aria-label="People">
        {people.map((person) => (
          <li key={person.id}>
            <UnstyledButton
              className="person-option"
              onClick={() => {
                onChange([...selected, person])
                setText('')
              }}
            >
              <Avatar id={person.id} name={person.name} size={28} />
              {person.name}
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {q !== '' && !results.isFetching && people.length === 0 && (
        <Text size="sm" c="dimmed" role="status">
          Nobody else is called that.
        </Text>
      )}
    </>
  )
}

function NewConversationForm({ conversations, user, onClose }: NewConversationProps) {
  const [, navigate] = useLocation()
  const generalChannels = conversations.filter(({ general, role }) => general && (role === 'owner' || role === 'editor'))
  const [kind, setKind] = useState<'direct' | 'channel'>('direct')
  const [selected, setSelected] = useState<User[]>([])
  const [name, setName] = useState('')
  const [subject, setSubject] = useState(generalChannels[0]?.subject ?? '')
  const [key] = useState(createRandomKey)
  const creating = useMutation({
    mutationFn: () =>
      kind === 'direct'
        ? request<Conversation>('POST', '/api/conversations/direct', { body: { userIds: selected.map(({ id }) => id) } })
        : request<Conversation>('POST', '/api/conversations', {
            body: { subject, name: name.trim() },
            idempotencyKey: key + subject + name,
          }),
    async onSuccess({ id }) {
      await queryClient.invalidateQueries({ queryKey: ['conversations'] })
      onClose()
      navigate(`/conversations/${id}`)
    },
  })
  function submit(event: FormEvent) {
    event.preventDefault()
    creating.mutate()
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
          <>
            <TextInput
              label="Name"
              placeholder="launch"
              required
              maxLength={80}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <NativeSelect
              label="Where"
              description="Everybody there may read it."
              value={subject}
              onChange={(event) => setSubject(event.currentTarget.value)}
              data={generalChannels.map((channel) => ({ value: channel.subject ?? '', label: channel.place ?? '' }))}
            />
          </>
        )}
        <div role="alert">{creating.error && <Alert color="red">{toErrorMessage(creating.error)}</Alert>}</div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={creating.isPending} disabled={kind === 'direct' ? selected.length === 0 : name.trim() === ''}>
            Begin
          </Button>
        </Group>
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
