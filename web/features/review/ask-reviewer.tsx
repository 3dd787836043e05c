import { Combobox, Group, Loader, Text, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { request, withQuery } from '../../lib/api-client.ts'
import type { Page, User } from '../../lib/api-types.ts'
import { useMemberList } from '../../lib/members.ts'
import { Avatar } from '../../ui/avatar.tsx'

interface AskReviewerProps {
  documentName: string
  /** The reviewers who were asked. */
  excludedIds: readonly string[]
  isBusy: boolean
  onAsk: (userId: string) => void
}

/** Asks a member of the document, or somebody else, to review it. */
export function AskReviewer({ documentName, excludedIds, isBusy, onAsk }: AskReviewerProps) {
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text.trim(), 200)
  const members = useMemberList(documentName)
  const found = useQuery({
    queryKey: ['people', q],
    queryFn: ({ signal }) => request<Page<User>>('GET', withQuery('/api/users', { q, limit: 8 }), { signal }),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  })
  const listed = q === '' ? members.data?.items.map(({ userId, name }) => ({ id: userId, name })) : found.data?.items
  const people = (listed ?? []).filter(({ id }) => !excludedIds.includes(id))
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() })
  return (
    <Combobox
      store={combobox}
      shadow="md"
      radius="md"
      onOptionSubmit={(userId) => {
        onAsk(userId)
        setText('')
        combobox.closeDropdown()
      }}
    >
      <Combobox.Target>
        <TextInput
          label="Ask for a review"
          placeholder="Name or e-mail"
          autoComplete="off"
          value={text}
          disabled={isBusy}
          leftSection={<UserPlus size={16} aria-hidden="true" />}
          rightSection={found.isFetching && <Loader size="xs" />}
          onChange={(event) => {
            setText(event.currentTarget.value)
            combobox.openDropdown()
          }}
          onClick={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options aria-label="People">
          {people.map(({ id, name }) => (
            <Combobox.Option key={id} value={id}>
              <Group gap="sm" wrap="nowrap">
                <Avatar id={id} name={name} size={28} />
                <Text size="sm" truncate>
                  {name}
                </Text>
              </Group>
            </Combobox.Option>
          ))}
          {people.length === 0 && <Combobox.Empty>{q === '' ? 'Type a name.' : 'Nobody else is called that.'}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}
