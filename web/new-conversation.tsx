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
import { ask, freshKey, queries, withQuery } from './client.ts'
import type { Conversation, Page, User } from './contract.ts'
import { Face } from './face.tsx'
import { explain } from './problem.ts'

interface NewProps {
  conversations: readonly Conversation[]
  user: User
  onClose: () => void
}

/** Finds people by a part of their name, or by their whole address. */
function People({ user, chosen, onChosen }: { user: User; chosen: User[]; onChosen: (people: User[]) => void }) {
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text.trim(), 200)
  const found = useQuery({
    queryKey: ['people', q],
    queryFn: ({ signal }) => ask<Page<User>>('GET', withQuery('/api/users', { q, limit: 8 }), { signal }),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  })
  const taken = new Set([user.id, ...chosen.map(({ id }) => id)])
  const people = q === '' ? [] : (found.data?.items.filter(({ id }) => !taken.has(id)) ?? [])
  return (
    <>
      {chosen.length > 0 && (
        <Pill.Group>
          {chosen.map((person) => (
            <Pill
              key={person.id}
              withRemoveButton
              removeButtonProps={{ 'aria-label': `Without ${person.name}`, 'aria-hidden': false, tabIndex: 0 }}
              onRemove={() => onChosen(chosen.filter(({ id }) => id !== person.id))}
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
        rightSection={found.isFetching && <Loader size="xs" />}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <ul className="people-found" aria-label="People">
        {people.map((person) => (
          <li key={person.id}>
            <UnstyledButton
              className="person-found"
              onClick={() => {
                onChosen([...chosen, person])
                setText('')
              }}
            >
              <Face id={person.id} name={person.name} size={28} />
              {person.name}
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {q !== '' && !found.isFetching && people.length === 0 && (
        <Text size="sm" c="dimmed" role="status">
          Nobody else is called that.
        </Text>
      )}
    </>
  )
}

function NewForm({ conversations, user, onClose }: NewProps) {
  const [, navigate] = useLocation()
  const places = conversations.filter(({ general, role }) => general && (role === 'owner' || role === 'editor'))
  const [kind, setKind] = useState<'direct' | 'channel'>('direct')
  const [chosen, setChosen] = useState<User[]>([])
  const [name, setName] = useState('')
  const [subject, setSubject] = useState(places[0]?.subject ?? '')
  const [key] = useState(freshKey)
  const beginning = useMutation({
    mutationFn: () =>
      kind === 'direct'
        ? ask<Conversation>('POST', '/api/conversations/direct', { body: { userIds: chosen.map(({ id }) => id) } })
        : ask<Conversation>('POST', '/api/conversations', { body: { subject, name: name.trim() }, idempotencyKey: key + subject + name }),
    async onSuccess({ id }) {
      await queries.invalidateQueries({ queryKey: ['conversations'] })
      onClose()
      navigate(`/conversations/${id}`)
    },
  })
  function submit(event: FormEvent) {
    event.preventDefault()
    beginning.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {places.length > 0 && (
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
          <People user={user} chosen={chosen} onChosen={setChosen} />
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
              data={places.map((one) => ({ value: one.subject ?? '', label: one.place ?? '' }))}
            />
          </>
        )}
        <div role="alert">{beginning.error && <Alert color="red">{explain(beginning.error)}</Alert>}</div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={beginning.isPending} disabled={kind === 'direct' ? chosen.length === 0 : name.trim() === ''}>
            Begin
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** The dialog that begins a direct conversation, or makes a channel where one may. */
export function NewConversation({ opened, ...props }: NewProps & { opened: boolean }) {
  return (
    <Modal opened={opened} onClose={props.onClose} title="New conversation">
      <NewForm {...props} />
    </Modal>
  )
}
