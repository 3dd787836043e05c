import { VisuallyHidden } from '@mantine/core'
import {
  AtSign,
  BadgeCheck,
  Bell,
  Coins,
  FileText,
  type LucideIcon,
  MessageCircle,
  MessageSquareText,
  PencilLine,
  Rocket,
  UsersRound,
} from 'lucide-react'
import { useLocation } from 'wouter'
import type { InboxRow } from '../../lib/api-types.ts'
import type { InboxActions } from './inbox-actions.ts'
import { InboxItemActions } from './inbox-item-actions.tsx'
import type { InboxView } from './inbox-views.ts'
import { formatSnoozeEnd } from './snooze-menu.tsx'
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

interface InboxItemProps {
  row: InboxRow
  view: InboxView
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
              {view === 'snoozed' ? `comes back ${formatSnoozeEnd(new Date(arrivedAt))}` : formatRelativeTime(arrivedAt)}
            </time>
          </span>
        </span>
      </button>
      <InboxItemActions row={row} view={view} actions={actions} />
    </li>
  )
}
