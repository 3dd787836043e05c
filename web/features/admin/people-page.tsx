import '../deliveries/deliveries.css'
import './people-page.css'
import { ActionIcon, Alert, Badge, Button, Group, Loader, Menu, Text, TextInput, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { MoreHorizontal, Search } from 'lucide-react'
import { useState } from 'react'
import { request, queryClient, withQuery } from '../../lib/api-client.ts'
import type { Account, Ownerless, Page } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { LoadMore } from '../../ui/load-more.tsx'
import { usePageTitle } from '../../lib/page-title.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { useSession } from '../../lib/session.ts'
import { showToast } from '../../ui/toast.ts'

type AccountChange = Partial<Pick<Account, 'role' | 'status'>>

interface PersonRowProps {
  person: Account
  isSelf: boolean
  isBusy: boolean
  onChange: (change: AccountChange) => void
}

/** An account, with its role and status to change. */
function PersonRow({ person: { id, name, email, role, status }, isSelf, isBusy, onChange }: PersonRowProps) {
  const [isAdmin, isSuspended] = [role === 'admin', status === 'suspended']
  return (
    <li className="person-row">
      <Avatar id={id} name={name} size={34} />
      <span className="delivery-content">
        <Group gap={8}>
          <span className="delivery-title">
            {name}
            {isSelf && ' (you)'}
          </span>
          {isAdmin && <Badge variant="light">Administrator</Badge>}
          {isSuspended && (
            <Badge variant="light" color="red">
              Suspended
            </Badge>
          )}
        </Group>
        <span className="delivery-target">{email}</span>
      </span>
      <Menu position="bottom-end" width={220} radius="md">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Manage ${name}`} loading={isBusy}>
            <MoreHorizontal size={18} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onChange({ role: isAdmin ? 'member' : 'admin' })}>
            {isAdmin ? 'Remove as administrator' : 'Make administrator'}
          </Menu.Item>
          <Menu.Item onClick={() => onChange({ status: isSuspended ? 'active' : 'suspended' })}>
            {isSuspended ? 'Reactivate' : 'Suspend'}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  )
}

const toSubjectPath = (subject: string) =>
  subject.startsWith('venture:') ? `/api/ventures/${subject.slice('venture:'.length)}` : `/api/documents/${subject}`

/** Documents and ventures whose owners are all suspended or deleted. Renders nothing if there are none. */
function OwnerlessSubjects() {
  const list = useQuery({
    queryKey: ['ownerless'],
    queryFn: ({ signal }) => request<Page<Ownerless>>('GET', '/api/access/ownerless?limit=100', { signal }),
  })
  const becomingOwner = useMutation({
    mutationFn: (subject: string) => request('PUT', `${toSubjectPath(subject)}/members/me`, { body: { role: 'owner' } }),
    onSuccess: () => showToast('You are the owner now. Share it to name another one.'),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['ownerless'] }),
  })
  const documents = list.data?.items.filter(({ subject }) => !subject.startsWith('clause:')) ?? []
  if (documents.length === 0) return null
  return (
    <section aria-labelledby="ownerless">
      <Title order={2} id="ownerless" fz="1.2rem" mt="xl">
        Without an active owner
      </Title>
      <Text c="dimmed" mb="sm">
        The owners are suspended or deleted. Become the owner to open it and to share it.
      </Text>
      <ul className="delivery-list">
        {documents.map(({ subject, title }) => (
          <li key={subject} className="person-row">
            <span className="delivery-content">
              <span className="delivery-title">{title ?? subject}</span>
            </span>
            <Button
              size="xs"
              variant="default"
              aria-label={`Become the owner of ${title ?? subject}`}
              loading={becomingOwner.isPending && becomingOwner.variables === subject}
              onClick={() => becomingOwner.mutate(subject)}
            >
              Become the owner
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** All accounts of the installation. For administrators. */
export function PeoplePage() {
  usePageTitle('People')
  const { user } = useSession()
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text.trim(), 200)
  const list = useInfiniteQuery({
    queryKey: ['accounts', q],
    queryFn: ({ pageParam, signal }) =>
      request<Page<Account>>('GET', withQuery('/api/accounts', { q, cursor: pageParam, limit: 30 }), { signal }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
  })
  const updating = useMutation({
    mutationFn: ({ id, change }: { id: string; change: AccountChange }) => request('PATCH', `/api/users/${id}`, { body: change }),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: ['ownerless'] })
      return queryClient.invalidateQueries({ queryKey: ['accounts'] })
    },
  })
  const accounts = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <>
      <PageHeader />
      <main id="main" className="page" tabIndex={-1}>
        <Title order={1} fz="1.8rem">
          People
        </Title>
        <Text c="dimmed" mb="lg">
          Everybody with an account here. A suspended person is signed out at once, and can be reactivated.
        </Text>
        <TextInput
          mb="md"
          aria-label="Search people"
          placeholder="Name or whole e-mail address"
          leftSection={<Search size={16} aria-hidden="true" />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {list.isPending && <Loader type="dots" aria-label="Loading" />}
        {list.error && <Alert color="red">{toErrorMessage(list.error)}</Alert>}
        {list.data && accounts.length === 0 && (
          <Text role="status" c="dimmed">
            Nobody is called that.
          </Text>
        )}
        {accounts.length > 0 && (
          <ul className="delivery-list" aria-label="People">
            {accounts.map((person) => (
              <PersonRow
                key={person.id}
                person={person}
                isSelf={person.id === user?.id}
                isBusy={updating.isPending && updating.variables.id === person.id}
                onChange={(change) => updating.mutate({ id: person.id, change })}
              />
            ))}
          </ul>
        )}
        <LoadMore list={list} />
        <OwnerlessSubjects />
      </main>
    </>
  )
}
