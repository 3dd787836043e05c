import { ActionIcon, Tooltip } from '@mantine/core'
import { Archive, ArchiveRestore, Clock, type LucideIcon, Mail, MailOpen } from 'lucide-react'
import type { InboxRow } from '../../lib/api-types.ts'
import type { InboxActions } from './inbox-actions.ts'
import type { InboxView } from './inbox-views.ts'
import { SnoozeMenu } from './snooze-menu.tsx'

interface ActionButtonProps {
  tooltip: string
  label: string
  icon: LucideIcon
  /** The action that a shortcut of the inbox triggers. */
  action?: 'read' | 'archive'
  onClick: () => void
}

function ActionButton({ tooltip, label, icon: Icon, action, onClick }: ActionButtonProps) {
  return (
    <Tooltip label={tooltip}>
      <ActionIcon variant="subtle" color="gray" size="lg" data-action={action} aria-label={label} onClick={onClick}>
        <Icon size={18} aria-hidden="true" />
      </ActionIcon>
    </Tooltip>
  )
}

interface InboxItemActionsProps {
  row: InboxRow
  view: InboxView
  actions: InboxActions
}

/** The buttons of a row. Which there are depends on the view. */
export function InboxItemActions({ row, view, actions }: InboxItemActionsProps) {
  const { summary, unread } = row
  const isActive = view === 'all' || view === 'unread'
  const markLabel = unread > 0 ? 'Mark as read' : 'Mark as unread'
  const archiveLabel = view === 'archived' ? 'Back into the inbox' : 'Archive'
  return (
    <span className="inbox-item-actions">
      {isActive && (
        <ActionButton
          tooltip={markLabel}
          label={`${markLabel}: ${summary}`}
          icon={unread > 0 ? MailOpen : Mail}
          action="read"
          onClick={() => actions.mark(row, unread > 0 ? 'read' : 'unread')}
        />
      )}
      {view === 'snoozed' && (
        <ActionButton tooltip="Bring back now" label={`Bring back: ${summary}`} icon={Clock} onClick={() => actions.snooze(row, null)} />
      )}
      {isActive && <SnoozeMenu summary={summary} onSnooze={(until) => actions.snooze(row, until.toISOString())} />}
      <ActionButton
        tooltip={archiveLabel}
        label={`${archiveLabel}: ${summary}`}
        icon={view === 'archived' ? ArchiveRestore : Archive}
        action="archive"
        onClick={() => actions.mark(row, view === 'archived' ? 'unarchive' : 'archive')}
      />
    </span>
  )
}
