import { useMutation } from '@tanstack/react-query'
import { useCallback } from 'react'
import { request, queryClient } from '../../lib/api-client.ts'
import type { InboxRow } from '../../lib/api-types.ts'

interface InboxRequest {
  path: string
  body?: unknown
}

/** Actions on inbox rows. A row of grouped notifications changes them together. */
export interface InboxActions {
  error: Error | null
  /** Marks one row. */
  mark: (row: InboxRow, action: 'read' | 'unread' | 'archive' | 'unarchive') => void
  /** Snoozes until a time; null ends it. */
  snooze: (row: InboxRow, until: string | null) => void
  markAllRead: () => void
  /** Marks the new notifications as seen. */
  markSeen: () => void
}

export function useInboxActions(): InboxActions {
  const { mutate, error } = useMutation({
    mutationFn: ({ path, body = {} }: InboxRequest) => request('PUT', `/api/notifications/${path}`, { body }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['inbox'] }),
  })
  const toGroupBody = ({ count, group }: InboxRow) => (count > 1 ? { group } : null)
  return {
    error,
    mark(row, action) {
      const body = toGroupBody(row)
      if (body && (action === 'read' || action === 'archive')) mutate({ path: `${action}-all`, body })
      else mutate({ path: `${row.id}/${action}` })
    },
    snooze(row, until) {
      const body = toGroupBody(row)
      if (body && until) mutate({ path: 'snooze-all', body: { ...body, until } })
      else mutate({ path: `${row.id}/snooze`, body: { until } })
    },
    markAllRead: () => mutate({ path: 'read-all' }),
    markSeen: useCallback(() => mutate({ path: 'seen-all' }), [mutate]),
  }
}
