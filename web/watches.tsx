import { Select, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { watchWords } from './bell.tsx'
import { ask, queries } from './client.ts'
import type { Page, TitledWatch } from './contract.ts'
import { explain } from './problem.ts'
import { say } from './toast.ts'

const key = ['inbox', 'watches']
const usual = 'usual'
const choices = [...Object.entries(watchWords).map(([value, { label }]) => ({ value, label })), { value: usual, label: 'As usual' }]

/** Of what one chose how much one hears. */
export function Watches() {
  const asked = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => ask<Page<TitledWatch>>('GET', '/api/notifications/watches?limit=100', { signal }),
  })
  const choosing = useMutation({
    mutationFn: ({ subject, level }: { subject: string; level: string }) =>
      level === usual
        ? ask<unknown>('DELETE', `/api/subjects/${subject}/watch`)
        : ask<unknown>('PUT', `/api/subjects/${subject}/watch`, { body: { level } }),
    onError: (error) => say(explain(error), 'red'),
    onSettled: (_, __, { subject }) => {
      void queries.invalidateQueries({ queryKey: ['watch', subject] })
      return queries.invalidateQueries({ queryKey: key })
    },
  })
  const rows = asked.data?.items ?? []
  return (
    <section className="preferences-part" aria-labelledby="watches">
      <h2 id="watches">Of single documents</h2>
      <Text size="sm" c="dimmed" mb="sm">
        {rows.length > 0
          ? 'What you chose at the bell of a document.'
          : 'You hear everything of what is yours, and of the rest what concerns you. The bell of a document changes that.'}
      </Text>
      {rows.length > 0 && (
        <table className="preferences-table">
          <tbody>
            {rows.map(({ subject, title, level }) => (
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
                    onChange={(value) => value && choosing.mutate({ subject, level: value })}
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
