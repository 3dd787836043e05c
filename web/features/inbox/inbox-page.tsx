/** The inbox: notifications, grouped by subject. */
import '../documents/documents-page.css'
import './inbox.css'
import { ActionIcon, Button, Group, SegmentedControl, Skeleton, Text, Title, Tooltip } from '@mantine/core'
import { CheckCheck, Inbox as InboxIcon, Settings2 } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Link, useSearchParams } from 'wouter'
import type { InboxRow } from '../../lib/api-types.ts'
import { useUnreadCounts } from './unread-counts.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { InboxItem } from './inbox-item.tsx'
import { InboxShortcuts, useInboxShortcuts } from './inbox-shortcuts.tsx'
import { type InboxView, inboxViewLabels, inboxViews } from './inbox-views.ts'
import { FormError } from '../../ui/form.tsx'
import { LoadError } from '../../ui/load-error.tsx'
import { LoadMore } from '../../ui/load-more.tsx'
import { usePagedQuery } from '../../lib/paged-query.ts'
import { usePageTitle } from '../../lib/page-title.ts'
import { useInboxActions } from './inbox-actions.ts'
import { toErrorMessage } from '../../lib/problem.ts'

/** Archived and snoozed notifications are listed one by one. */
const useInboxList = (view: InboxView) =>
  usePagedQuery<InboxRow>({
    queryKey: ['inbox', 'list', view],
    path: '/api/notifications',
    query: { status: view, grouped: view === 'all' || view === 'unread' ? 'true' : null, limit: 30 },
    keepsPrevious: true,
  })

function InboxHeader({ hasUnread, onReadAll }: { hasUnread: boolean; onReadAll: () => void }) {
  return (
    <Group justify="space-between" align="baseline" mb="md" wrap="nowrap">
      <Title order={1} className="page-title">
        Inbox
      </Title>
      <Group gap="xs" wrap="nowrap">
        <Button variant="default" leftSection={<CheckCheck size={16} aria-hidden="true" />} disabled={!hasUnread} onClick={onReadAll}>
          Read all
        </Button>
        <Tooltip label="What I want to hear, and how">
          <ActionIcon component={Link} href="/inbox/preferences" variant="default" size="lg" aria-label="Preferences">
            <Settings2 size={18} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
      </Group>
    </Group>
  )
}

function InboxSkeleton() {
  return (
    <div className="list" role="status" aria-label="Loading your inbox">
      {[62, 44, 56].map((width) => (
        <div className="list-row" key={width}>
          <Skeleton w={38} h={38} radius="md" />
          <Skeleton h={14} w={`${width}%`} />
        </div>
      ))}
    </div>
  )
}

/** The inbox page. The view is part of the URL. */
export function InboxPage() {
  usePageTitle('Inbox')
  const [query, setQuery] = useSearchParams()
  const view = inboxViews.find((known) => known === query.get('show')) ?? 'all'
  const { list, items: rows } = useInboxList(view)
  const actions = useInboxActions()
  const { unread, unseen } = useUnreadCounts()
  const listRef = useRef<HTMLUListElement>(null)
  const { label: viewLabel, empty } = inboxViewLabels[view]

  const { markSeen } = actions
  useEffect(() => {
    if (unseen > 0) markSeen()
  }, [unseen, markSeen])
  useInboxShortcuts(listRef)

  return (
    <>
      <PageHeader />
      <main id="main" className="page" tabIndex={-1}>
        <InboxHeader hasUnread={unread > 0} onReadAll={actions.markAllRead} />
        <SegmentedControl
          className="inbox-view-switch"
          size="md"
          mb="md"
          aria-label="What is shown"
          value={view}
          onChange={(value) => setQuery(value === 'all' ? {} : { show: value }, { replace: true })}
          data={inboxViews.map((value) => ({ value, label: inboxViewLabels[value].label }))}
        />
        {list.error && !list.data && <LoadError query={list} mb="lg" />}
        <FormError message={actions.error && toErrorMessage(actions.error)} />
        {list.isPending && <InboxSkeleton />}
        {list.data && rows.length === 0 && (
          <div className="empty-state">
            <InboxIcon size={34} strokeWidth={1.4} aria-hidden="true" />
            <Text mt="sm">{empty}</Text>
          </div>
        )}
        {rows.length > 0 && (
          <ul className="list" ref={listRef} data-stale={list.isPlaceholderData || undefined} aria-label={`${viewLabel} notifications`}>
            {rows.map((row) => (
              <InboxItem key={row.id} row={row} view={view} actions={actions} />
            ))}
          </ul>
        )}
        <LoadMore list={list} />
        <InboxShortcuts />
      </main>
    </>
  )
}
