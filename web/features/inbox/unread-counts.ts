import { useQuery } from '@tanstack/react-query'
import { request } from '../../lib/api-client.ts'
import type { InboxCounts } from '../../lib/api-types.ts'

export const countsKey = ['inbox', 'counts']

/** The unread and unseen counts: fetched once, then updated by events. */
export function useUnreadCounts(): InboxCounts {
  const query = useQuery({
    queryKey: countsKey,
    queryFn: ({ signal }) => request<InboxCounts>('GET', '/api/notifications/unread-count', { signal }),
    refetchOnWindowFocus: 'always',
  })
  return query.data ?? { unread: 0, unseen: 0 }
}
