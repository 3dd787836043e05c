/** The inbox: notifications, grouped by subject. */
import '../documents/documents-page.css'
import './inbox.css'
import { ActionIcon, Alert, Button, Group, Kbd, SegmentedControl, Skeleton, Text, Title, Tooltip } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { CheckCheck, Inbox as InboxIcon, Settings2 } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Link, useSearchParams } from 'wouter'
import { request, withQuery } from '../../lib/api-client.ts'
import type { InboxRow, Page } from '../../lib/api-types.ts'
import { useUnreadCounts } from './unread-counts.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { InboxItem } from './inbox-item.tsx'
import { LoadMore } from '../../ui/load-more.tsx'
import { usePageTitle } from '../../lib/page-title.ts'
import { useInboxActions } from './inbox-actions.ts'
import { toErrorMessage } from '../../lib/problem.ts'

const views = ['all', 'unread', 'snoozed', 'archived'] as const
type View = (typeof views)[number]
const viewLabels: Record<View, { label: string; empty: string }> = {
  all: { label: 'All', empty: 'Nothing here yet. When somebody shares something with you, mentions you or answers you, it is told here.' },
  unread: { label: 'Unread', empty: 'You have read it all.' },
  snoozed: { label: 'Snoozed', empty: 'Nothing is put off.' },
  archived: { label: 'Archived', empty: 'Nothing was put away.' },
}

function useInboxList(view: View) {
  return useInfiniteQuery({
    queryKey: ['inbox', 'list', view],
    // Archived and snoozed notifications are listed one by one.
    queryFn: ({ pageParam, signal }) =>
      request<Page<InboxRow>>(
        'GET',
        withQuery('/api/notifications', {
          status: view,
          grouped: view === 'all' || view === 'unread' ? 'true' : null,
          cursor: pageParam,
          limit: 30,
        }),
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  })
}

/** Moves the focus to a row before or after the focused one. */
function moveFocus(list: HTMLElement | null, offset: number) {
  const links = [...(list?.querySelectorAll<HTMLElement>('.inbox-item-button') ?? [])]
  const focusedIndex = links.findIndex((link) => link.closest('li')?.contains(document.activeElement))
  links[Math.max(0, Math.min(links.length - 1, focusedIndex < 0 ? 0 : focusedIndex + offset))]?.focus()
}
/** Clicks a button of the focused row. */
const clickAction = (action: string) =>
  document.activeElement?.closest('li')?.querySelector<HTMLElement>(`[data-action="${action}"]`)?.click()

export function InboxPage() {
  usePageTitle('Inbox')
  const [query, setQuery] = useSearchParams()
  const view = views.find((known) => known === query.get('show')) ?? 'all'
  const list = useInboxList(view)
  const actions = useInboxActions()
  const { unread, unseen } = useUnreadCounts()
  const listRef = useRef<HTMLUListElement>(null)
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []

  const { markSeen } = actions
  useEffect(() => {
    if (unseen > 0) markSeen()
  }, [unseen, markSeen])
  useHotkeys([
    ['j', () => moveFocus(listRef.current, 1)],
    ['k', () => moveFocus(listRef.current, -1)],
    ['ArrowDown', () => moveFocus(listRef.current, 1)],
    ['ArrowUp', () => moveFocus(listRef.current, -1)],
    ['e', () => clickAction('archive')],
    ['u', () => clickAction('read')],
    ['h', () => clickAction('snooze')],
  ])

  return (
    <>
      <PageHeader />
      <main id="main" className="page inbox" tabIndex={-1}>
        <Group justify="space-between" align="baseline" mb="md" wrap="nowrap">
          <Title order={1} className="page-title">
            Inbox
          </Title>
          <Group gap="xs" wrap="nowrap">
            <Button
              variant="default"
              leftSection={<CheckCheck size={16} aria-hidden="true" />}
              disabled={unread === 0}
              onClick={actions.markAllRead}
            >
              Read all
            </Button>
            <Tooltip label="What I want to hear, and how">
              <ActionIcon component={Link} href="/inbox/preferences" variant="default" size="lg" aria-label="Preferences">
                <Settings2 size={18} aria-hidden="true" />
              </ActionIcon>
            </Tooltip>
          </Group>
        </Group>
        <SegmentedControl
          className="inbox-view-switch"
          size="md"
          mb="md"
          aria-label="What is shown"
          value={view}
          onChange={(value) => setQuery(value === 'all' ? {} : { show: value }, { replace: true })}
          data={views.map((value) => ({ value, label: viewLabels[value].label }))}
        />
        {list.error && !list.data && (
          <Alert color="red" mb="lg">
            {toErrorMessage(list.error)}{' '}
            <Button size="compact-sm" variant="subtle" onClick={() => void list.refetch()} loading={list.isFetching}>
              Try again
            </Button>
          </Alert>
        )}
        <div role="alert">{actions.error && <Alert color="red">{toErrorMessage(actions.error)}</Alert>}</div>
        {list.isPending && (
          <div className="list" role="status" aria-label="Loading your inbox">
            {[62, 44, 56].map((width) => (
              <div className="list-row" key={width}>
                <Skeleton w={38} h={38} radius="md" />
                <Skeleton h={14} w={`${width}%`} />
              </div>
            ))}
          </div>
        )}
        {list.data && rows.length === 0 && (
          <div className="empty-state">
            <InboxIcon size={34} strokeWidth={1.4} aria-hidden="true" />
            <Text mt="sm">{viewLabels[view].empty}</Text>
          </div>
        )}
        {rows.length > 0 && (
          <ul
            className="list"
            ref={listRef}
            data-stale={list.isPlaceholderData || undefined}
            aria-label={`${viewLabels[view].label} notifications`}
          >
            {rows.map((row) => (
              <InboxItem key={row.id} row={row} view={view} actions={actions} />
            ))}
          </ul>
        )}
        <LoadMore list={list} />
        <p className="list-status inbox-shortcuts" aria-hidden="true">
          <Kbd>j</Kbd> <Kbd>k</Kbd> move · <Kbd>Enter</Kbd> opens · <Kbd>u</Kbd> read or unread · <Kbd>h</Kbd> snooze · <Kbd>e</Kbd> archive
        </p>
      </main>
    </>
  )
}
