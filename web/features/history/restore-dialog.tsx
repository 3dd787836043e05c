import { Group, Radio, Skeleton, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { request, queryClient } from '../../lib/api-client.ts'
import type { DocumentChanges } from '../../lib/api-types.ts'
import { ConfirmDialog } from '../../ui/undo/confirm-dialog.tsx'
import { toDocumentKind } from '../../ui/document-kind.tsx'
import { LoadError } from '../../ui/load-error.tsx'
import { showToast } from '../../ui/toast.ts'
import { ChangeList } from './changes/change-list.tsx'
import { useRestoreChanges } from './history-queries.ts'
import { listRestoreScopes, type RestoreScope, type UndoRequest } from './restore-request.ts'

const refreshHistory = (documentName: string) => queryClient.invalidateQueries({ queryKey: ['history', documentName] })

/** Whether a restore of some parts changes anything. */
function hasChanges({ text, fields, entries, others }: DocumentChanges, { parts }: RestoreScope): boolean {
  if (parts.includes('text') && Object.values(text).some((count) => count > 0)) return true
  return (parts.includes('fields') && fields.length > 0) || (parts.includes('sections') && entries.length + others.length > 0)
}

interface RestorePreviewProps {
  documentName: string
  at: number
  scope: RestoreScope
}

/** What restoring a revision changes. */
function RestorePreview({ documentName, at, scope }: RestorePreviewProps) {
  const query = useRestoreChanges(documentName, at)
  if (query.error && !query.data) return <LoadError query={query} />
  if (!query.data) return <Skeleton h={60} aria-label="Loading the changes" />
  const { changes } = query.data
  return (
    <>
      <Text fw={600} size="sm" role="status">
        {hasChanges(changes, scope) ? 'What changes, for everybody and at once:' : 'Nothing changes: it is the same now.'}
      </Text>
      <ChangeList documentName={documentName} changes={changes} parts={scope.parts} />
    </>
  )
}

interface RestoreDialogProps {
  documentName: string
  /** The part of the page from which it is restored. */
  view: 'text' | 'sections'
  /** The revision to restore; null while the dialog is closed. */
  at: number | null
  onClose: () => void
  onDone: () => void
}

/** Lists what restoring a revision changes, and asks which parts to restore. */
export function RestoreDialog({ documentName, view, at, onClose, onDone }: RestoreDialogProps) {
  const scopes = listRestoreScopes(toDocumentKind(documentName), view)
  const [label, setLabel] = useState(scopes[0]?.label ?? '')
  const scope = scopes.find((one) => one.label === label) ?? (scopes[0] as RestoreScope)
  async function restore() {
    await request<{ head: number }>('POST', `/api/documents/${documentName}/restore`, { body: { at, parts: scope.parts } })
    showToast('Restored. What was there before is in the history.')
    onDone()
    await refreshHistory(documentName)
  }
  return (
    <ConfirmDialog opened={at !== null} title="Restore this version?" buttonLabel="Restore" size="lg" action={restore} onClose={onClose}>
      <Stack gap="md">
        <Radio.Group label="What to restore" value={scope.label} onChange={setLabel}>
          <Group gap="lg" mt="xs">
            {scopes.map((one) => (
              <Radio key={one.label} value={one.label} label={one.label} />
            ))}
          </Group>
        </Radio.Group>
        {at !== null && <RestorePreview documentName={documentName} at={at} scope={scope} />}
        <Text size="sm" c="dimmed">
          {scope.untouched} Nothing is erased: what is there now stays in the history and can be restored, too.
        </Text>
      </Stack>
    </ConfirmDialog>
  )
}

interface UndoDialogProps {
  documentName: string
  undoRequest: UndoRequest | null
  onClose: () => void
  onDone: () => void
}

/** Asks before the edits of one author are undone, because everybody sees it at once. */
export function UndoDialog({ documentName, undoRequest, onClose, onDone }: UndoDialogProps) {
  async function undo() {
    await request<{ head: number }>('POST', `/api/documents/${documentName}/undo`, { body: undoRequest?.body })
    showToast('Taken back. It is still in the history.')
    onDone()
    await refreshHistory(documentName)
  }
  return (
    <ConfirmDialog opened={undoRequest !== null} title={undoRequest?.title ?? ''} buttonLabel="Take back" action={undo} onClose={onClose}>
      {undoRequest?.description}
    </ConfirmDialog>
  )
}
