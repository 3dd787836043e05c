import { ActionIcon, Menu } from '@mantine/core'
import { EllipsisVertical, Undo2 } from 'lucide-react'
import type { EditSession } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { formatTime, formatDateTime } from '../../lib/time-format.ts'
import { toAuthorName } from './history-queries.ts'

interface EditSessionRowProps {
  editSession: EditSession
  isSelected: boolean
  /** Absent without write access. */
  onUndo?: ((author: EditSession['authors'][number]) => void) | undefined
  onSelect: () => void
}

/** The time range, shortened to one time if start and end are the same minute. */
function formatTimeRange({ startedAt, endedAt }: EditSession): string {
  const [start, end] = [formatTime(startedAt), formatTime(endedAt)]
  return start === end ? end : `${start} – ${end}`
}

/** An edit session: time, authors, number of edits. */
export function EditSessionRow({ editSession, isSelected, onSelect, onUndo }: EditSessionRowProps) {
  const { authors, edits, startedAt, endedAt } = editSession
  const undoableAuthors = authors.filter(({ userId }) => userId !== null)
  return (
    <li className="history-row" data-selected={isSelected || undefined}>
      <button type="button" className="history-row-button" aria-pressed={isSelected} onClick={onSelect}>
        <span className="history-row-avatars">
          {authors.slice(0, 3).map(({ userId, name }) => (
            <Avatar key={userId} id={userId ?? ''} name={toAuthorName(userId, name)} size={26} />
          ))}
        </span>
        <span className="history-row-content">
          <span className="history-row-title">{authors.map(({ userId, name }) => toAuthorName(userId, name)).join(', ')}</span>
          <span className="history-row-meta">
            <time dateTime={endedAt} title={`${formatDateTime(startedAt)} – ${formatDateTime(endedAt)}`}>
              {formatTimeRange(editSession)}
            </time>
            <span>
              {edits} {edits === 1 ? 'edit' : 'edits'}
            </span>
          </span>
        </span>
      </button>
      {onUndo && undoableAuthors.length > 0 && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`More on ${formatTimeRange(editSession)}`}>
              <EllipsisVertical size={17} aria-hidden="true" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {undoableAuthors.map((author) => (
              <Menu.Item key={author.userId} leftSection={<Undo2 size={16} aria-hidden="true" />} onClick={() => onUndo(author)}>
                Take back what {toAuthorName(author.userId, author.name)} wrote
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </li>
  )
}
