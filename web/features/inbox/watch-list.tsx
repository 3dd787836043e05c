import { Select, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { watchLevelLabels } from './notification-bell.tsx'
import { request, queryClient } from '../../lib/api-client.ts'
import type { Page, TitledWatch } from '../../lib/api-types.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'

const key = ['inbox', 'watches']
const defaultLevel = 'usual'
const choices = [
  ...Object.entries(watchLevelLabels).map(([value, { label }]) => ({ value, label })),
  { value: defaultLevel, label: 'As usual' },
]

/** The documents with a watch level of their own. */
export function WatchList() {
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => request<Page<TitledWatch>>('GET', '/api/notifications/watches?limit=100', { signal }),
  })
  const updating = useMutation({
    mutationFn: ({ subject, level }: { subject: string; level: string }) =>
      level === defaultLevel
        ? request<unknown>('DELETE', `/api/subjects/${subject}/watch`)
        : request<unknown>('PUT', `/api/subjects/${subject}/watch`, { body: { level } }),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    onSettled: (_, __, { subject }) => {
      void queryClient.invalidateQueries({ queryKey: ['watch', subject] })
      return queryClient.invalidateQueries({ queryKey: key })
    },
  })
  const watches = query.data?.items ?? []
  return (
    <section className="preferences-section" aria-labelledby="watches">
      <h2 id="watches">Of single documents</h2>
      <Text size="sm" c="dimmed" mb="sm">
        {watches.length > 0
          ? 'What you chose at the bell of a document.'
          : 'You hear everything of what is yours, and of the rest what concerns you. The bell of a document changes that.'}
      </Text>
      {watches.length > 0 && (
        <table className="preferences-table">
          <tbody>
            {watches.map(({ subject, title, level }) => (
              <tr key={subject}>
                <th scope="row">
                  <Link href={`/documents/${subject.replace(/^venture:/, 'plan:')}`}>{title || 'Untitled'}</Link>
                </th>
                <td style={{ width: '12rem' }}>
                  <Select
                    aria-label={`What I hear of ${title || 'Untitled'}`}
                    data={choices}
                    value={level}
                    allowDeselect={false}
                    onChange={(value) => value && updating.mutate({ subject, level: value })}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
