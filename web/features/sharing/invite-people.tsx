import { Combobox, Group, Loader, NativeSelect, Text, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { request, withQuery } from '../../lib/api-client.ts'
import type { Member, Page, Role, User } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { roleOrder, roleLabels } from '../../lib/role-labels.ts'

interface InvitePeopleProps {
  members: Member[]
  isBusy: boolean
  onInvite: (person: User, role: Role) => void
}

/** Finds people by a part of their name or by their whole e-mail address, and gives them a role. */
export function InvitePeople({ members, isBusy, onInvite }: InvitePeopleProps) {
  const [text, setText] = useState('')
  const [role, setRole] = useState<Role>('editor')
  const [q] = useDebouncedValue(text.trim(), 200)
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() })
  const found = useQuery({
    queryKey: ['people', q],
    queryFn: ({ signal }) => request<Page<User>>('GET', withQuery('/api/users', { q, limit: 8 }), { signal }),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  })
  const memberIds = new Set(members.filter(({ inherited }) => !inherited).map(({ userId }) => userId))
  const people = q === '' ? [] : (found.data?.items.filter(({ id }) => !memberIds.has(id)) ?? [])

  function choose(id: string) {
    const person = people.find((each) => each.id === id)
    if (person) onInvite(person, role)
    setText('')
    combobox.closeDropdown()
  }

  return (
    <Group align="flex-end" gap="xs">
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
            rightSection={found.isFetching && <Loader size="xs" />}
            onChange={(event) => {
              setText(event.currentTarget.value)
              combobox.openDropdown()
              combobox.resetSelectedOption()
            }}
            onFocus={() => text && combobox.openDropdown()}
            onBlur={() => combobox.closeDropdown()}
          />
        </Combobox.Target>
        <Combobox.Dropdown hidden={q === ''}>
          <Combobox.Options aria-label="People">
            {people.map(({ id, name, email }) => (
              <Combobox.Option key={id} value={id}>
                <Group gap="sm" wrap="nowrap">
                  <Avatar id={id} name={name} size={28} />
                  <Text size="sm" truncate>
                    {name}
                    {email && ` · ${email}`}
                  </Text>
                </Group>
              </Combobox.Option>
            ))}
            {people.length === 0 && !found.isFetching && (
              <Combobox.Empty>Nobody else is called that. They may need an account first.</Combobox.Empty>
            )}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      <NativeSelect
        className="role-select"
        aria-label="Role to give"
        value={role}
        onChange={(event) => setRole(event.currentTarget.value as Role)}
        data={roleOrder.map((value) => ({ value, label: roleLabels[value].label }))}
      />
    </Group>
  )
}
