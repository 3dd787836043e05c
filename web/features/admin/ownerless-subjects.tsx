import { Button, Text, Title } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { request, queryClient } from '../../lib/api-client.ts'
import type { Ownerless, Page } from '../../lib/api-types.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'

const toSubjectPath = (subject: string) =>
  subject.startsWith('venture:') ? `/api/ventures/${subject.slice('venture:'.length)}` : `/api/documents/${subject}`

/** Documents and ventures whose owners are all suspended or deleted. Renders nothing if there are none. */
export function OwnerlessSubjects() {
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
