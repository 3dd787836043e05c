/** The bell: unread count, link to the inbox and, on a document, its watch level. */
import './inbox.css'
import { ActionIcon, Indicator, Menu, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Bell as BellIcon, BellOff, BellRing, Inbox as InboxIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { request, queryClient } from '../../lib/api-client.ts'
import type { Watch } from '../../lib/api-types.ts'
import { useUnreadCounts } from './unread-counts.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'

const formatCount = (unread: number) => (unread > 99 ? '99+' : String(unread))
const toInboxLabel = (unread: number) => (unread === 0 ? 'Inbox, nothing unread' : `Inbox, ${unread} unread`)

function UnreadIndicator({ unread, children }: { unread: number; children: ReactNode }) {
  return (
    <Indicator label={formatCount(unread)} disabled={unread === 0} size={18} offset={6} color="red" className="notification-bell">
      {children}
    </Indicator>
  )
}

/** The bell of the page header: a link to the inbox. */
export function NotificationBell() {
  const { unread } = useUnreadCounts()
  return (
    <UnreadIndicator unread={unread}>
      <ActionIcon component={Link} href="/inbox" variant="subtle" color="gray" size="lg" aria-label={toInboxLabel(unread)}>
        <BellIcon size={20} aria-hidden="true" />
      </ActionIcon>
    </UnreadIndicator>
  )
}

/** Labels of the watch levels. */
export const watchLevelLabels: Record<Watch['level'], { label: string; description: string }> = {
  watching: { label: 'Everything', description: 'All comments, suggestions and named versions' },
  participating: { label: 'What concerns me', description: 'Mentions, and threads I take part in' },
  muted: { label: 'Only my name', description: 'Mentions of me, and changes of my access' },
}
const levels = Object.keys(watchLevelLabels) as Watch['level'][]

/** The bell of a document: a link to the inbox and the watch level. */
export function DocumentBell({ documentName }: { documentName: string }) {
  const { unread } = useUnreadCounts()
  const path = `/api/subjects/${documentName}/watch`
  const watch = useQuery({ queryKey: ['watch', documentName], queryFn: ({ signal }) => request<Watch>('GET', path, { signal }) })
  const updating = useMutation({
    mutationFn: (level: string) => request<Watch>('PUT', path, { body: { level } }),
    onSuccess: (updated) => {
      queryClient.setQueryData(['watch', documentName], updated)
      void queryClient.invalidateQueries({ queryKey: ['inbox', 'watches'] })
    },
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })
  const level = (updating.isPending ? (updating.variables as Watch['level']) : watch.data?.level) ?? null
  const Icon = level === 'muted' ? BellOff : level === 'watching' ? BellRing : BellIcon
  return (
    <Menu position="bottom-end" width={290} radius="md" returnFocus>
      <Menu.Target>
        <span className="notification-bell-target">
          <UnreadIndicator unread={unread}>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Notifications: ${toInboxLabel(unread).toLowerCase()}`}>
              <Icon size={20} aria-hidden="true" />
            </ActionIcon>
          </UnreadIndicator>
        </span>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} href="/inbox" leftSection={<InboxIcon size={16} aria-hidden="true" />}>
          {unread === 0 ? 'Inbox' : `Inbox · ${unread} unread`}
        </Menu.Item>
        <Menu.Divider />
        <Menu.RadioGroup value={level ?? ''} onChange={(value) => updating.mutate(value)}>
          <Menu.Label>What I hear of this document</Menu.Label>
          {levels.map((value) => (
            <Menu.RadioItem key={value} value={value} disabled={level === null} closeMenuOnClick={false}>
              {watchLevelLabels[value].label}
              <Text size="xs" c="dimmed">
                {watchLevelLabels[value].description}
              </Text>
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  )
}
