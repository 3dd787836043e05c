import { ActionIcon, Menu } from '@mantine/core'
import { Bookmark, BookmarkX, EllipsisVertical } from 'lucide-react'
import { useState } from 'react'
import { request, queryClient } from '../../lib/api-client.ts'
import type { Version } from '../../lib/api-types.ts'
import { formatDateTime } from '../../lib/time-format.ts'
import { toAuthorName } from './history-queries.ts'
import { ConfirmDialog } from '../../ui/undo/confirm-dialog.tsx'
import { showToast } from '../../ui/toast.ts'

interface VersionRowProps {
  documentName: string
  version: Version
  isSelected: boolean
  /** Whether the user may remove the name. */
  canWrite: boolean
  onSelect: () => void
}

/** A named version. Its name can be removed; the revision stays. */
export function VersionRow({ documentName, version, isSelected, canWrite, onSelect }: VersionRowProps) {
  const [isConfirming, setIsConfirming] = useState(false)
  const { id, name, author, createdAt } = version
  async function removeName() {
    await request('DELETE', `/api/documents/${documentName}/versions/${id}`)
    showToast('The name is removed.')
    await queryClient.invalidateQueries({ queryKey: ['history', documentName, 'versions'] })
  }
  return (
    <li className="history-row" data-selected={isSelected || undefined}>
      <button type="button" className="history-row-button" aria-pressed={isSelected} onClick={onSelect}>
        <Bookmark className="history-row-icon" size={18} aria-hidden="true" />
        <span className="history-row-content">
          <span className="history-row-title">{name}</span>
          <span className="history-row-meta">
            <span title={formatDateTime(createdAt)}>Named by {toAuthorName(author.userId, author.name)}</span>
          </span>
        </span>
      </button>
      {canWrite && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`More on ${name}`}>
              <EllipsisVertical size={17} aria-hidden="true" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<BookmarkX size={16} aria-hidden="true" />} onClick={() => setIsConfirming(true)}>
              Remove the name
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <ConfirmDialog
        opened={isConfirming}
        title={`Remove the name “${name}”?`}
        buttonLabel="Remove the name"
        buttonColor="red"
        action={removeName}
        onClose={() => setIsConfirming(false)}
      >
        Nobody finds the version by this name any more. The text of then stays in the history.
      </ConfirmDialog>
    </li>
  )
}
