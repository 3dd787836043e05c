import { Loader, Pill, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { request, withQuery } from '../../lib/api-client.ts'
import type { Page, User } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'

/** Finds people by a part of their name or by their whole e-mail address. */
export function PeoplePicker({ user, selected, onChange }: { user: User; selected: User[]; onChange: (people: User[]) => void }) {
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
