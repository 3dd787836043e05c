import '../../ui/unread-count.css'
import { ActionIcon, Tooltip } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { FileSignature } from 'lucide-react'
import { useEffect } from 'react'
import { Link } from 'wouter'
import { queryClient, request } from '../../lib/api-client.ts'
import type { Envelope, Page } from '../../lib/api-types.ts'
import { onServerEvent } from '../../lib/event-stream.ts'

const maxCount = 20

/** The number of envelopes in which it is the user's turn. A notification says when it may have changed. */
function useWaitingCount(): number {
  const waiting = useQuery({
    queryKey: ['envelopes', 'count'],
    queryFn: ({ signal }) => request<Page<Envelope>>('GET', `/api/legal/envelopes?waitingForMe=true&limit=${maxCount}`, { signal }),
    staleTime: 60_000,
  })
  useEffect(
    () =>
      onServerEvent(({ event, data }) => {
        const { type } = (data['notification'] ?? {}) as { type?: string }
        if (event === 'notification.created' && /^signing\.|^legal\.document\./.test(type ?? ''))
          void queryClient.invalidateQueries({ queryKey: ['envelopes'] })
      }),
    [],
  )
  return waiting.data?.items.length ?? 0
}

/** A link to the envelopes, with the number of those that wait for the user. */
export function EnvelopesLink() {
  const count = useWaitingCount()
  const shown = count < maxCount ? String(count) : `${maxCount}+`
  return (
    <Tooltip label="Signatures">
      <ActionIcon
        component={Link}
        href="/envelopes"
        className="counted-icon"
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={count > 0 ? `Signatures, ${shown} waiting for you` : 'Signatures'}
      >
        <FileSignature size={20} aria-hidden="true" />
        {count > 0 && (
          <span className="unread-count" aria-hidden="true">
            {shown}
          </span>
        )}
      </ActionIcon>
    </Tooltip>
  )
}
