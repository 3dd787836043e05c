/** The bell: how much is unread, the way to the inbox, and of a document how much one hears of it. */
import './inbox.css'
import { ActionIcon, Indicator, Menu, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Bell as BellSign, BellOff, BellRing, Inbox as InboxSign } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { ask, queries } from './client.ts'
import type { Watch } from './contract.ts'
import { useCounts } from './counts.ts'
import { explain } from './problem.ts'
import { say } from './toast.ts'

const shown = (unread: number) => (unread > 99 ? '99+' : String(unread))
const inWords = (unread: number) => (unread === 0 ? 'Inbox, nothing unread' : `Inbox, ${unread} unread`)

function Counted({ unread, children }: { unread: number; children: ReactNode }) {
  return (
    <Indicator label={shown(unread)} disabled={unread === 0} size={18} offset={6} color="red" className="bell">
      {children}
    </Indicator>
  )
}

/** In the bar of the pages: the way to the inbox. */
export function Bell() {
  const { unread } = useCounts()
  return (
    <Counted unread={unread}>
      <ActionIcon component={Link} href="/inbox" variant="subtle" color="gray" size="lg" aria-label={inWords(unread)}>
        <BellSign size={20} aria-hidden="true" />
      </ActionIcon>
    </Counted>
  )
}

/** How much one hears, in words. */
export const watchWords: Record<Watch['level'], { label: string; what: string }> = {
  watching: { label: 'Everything', what: 'All comments, suggestions and named versions' },
  participating: { label: 'What concerns me', what: 'Mentions, and threads I take part in' },
  muted: { label: 'Only my name', what: 'Mentions of me, and changes of my access' },
}
const levels = Object.keys(watchWords) as Watch['level'][]

/** In the bar of a document: the way to the inbox, and how much one wants to hear of it. */
export function DocumentBell({ documentName }: { documentName: string }) {
  const { unread } = useCounts()
  const path = `/api/subjects/${documentName}/watch`
  const watch = useQuery({ queryKey: ['watch', documentName], queryFn: ({ signal }) => ask<Watch>('GET', path, { signal }) })
  const choosing = useMutation({
    mutationFn: (level: string) => ask<Watch>('PUT', path, { body: { level } }),
    onSuccess: (now) => {
      queries.setQueryData(['watch', documentName], now)
      void queries.invalidateQueries({ queryKey: ['inbox', 'watches'] })
    },
    onError: (error) => say(explain(error), 'red'),
  })
  const level = (choosing.isPending ? (choosing.variables as Watch['level']) : watch.data?.level) ?? null
  const Sign = level === 'muted' ? BellOff : level === 'watching' ? BellRing : BellSign
  return (
    <Menu position="bottom-end" width={290} radius="md" returnFocus>
      <Menu.Target>
        <span className="bell-place">
          <Counted unread={unread}>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Notifications: ${inWords(unread).toLowerCase()}`}>
              <Sign size={20} aria-hidden="true" />
            </ActionIcon>
          </Counted>
        </span>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} href="/inbox" leftSection={<InboxSign size={16} aria-hidden="true" />}>
          {unread === 0 ? 'Inbox' : `Inbox · ${unread} unread`}
        </Menu.Item>
        <Menu.Divider />
        <Menu.RadioGroup value={level ?? ''} onChange={(value) => choosing.mutate(value)}>
          <Menu.Label>What I hear of this document</Menu.Label>
          {levels.map((value) => (
            <Menu.RadioItem key={value} value={value} disabled={level === null} closeMenuOnClick={false}>
              {watchWords[value].label}
              <Text size="xs" c="dimmed">
                {watchWords[value].what}
              </Text>
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  )
}
