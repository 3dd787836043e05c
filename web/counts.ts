import { useQuery } from '@tanstack/react-query'
import { ask } from './client.ts'
import type { InboxCounts } from './contract.ts'

export const countsKey = ['inbox', 'counts']

/** How many wait in one's inbox: asked once, then told. */
export function useCounts(): InboxCounts {
  const asked = useQuery({
    queryKey: countsKey,
    queryFn: ({ signal }) => ask<InboxCounts>('GET', '/api/notifications/unread-count', { signal }),
    refetchOnWindowFocus: 'always',
  })
  return asked.data ?? { unread: 0, unseen: 0 }
}
