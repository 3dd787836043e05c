/** The inbox: what one was told, put together by what it is about. */
import './documents.css'
import './inbox.css'
import { ActionIcon, Alert, Button, Group, Kbd, SegmentedControl, Skeleton, Text, Title, Tooltip } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { CheckCheck, Inbox as InboxSign, Settings2 } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Link, useSearchParams } from 'wouter'
import { ask, withQuery } from './client.ts'
import type { InboxRow, Page } from './contract.ts'
import { useCounts } from './counts.ts'
import { Header } from './header.tsx'
import { InboxLine } from './inbox-line.tsx'
import { LoadMore } from './load-more.tsx'
import { useTitle } from './lost.tsx'
import { useMarking } from './marking.ts'
import { explain } from './problem.ts'

const views = ['all', 'unread', 'snoozed', 'archived'] as const
type View = (typeof views)[number]
const words: Record<View, { label: string; empty: string }> = {
  all: { label: 'All', empty: 'Nothing here yet. When somebody shares something with you, mentions you or answers you, it is told here.' },
  unread: { label: 'Unread', empty: 'You have read it all.' },
  snoozed: { label: 'Snoozed', empty: 'Nothing is put off.' },
  archived: { label: 'Archived', empty: 'Nothing was put away.' },
}

function useList(view: View) {
  return useInfiniteQuery({
    queryKey: ['inbox', 'list', view],
    // what was put away, or off, comes back one by one
    queryFn: ({ pageParam, signal }) =>
      ask<Page<InboxRow>>(
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

/** Moves the keyboard to a line before or after the present one. */
function step(list: HTMLElement | null, by: number) {
  const links = [...(list?.querySelectorAll<HTMLElement>('.inbox-open') ?? [])]
  const at = links.findIndex((link) => link.closest('li')?.contains(document.activeElement))
  links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))]?.focus()
}
/** Presses a button of the line on which the keyboard is. */
const press = (what: string) => document.activeElement?.closest('li')?.querySelector<HTMLElement>(`[data-act="${what}"]`)?.click()

export function Inbox() {
  useTitle('Inbox')
  const [query, setQuery] = useSearchParams()
  const view = views.find((known) => known === query.get('show')) ?? 'all'
  const list = useList(view)
  const marking = useMarking()
  const { unread, unseen } = useCounts()
  const lines = useRef<HTMLUListElement>(null)
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []

  const { seen } = marking
  useEffect(() => {
    if (unseen > 0) seen()
  }, [unseen, seen])
  useHotkeys([
    ['j', () => step(lines.current, 1)],
    ['k', () => step(lines.current, -1)],
    ['ArrowDown', () => step(lines.current, 1)],
    ['ArrowUp', () => step(lines.current, -1)],
    ['e', () => press('archive')],
    ['u', () => press('read')],
    ['h', () => press('snooze')],
  ])

  return (
    <>
      <Header />
      <main id="main" className="page inbox" tabIndex={-1}>
        <Group justify="space-between" align="baseline" mb="md" wrap="nowrap">
          <Title order={1} className="greeting inbox-title">
            Inbox
          </Title>
          <Group gap="xs" wrap="nowrap">
            <Button
              variant="default"
              leftSection={<CheckCheck size={16} aria-hidden="true" />}
              disabled={unread === 0}
              onClick={marking.readAll}
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
          className="inbox-views"
          size="md"
          mb="md"
          aria-label="What is shown"
          value={view}
          onChange={(value) => setQuery(value === 'all' ? {} : { show: value }, { replace: true })}
          data={views.map((value) => ({ value, label: words[value].label }))}
        />
        {list.error && !list.data && (
          <Alert color="red" mb="lg">
            {explain(list.error)}{' '}
            <Button size="compact-sm" variant="subtle" onClick={() => void list.refetch()} loading={list.isFetching}>
              Try again
            </Button>
          </Alert>
        )}
        <div role="alert">{marking.problem && <Alert color="red">{explain(marking.problem)}</Alert>}</div>
        {list.isPending && (
          <div className="rows" role="status" aria-label="Loading your inbox">
            {[62, 44, 56].map((width) => (
              <div className="row" key={width}>
                <Skeleton w={38} h={38} radius="md" />
                <Skeleton h={14} w={`${width}%`} />
              </div>
            ))}
          </div>
        )}
        {list.data && rows.length === 0 && (
          <div className="empty">
            <InboxSign size={34} strokeWidth={1.4} aria-hidden="true" />
            <Text mt="sm">{words[view].empty}</Text>
          </div>
        )}
        {rows.length > 0 && (
          <ul
            className="rows"
            ref={lines}
            data-stale={list.isPlaceholderData || undefined}
            aria-label={`${words[view].label} notifications`}
          >
            {rows.map((row) => (
              <InboxLine key={row.id} row={row} view={view} marking={marking} />
            ))}
          </ul>
        )}
        <LoadMore list={list} />
        <p className="count inbox-keys" aria-hidden="true">
          <Kbd>j</Kbd> <Kbd>k</Kbd> move · <Kbd>Enter</Kbd> opens · <Kbd>u</Kbd> read or unread · <Kbd>h</Kbd> snooze · <Kbd>e</Kbd> archive
        </p>
      </main>
    </>
  )
}
