import './version-history.css'
import { Alert, Button, Group, Skeleton, Text } from '@mantine/core'
import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { useIsWide } from '../../ui/side-panel.tsx'
import type { EditSession, Version } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { formatTime, formatDay } from '../../lib/time-format.ts'
import { RevisionBar } from './revision-bar.tsx'
import { type RevisionSelection, toAuthorName, useHistoryRefresh, useEditSessions, useVersions } from './history-queries.ts'
import { RevisionView } from './revision-view.tsx'
import { toErrorMessage } from '../../lib/problem.ts'
import { EditSessionRow } from './edit-session-row.tsx'
import { RestoreDialog, type RestoreRequest } from './restore-dialog.tsx'
import { VersionName } from './version-name.tsx'
import { VersionRow } from './version-row.tsx'

/** An edit session or a named version. */
type TimelineEntry = { key: string; at: number; day: string } & ({ editSession: EditSession } | { version: Version })

/** Groups edit sessions and versions by day, newest first. A version comes above the edit session that it closes. */
function groupByDay(editSessions: EditSession[], versions: Version[], complete: boolean): [string, TimelineEntry[]][] {
  const oldest = editSessions.at(-1)?.from ?? 0
  const entries: TimelineEntry[] = editSessions.map((editSession) => ({
    key: `s${editSession.from}`,
    at: editSession.to,
    day: formatDay(editSession.endedAt),
    editSession,
  }))
  for (const version of versions) {
    if (version.at < oldest && !complete) continue
    const editSessionOfVersion = editSessions.find(({ from, to }) => version.at >= from && version.at <= to)
    entries.push({ key: version.id, at: version.at, day: formatDay(editSessionOfVersion?.endedAt ?? version.createdAt), version })
  }
  entries.sort((one, other) => other.at - one.at || ('version' in one ? -1 : 1))
  const days = new Map<string, TimelineEntry[]>()
  for (const entry of entries) days.set(entry.day, [...(days.get(entry.day) ?? []), entry])
  return [...days]
}

const toRestoreRequest = (at: number): RestoreRequest => ({
  title: 'Restore this version?',
  description:
    'The text becomes what it was then, for everybody and at once. Nothing is erased: the text of now stays in the history, and can be restored just so.',
  path: 'restore',
  body: { at },
  buttonLabel: 'Restore',
  successMessage: 'Restored. The text of before is in the history.',
})

const toUndoRequest = (
  { from, to, startedAt, endedAt }: EditSession,
  { userId, name }: EditSession['authors'][number],
): RestoreRequest => ({
  title: `Take back what ${toAuthorName(userId, name)} wrote?`,
  description: `What ${toAuthorName(userId, name)} wrote and took out between ${formatTime(startedAt)} and ${formatTime(endedAt)} is undone, for everybody and at once. What others wrote stays. Nothing is erased: it remains in the history.`,
  path: 'undo',
  body: { userId, from, to },
  buttonLabel: 'Take back',
  successMessage: 'Taken back. It is still in the history.',
})

interface VersionHistoryProps {
  liveDocument: LiveDocument
  canWrite: boolean
  selection: RevisionSelection | null
  onSelect: (selection: RevisionSelection | null) => void
}

/** The history of a document: read past revisions, restore one, undo an author's edits. */
export function VersionHistory({ liveDocument, canWrite, selection, onSelect }: VersionHistoryProps) {
  useHistoryRefresh(liveDocument)
  const isWide = useIsWide()
  const [restoreRequest, setRestoreRequest] = useState<RestoreRequest | null>(null)
  const list = useEditSessions(liveDocument.name)
  const versions = useVersions(liveDocument.name).data?.items ?? []
  const editSessions = list.data?.pages.flatMap(({ items }) => items) ?? []
  const selectRevision = (at: number) => onSelect({ at, view: selection?.view ?? 'text', compareTo: null })

  if (list.isPending)
    return (
      <div className="history-list" role="status" aria-label="Loading the history">
        {[60, 45, 70].map((width) => (
          <Skeleton key={width} h={40} w={`${width}%`} mb="md" />
        ))}
      </div>
    )
  if (list.error && !list.data)
    return (
      <Alert color="red" m="md">
        {toErrorMessage(list.error)}{' '}
        <Button size="compact-sm" variant="subtle" onClick={() => void list.refetch()} loading={list.isFetching}>
          Try again
        </Button>
      </Alert>
    )
  if (editSessions.length === 0)
    return (
      <Text c="dimmed" p="lg">
        Nothing was written yet. From the first word on, every moment is kept here.
      </Text>
    )

  return (
    <div className="version-history">
      <div className="version-history-header">
        <RevisionBar editSessions={editSessions} versions={versions} selection={selection} showBackButton={!isWide} onSelect={onSelect} />
        {selection && canWrite && (
          <Group gap="xs" mt="sm">
            <VersionName key={selection.at} documentName={liveDocument.name} at={selection.at} />
            <Button
              size="xs"
              px="xs"
              variant="default"
              aria-label="Restore this version"
              leftSection={<RotateCcw size={16} aria-hidden="true" />}
              onClick={() => setRestoreRequest(toRestoreRequest(selection.at))}
            >
              Restore
            </Button>
          </Group>
        )}
      </div>
      {selection && !isWide ? (
        <div className="version-history-text">
          <RevisionView documentName={liveDocument.name} selection={selection} />
        </div>
      ) : (
        <div className="history-list">
          {groupByDay(editSessions, versions, !list.hasNextPage).map(([day, entries]) => (
            <section key={day} aria-label={day}>
              <h3 className="history-day">{day}</h3>
              <ul className="history-rows">
                {entries.map((entry) =>
                  'editSession' in entry ? (
                    <EditSessionRow
                      key={entry.key}
                      editSession={entry.editSession}
                      isSelected={selection !== null && selection.at >= entry.editSession.from && selection.at <= entry.editSession.to}
                      onSelect={() => selectRevision(entry.editSession.to)}
                      onUndo={canWrite ? (author) => setRestoreRequest(toUndoRequest(entry.editSession, author)) : undefined}
                    />
                  ) : (
                    <VersionRow
                      key={entry.key}
                      documentName={liveDocument.name}
                      version={entry.version}
                      isSelected={selection?.at === entry.at}
                      canWrite={canWrite}
                      onSelect={() => selectRevision(entry.at)}
                    />
                  ),
                )}
              </ul>
            </section>
          ))}
          {list.hasNextPage && (
            <Button variant="default" size="sm" mt="md" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Load older
            </Button>
          )}
        </div>
      )}
      <RestoreDialog
        documentName={liveDocument.name}
        restoreRequest={restoreRequest}
        onClose={() => setRestoreRequest(null)}
        onDone={() => onSelect(null)}
      />
    </div>
  )
}
