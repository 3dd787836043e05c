import { useMutation } from '@tanstack/react-query'
import { useCallback } from 'react'
import { ask, queries } from './client.ts'
import type { InboxRow } from './contract.ts'

interface Asking {
  path: string
  body?: unknown
}

/** What one does with lines of the inbox. What is put together is marked together. */
export interface Marking {
  problem: Error | null
  /** Asks, about one line. */
  mark: (row: InboxRow, what: 'read' | 'unread' | 'archive' | 'unarchive') => void
  /** Puts off until a moment; null brings back. */
  snooze: (row: InboxRow, until: string | null) => void
  readAll: () => void
  /** Says that one has looked at what is new. */
  seen: () => void
}

export function useMarking(): Marking {
  const { mutate, error } = useMutation({
    mutationFn: ({ path, body = {} }: Asking) => ask('PUT', `/api/notifications/${path}`, { body }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['inbox'] }),
  })
  const many = ({ count, group }: InboxRow) => (count > 1 ? { group } : null)
  return {
    problem: error,
    mark(row, what) {
      const body = many(row)
      if (body && (what === 'read' || what === 'archive')) mutate({ path: `${what}-all`, body })
      else mutate({ path: `${row.id}/${what}` })
    },
    snooze(row, until) {
      const body = many(row)
      if (body && until) mutate({ path: 'snooze-all', body: { ...body, until } })
      else mutate({ path: `${row.id}/snooze`, body: { until } })
    },
    readAll: () => mutate({ path: 'read-all' }),
    seen: useCallback(() => mutate({ path: 'seen-all' }), [mutate]),
  }
}
