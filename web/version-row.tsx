import { ActionIcon, Alert, Button, Group, Menu, Modal, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Bookmark, BookmarkX, EllipsisVertical } from 'lucide-react'
import { useState } from 'react'
import { ask, queries } from './client.ts'
import type { Version } from './contract.ts'
import { inFull } from './moment.ts'
import { nameOf } from './moments.ts'
import { explain } from './problem.ts'
import { say } from './toast.ts'

interface VersionRowProps {
  documentName: string
  version: Version
  chosen: boolean
  /** Whether one may take the name away. */
  writes: boolean
  onChoose: () => void
}

/** A moment that somebody named; its name can be taken away, the moment stays. */
export function VersionRow({ documentName, version, chosen, writes, onChoose }: VersionRowProps) {
  const [asked, setAsked] = useState(false)
  const { id, name, author, createdAt } = version
  const dropping = useMutation({
    mutationFn: () => ask('DELETE', `/api/documents/${documentName}/versions/${id}`),
    onSuccess: () => {
      setAsked(false)
      say('The name is removed.')
      return queries.invalidateQueries({ queryKey: ['history', documentName, 'versions'] })
    },
  })
  function close() {
    dropping.reset()
    setAsked(false)
  }
  return (
    <li className="stretch" data-chosen={chosen || undefined}>
      <button type="button" className="stretch-button" aria-pressed={chosen} onClick={onChoose}>
        <Bookmark className="version-sign" size={18} aria-hidden="true" />
        <span className="stretch-words">
          <span className="stretch-names">{name}</span>
          <span className="stretch-meta">
            <span title={inFull(createdAt)}>Named by {nameOf(author.userId, author.name)}</span>
          </span>
        </span>
      </button>
      {writes && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`More on ${name}`}>
              <EllipsisVertical size={17} aria-hidden="true" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<BookmarkX size={16} aria-hidden="true" />} onClick={() => setAsked(true)}>
              Remove the name
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <Modal opened={asked} onClose={close} title={`Remove the name “${name}”?`} size="md">
        <Text mb="lg">Nobody finds the version by this name any more. The text of then stays in the history.</Text>
        <div role="alert">
          {dropping.error && (
            <Alert color="red" mb="md">
              {explain(dropping.error)}
            </Alert>
          )}
        </div>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button data-autofocus color="red" loading={dropping.isPending} onClick={() => dropping.mutate()}>
            Remove the name
          </Button>
        </Group>
      </Modal>
    </li>
  )
}
