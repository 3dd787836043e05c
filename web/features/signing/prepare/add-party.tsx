import { Button, Combobox, Group, Loader, Stack, Text, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { createRandomKey, request, withQuery } from '../../../lib/api-client.ts'
import type { Page, User } from '../../../lib/api-types.ts'
import { useMemberList } from '../../../lib/members.ts'
import { Avatar } from '../../../ui/avatar.tsx'
import type { PartyDraft } from './party-order.ts'

type NewParty = Pick<PartyDraft, 'userId' | 'name' | 'email'>
const toSigner = (person: NewParty): PartyDraft => ({ ...person, key: createRandomKey(), role: 'signer', witnessOf: null })

interface AddPartyProps {
  documentName: string
  parties: readonly PartyDraft[]
  onAdd: (party: PartyDraft) => void
}

/** The members of the document; while something is typed, everybody whom it finds. */
function usePeople(documentName: string, text: string, parties: readonly PartyDraft[]) {
  const [q] = useDebouncedValue(text.trim(), 200)
  const members = useMemberList(documentName)
  const found = useQuery({
    queryKey: ['people', q],
    queryFn: ({ signal }) => request<Page<User>>('GET', withQuery('/api/users', { q, limit: 8 }), { signal }),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  })
  const people =
    q === ''
      ? (members.data?.items.map(({ userId, name }) => ({ id: userId, name, email: '' })) ?? [])
      : (found.data?.items.map(({ id, name, email = '' }) => ({ id, name, email })) ?? [])
  const chosen = new Set(parties.map(({ userId }) => userId))
  return { people: people.filter(({ id }) => !chosen.has(id)), isFetching: found.isFetching, q }
}

function PersonSearch({ documentName, parties, onAdd, onAddOutsider }: AddPartyProps & { onAddOutsider: (text: string) => void }) {
  const [text, setText] = useState('')
  const { people, isFetching, q } = usePeople(documentName, text, parties)
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() })
  function choose(value: string) {
    const person = people.find(({ id }) => id === value)
    if (person) onAdd(toSigner({ userId: person.id, name: person.name, email: person.email }))
    else onAddOutsider(text.trim())
    setText('')
    combobox.closeDropdown()
  }
  return (
    <Combobox store={combobox} onOptionSubmit={choose} shadow="md" radius="md">
      <Combobox.Target>
        <TextInput
          label="Add a party"
          placeholder="Name or e-mail"
          autoComplete="off"
          value={text}
          leftSection={<UserPlus size={16} aria-hidden="true" />}
          rightSection={isFetching && <Loader size="xs" />}
          onChange={(event) => {
            setText(event.currentTarget.value)
            combobox.openDropdown()
            combobox.resetSelectedOption()
          }}
          onClick={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
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
          <Combobox.Option value="outsider">
            <Text size="sm">{q === '' ? 'Somebody without an account…' : `Add “${q}” as somebody without an account…`}</Text>
          </Combobox.Option>
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}

interface OutsiderFormProps {
  initialText: string
  parties: readonly PartyDraft[]
  onAdd: (party: PartyDraft) => void
  onCancel: () => void
}

function OutsiderForm({ initialText, parties, onAdd, onCancel }: OutsiderFormProps) {
  const isAddress = initialText.includes('@')
  const [name, setName] = useState(isAddress ? '' : initialText)
  const [email, setEmail] = useState(isAddress ? initialText : '')
  const address = email.trim().toLowerCase()
  const isTaken = parties.some((party) => party.email !== '' && party.email.toLowerCase() === address)
  function submit(event: FormEvent) {
    event.preventDefault()
    if (!isTaken) onAdd(toSigner({ userId: null, name: name.trim(), email: address }))
  }
  return (
    <form onSubmit={submit} className="outsider-form">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          They get a personal link by e-mail and need no account.
        </Text>
        <Group align="flex-start" gap="sm">
          <TextInput
            required
            autoFocus={!name}
            flex="1 1 12rem"
            label="Name"
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            required
            autoFocus={Boolean(name)}
            flex="1 1 14rem"
            type="email"
            label="E-mail"
            maxLength={320}
            value={email}
            error={isTaken && 'This is the address of another party.'}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        </Group>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" disabled={!name.trim() || !address || isTaken}>
            Add
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Adds a member of the document, another account, or somebody without one. */
export function AddParty(props: AddPartyProps) {
  const [outsider, setOutsider] = useState<string | null>(null)
  if (outsider === null) return <PersonSearch {...props} onAddOutsider={setOutsider} />
  function add(party: PartyDraft) {
    props.onAdd(party)
    setOutsider(null)
  }
  return <OutsiderForm initialText={outsider} parties={props.parties} onAdd={add} onCancel={() => setOutsider(null)} />
}
