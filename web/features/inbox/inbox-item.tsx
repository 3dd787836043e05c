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
import type { InboxRow } from '../../lib/api-types.ts'
import type { InboxActions } from './inbox-actions.ts'
import { formatRelativeTime, formatDateTime } from '../../lib/time-format.ts'

/** Categories without an icon of their own show a bell. */
const categoryIcons: Record<string, LucideIcon> = {
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

/** The times to snooze until, in the browser's time zone. */
function listSnoozeOptions(now = new Date()): { label: string; until: Date }[] {
  const atHour = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour)
  const monday = (8 - now.getDay()) % 7 || 7
  return [
    { label: 'In an hour', until: new Date(now.getTime() + 3_600_000) },
    ...(now.getHours() < 17 ? [{ label: 'This evening', until: atHour(0, 18) }] : []),
    { label: 'Tomorrow morning', until: atHour(1, 9) },
    { label: 'Next Monday', until: atHour(monday, 9) },
  ]
}

interface InboxItemProps {
  row: InboxRow
  view: 'all' | 'unread' | 'snoozed' | 'archived'
  actions: InboxActions
}

/** One row of the inbox: summary, link, actions. */
export function InboxItem({ row, view, actions }: InboxItemProps) {
  const [, navigate] = useLocation()
  const { summary, title, message, count, unread, arrivedAt, category, data, critical } = row
  const Icon = categoryIcons[category] ?? Bell
  const isUnread = unread > 0
  const link = typeof data.link === 'string' && data.link.startsWith('/') ? data.link : null

  function openLink() {
    if (isUnread) actions.mark(row, 'read')
    if (link) navigate(link)
  }
  return (
    <li className="inbox-item">
      <button type="button" className="list-row inbox-item-button" onClick={openLink}>
        <span className="inbox-item-icon" data-category={category} data-critical={critical || undefined}>
          <Icon size={19} aria-hidden="true" />
        </span>
        <span className="list-row-content">
          <span className="list-row-title" data-unread={isUnread || undefined}>
            {summary}
            {isUnread && <VisuallyHidden>, unread</VisuallyHidden>}
          </span>
          {(message || count > 1) && (
            <span className="inbox-item-message">{count > 1 ? `${title}${message ? `: ${message}` : ''}` : message}</span>
          )}
          <span className="list-row-meta">
            <time dateTime={arrivedAt} title={formatDateTime(arrivedAt)}>
              {view === 'snoozed'
                ? `comes back ${new Date(arrivedAt).toLocaleString('en', { weekday: 'short', hour: 'numeric', minute: '2-digit' })}`
                : formatRelativeTime(arrivedAt)}
            </time>
          </span>
        </span>
      </button>
      <span className="inbox-item-actions">
        {view !== 'archived' && view !== 'snoozed' && (
          <Tooltip label={isUnread ? 'Mark as read' : 'Mark as unread'}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              data-action="read"
              aria-label={`${isUnread ? 'Mark as read' : 'Mark as unread'}: ${summary}`}
              onClick={() => actions.mark(row, isUnread ? 'read' : 'unread')}
            >
              {isUnread ? <MailOpen size={18} aria-hidden="true" /> : <Mail size={18} aria-hidden="true" />}
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
              onClick={() => actions.snooze(row, null)}
            >
              <Clock size={18} aria-hidden="true" />
            </ActionIcon>
          </Tooltip>
        )}
        {(view === 'all' || view === 'unread') && (
          <Menu position="bottom-end" width={220} radius="md" returnFocus>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" size="lg" data-action="snooze" aria-label={`Snooze: ${summary}`}>
                <Clock size={18} aria-hidden="true" />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>Tell me again</Menu.Label>
              {listSnoozeOptions().map(({ label, until }) => (
                <Menu.Item
                  key={label}
                  onClick={() => actions.snooze(row, until.toISOString())}
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
            data-action="archive"
            aria-label={`${view === 'archived' ? 'Back into the inbox' : 'Archive'}: ${summary}`}
            onClick={() => actions.mark(row, view === 'archived' ? 'unarchive' : 'archive')}
          >
            {view === 'archived' ? <ArchiveRestore size={18} aria-hidden="true" /> : <Archive size={18} aria-hidden="true" />}
          </ActionIcon>
        </Tooltip>
      </span>
    </li>
  )
}
