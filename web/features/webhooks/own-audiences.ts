import { useQuery } from '@tanstack/react-query'
import { request } from '../../lib/api-client.ts'
import type { Page, Role, Venture } from '../../lib/api-types.ts'
import { useSession } from '../../lib/session.ts'

interface OwnedItem {
  id: string
  name: string
  role: Role
}

/** The audiences that the user may register webhooks for: owned ventures and spaces, the user, and for administrators the platform. */
export function useOwnAudiences(): { value: string; label: string }[] {
  const { user } = useSession()
  const ventures = useQuery({
    queryKey: ['ventures'],
    queryFn: ({ signal }) => request<Page<Venture>>('GET', '/api/ventures?limit=100', { signal }),
  })
  const spaces = useQuery({
    queryKey: ['spaces'],
    queryFn: ({ signal }) => request<Page<OwnedItem>>('GET', '/api/spaces?limit=100', { signal }),
  })
  const owned = (kind: string, word: string, items: readonly OwnedItem[] = []) =>
    items.filter(({ role }) => role === 'owner').map(({ id, name }) => ({ value: `${kind}:${id}`, label: `${word}: ${name}` }))
  return [
    ...(user ? [{ value: `user:${user.id}`, label: 'What I myself am told' }] : []),
    ...owned('venture', 'Venture', ventures.data?.items),
    ...owned('space', 'Space', spaces.data?.items),
    ...(user?.role === 'admin' ? [{ value: 'platform', label: 'What is announced to everybody' }] : []),
  ]
}
