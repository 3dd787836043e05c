import '../deliveries/deliveries.css'
import './people-page.css'
import { Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { request, queryClient } from '../../lib/api-client.ts'
import type { Account } from '../../lib/api-types.ts'
import { usePagedQuery } from '../../lib/paged-query.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { useSession } from '../../lib/session.ts'
import { ListStatus } from '../../ui/list-status.tsx'
import { LoadMore } from '../../ui/load-more.tsx'
import { showToast } from '../../ui/toast.ts'
import { WorkspacePage } from '../../ui/workspace-page.tsx'
import { OwnerlessSubjects } from './ownerless-subjects.tsx'
import { type AccountChange, PersonRow } from './person-row.tsx'

function useAccountUpdate() {
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: AccountChange }) => request('PATCH', `/api/users/${id}`, { body: change }),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: ['ownerless'] })
      return queryClient.invalidateQueries({ queryKey: ['accounts'] })
    },
  })
}

/** All accounts of the installation. For administrators. */
export function PeoplePage() {
  const { user } = useSession()
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text.trim(), 200)
  const { list, items: accounts } = usePagedQuery<Account>({
    queryKey: ['accounts', q],
    path: '/api/accounts',
    query: { q, limit: 30 },
    keepsPrevious: true,
  })
  const updating = useAccountUpdate()
  return (
    <WorkspacePage title="People">
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
      <ListStatus list={list} isEmpty={accounts.length === 0} emptyText="Nobody is called that." />
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
    </WorkspacePage>
  )
}
