import { useMutation } from '@tanstack/react-query'
import { useCallback } from 'react'
import { request, queryClient, withQuery } from '../../lib/api-client.ts'
import type { InboxRow, Page } from '../../lib/api-types.ts'
import { showUndoToast } from '../../ui/undo/undo-toast.tsx'

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

/** The most notifications of a group that are brought back together. */
const maxUndone = 100

const put = ({ path, body = {} }: InboxRequest) => request<unknown>('PUT', `/api/notifications/${path}`, { body })

/** The notifications of a row: itself, or those of its group that are in the inbox. */
async function listIds({ id, count, group }: InboxRow): Promise<string[]> {
  if (count <= 1) return [id]
  const { items } = await request<Page<InboxRow>>('GET', withQuery('/api/notifications', { group, limit: maxUndone }))
  return items.map((notification) => notification.id)
}

export function useInboxActions(): InboxActions {
  const { mutate, error } = useMutation({
    mutationFn: (step: () => Promise<unknown>) => step(),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['inbox'] }),
  })
  const send = useCallback((inboxRequest: InboxRequest) => mutate(() => put(inboxRequest)), [mutate])
  /** Archives a row, and offers to bring its notifications back. */
  async function archive(row: InboxRow) {
    const ids = await listIds(row)
    await put(row.count > 1 ? { path: 'archive-all', body: { group: row.group } } : { path: `${row.id}/archive` })
    showUndoToast(row.count > 1 ? `${row.count} notifications archived.` : 'Archived.', () =>
      mutate(() => Promise.all(ids.map((id) => put({ path: `${id}/unarchive` })))),
    )
  }
  const toGroupBody = ({ count, group }: InboxRow) => (count > 1 ? { group } : null)
  return {
    error,
    mark(row, action) {
      const body = toGroupBody(row)
      if (action === 'archive') mutate(() => archive(row))
      else if (body && action === 'read') send({ path: 'read-all', body })
      else send({ path: `${row.id}/${action}` })
    },
    snooze(row, until) {
      const body = toGroupBody(row)
      if (body && until) send({ path: 'snooze-all', body: { ...body, until } })
      else send({ path: `${row.id}/snooze`, body: { until } })
    },
    markAllRead: () => send({ path: 'read-all' }),
    markSeen: useCallback(() => send({ path: 'seen-all' }), [send]),
  }
}
