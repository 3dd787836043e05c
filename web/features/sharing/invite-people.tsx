import { Combobox, Group, Loader, Text, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { request, withQuery } from '../../lib/api-client.ts'
import type { Member, Page, Role, User } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { RoleSelect } from './role-select.tsx'

/** Finds people who are not members yet, by a part of their name or by their whole e-mail address. */
function usePeopleSearch(text: string, members: Member[]) {
  const [q] = useDebouncedValue(text.trim(), 200)
  const { data, isFetching } = useQuery({
    queryKey: ['people', q],
    queryFn: ({ signal }) => request<Page<User>>('GET', withQuery('/api/users', { q, limit: 8 }), { signal }),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  })
  const memberIds = new Set(members.filter(({ inherited }) => !inherited).map(({ userId }) => userId))
  const people = q === '' ? [] : (data?.items.filter(({ id }) => !memberIds.has(id)) ?? [])
  return { people, isFetching, isEmptyQuery: q === '' }
}

function PersonOption({ person: { id, name, email } }: { person: User }) {
  return (
    <Combobox.Option value={id}>
      <Group gap="sm" wrap="nowrap">
        <Avatar id={id} name={name} size={28} />
        <Text size="sm" truncate>
          {name}
          {email && ` · ${email}`}
        </Text>
      </Group>
    </Combobox.Option>
  )
}

interface PersonPickerProps {
  members: Member[]
  isBusy: boolean
  onChoose: (person: User) => void
}

/** Searches and chooses one person. */
function PersonPicker({ members, isBusy, onChoose }: PersonPickerProps) {
  const [text, setText] = useState('')
  const { people, isFetching, isEmptyQuery } = usePeopleSearch(text, members)
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() })

  function choose(id: string) {
    const person = people.find((each) => each.id === id)
    if (person) onChoose(person)
    setText('')
    combobox.closeDropdown()
  }

  return (
    <Combobox store={combobox} onOptionSubmit={choose} shadow="md" radius="md">
      <Combobox.Target>
        <TextInput
          flex="1 1 13rem"
          label="Ask somebody in"
          placeholder="Name or e-mail"
          autoComplete="off"
          value={text}
          disabled={isBusy}
          data-autofocus
          leftSection={<UserPlus size={16} aria-hidden="true" />}
          rightSection={isFetching && <Loader size="xs" />}
          onChange={(event) => {
            setText(event.currentTarget.value)
            combobox.openDropdown()
            combobox.resetSelectedOption()
          }}
          onFocus={() => text && combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={isEmptyQuery}>
        <Combobox.Options aria-label="People">
          {people.map((person) => (
            <PersonOption key={person.id} person={person} />
          ))}
          {people.length === 0 && !isFetching && (
            <Combobox.Empty>Nobody else is called that. They may need an account first.</Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}

interface InvitePeopleProps {
  members: Member[]
  isBusy: boolean
  onInvite: (person: User, role: Role) => void
}

/** Gives a role to people who are not members yet. */
export function InvitePeople({ members, isBusy, onInvite }: InvitePeopleProps) {
  const [role, setRole] = useState<Role>('editor')
  return (
    <Group align="flex-end" gap="xs">
      <PersonPicker members={members} isBusy={isBusy} onChoose={(person) => onInvite(person, role)} />
      <RoleSelect label="Role to give" role={role} onChange={setRole} />
    </Group>
  )
}
