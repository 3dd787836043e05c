import { ActionIcon, Menu, Text, Tooltip, VisuallyHidden } from '@mantine/core'
import {
  Archive,
  ArchiveRestore,
  AtSign,
  BadgeCheck,
  Bell,
  Clock,
  Coins,
  FileText,
  type LucideIcon,
  Mail,
  MailOpen,
  MessageCircle,
  MessageSquareText,
  PencilLine,
  Rocket,
  UsersRound,
} from 'lucide-react'
import { useLocation } from 'wouter'
import type { InboxRow } from './contract.ts'
import type { Marking } from './marking.ts'
import { ago, inFull } from './moment.ts'

const signs: Record<InboxRow['category'], LucideIcon> = {
  system: Bell,
  team: UsersRound,
  mention: AtSign,
  comment: MessageSquareText,
  suggestion: PencilLine,
  document: FileText,
  message: MessageCircle,
  venture: Rocket,
  legal: BadgeCheck,
  buz: Coins,
  payment: Coins,
  subscription: Coins,
  revenue: Coins,
}

/** Moments to which something may be put off, by the clock on this wall. */
function moments(now = new Date()): { label: string; until: Date }[] {
  const at = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour)
  const monday = (8 - now.getDay()) % 7 || 7
  return [
    { label: 'In an hour', until: new Date(now.getTime() + 3_600_000) },
    ...(now.getHours() < 17 ? [{ label: 'This evening', until: at(0, 18) }] : []),
    { label: 'Tomorrow morning', until: at(1, 9) },
    { label: 'Next Monday', until: at(monday, 9) },
  ]
}

interface Props {
  row: InboxRow
  view: 'all' | 'unread' | 'snoozed' | 'archived'
  marking: Marking
}

/** One line of the inbox: what was told, the way to it, and what one may do with it. */
export function InboxLine({ row, view, marking }: Props) {
  const [, go] = useLocation()
  const { summary, title, message, count, unread, arrivedAt, category, data, critical } = row
  const Sign = signs[category]
  const fresh = unread > 0
  const link = typeof data.link === 'string' && data.link.startsWith('/') ? data.link : null

  function open() {
    if (fresh) marking.mark(row, 'read')
    if (link) go(link)
  }
  return (
    <li className="inbox-line">
      <button type="button" className="row inbox-open" onClick={open}>
        <span className="inbox-sign" data-category={category} data-critical={critical || undefined}>
          <Sign size={19} aria-hidden="true" />
        </span>
        <span className="row-words">
          <span className="row-title inbox-words" data-unread={fresh || undefined}>
            {summary}
            {fresh && <VisuallyHidden>, unread</VisuallyHidden>}
          </span>
          {(message || count > 1) && (
            <span className="inbox-message">{count > 1 ? `${title}${message ? `: ${message}` : ''}` : message}</span>
          )}
          <span className="row-meta">
            <time dateTime={arrivedAt} title={inFull(arrivedAt)}>
              {view === 'snoozed'
                ? `comes back ${new Date(arrivedAt).toLocaleString('en', { weekday: 'short', hour: 'numeric', minute: '2-digit' })}`
                : ago(arrivedAt)}
            </time>
          </span>
        </span>
      </button>
      <span className="inbox-acts">
        {view !== 'archived' && view !== 'snoozed' && (
          <Tooltip label={fresh ? 'Mark as read' : 'Mark as unread'}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              data-act="read"
              aria-label={`${fresh ? 'Mark as read' : 'Mark as unread'}: ${summary}`}
              onClick={() => marking.mark(row, fresh ? 'read' : 'unread')}
            >
              {fresh ? <MailOpen size={18} aria-hidden="true" /> : <Mail size={18} aria-hidden="true" />}
            </ActionIcon>
          </Tooltip>
        )}
        {view === 'snoozed' && (
          <Tooltip label="Bring back now">
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={`Bring back: ${summary}`}
              onClick={() => marking.snooze(row, null)}
            >
              <Clock size={18} aria-hidden="true" />
            </ActionIcon>
          </Tooltip>
        )}
        {(view === 'all' || view === 'unread') && (
          <Menu position="bottom-end" width={220} radius="md" returnFocus>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" size="lg" data-act="snooze" aria-label={`Snooze: ${summary}`}>
                <Clock size={18} aria-hidden="true" />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>Tell me again</Menu.Label>
              {moments().map(({ label, until }) => (
                <Menu.Item
                  key={label}
                  onClick={() => marking.snooze(row, until.toISOString())}
                  rightSection={
                    <Text size="xs" c="dimmed">
                      {until.toLocaleString('en', { weekday: 'short', hour: 'numeric', minute: '2-digit' })}
                    </Text>
                  }
                >
                  {label}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        <Tooltip label={view === 'archived' ? 'Back into the inbox' : 'Archive'}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            data-act="archive"
            aria-label={`${view === 'archived' ? 'Back into the inbox' : 'Archive'}: ${summary}`}
            onClick={() => marking.mark(row, view === 'archived' ? 'unarchive' : 'archive')}
          >
            {view === 'archived' ? <ArchiveRestore size={18} aria-hidden="true" /> : <Archive size={18} aria-hidden="true" />}
          </ActionIcon>
        </Tooltip>
      </span>
    </li>
  )
}
