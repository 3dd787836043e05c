import './version-history.css'
import { Button, Group, Skeleton, Text } from '@mantine/core'
import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { LoadError } from '../../ui/load-error.tsx'
import { useIsWide } from '../../ui/side-panel.tsx'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { RevisionBar } from './revision-bar.tsx'
import { type RevisionSelection, useHistoryRefresh, useEditSessions, useVersions } from './history-queries.ts'
import { HistoryTimeline } from './history-timeline.tsx'
import { RevisionView } from './revision-view.tsx'
import { RestoreDialog, UndoDialog } from './restore-dialog.tsx'
import { toUndoRequest, type UndoRequest } from './restore-request.ts'
import { SectionChanges } from './changes/section-changes.tsx'
import { VersionName } from './version-name.tsx'

function HistorySkeleton() {
  return (
    <div className="history-list" role="status" aria-label="Loading the history">
      {[60, 45, 70].map((width) => (
        <Skeleton key={width} h={40} w={`${width}%`} mb="md" />
      ))}
    </div>
  )
}

function EmptyHistory() {
  return (
    <Text c="dimmed" p="lg">
      Nothing was written yet. From the first word on, every moment is kept here.
    </Text>
  )
}

/** Names the selected revision or restores it. */
function RevisionActions({ documentName, at, onRestore }: { documentName: string; at: number; onRestore: () => void }) {
  return (
    <Group gap="xs" mt="sm">
      <VersionName key={at} documentName={documentName} at={at} />
      <Button
        size="xs"
        px="xs"
        variant="default"
        aria-label="Restore this version"
        leftSection={<RotateCcw size={16} aria-hidden="true" />}
        onClick={onRestore}
      >
        Restore
      </Button>
    </Group>
  )
}

interface SelectedRevisionProps {
  documentName: string
  view: 'text' | 'sections'
  selection: RevisionSelection
  /** The sequence number of the current version. */
  head: number
}

/** The selected revision, in the panel itself. */
function SelectedRevision({ documentName, view, selection, head }: SelectedRevisionProps) {
  return view === 'text' ? (
    <RevisionView documentName={documentName} selection={selection} />
  ) : (
    <SectionChanges documentName={documentName} selection={selection} head={head} />
  )
}

/** Loads older edit sessions, where there are any. */
function OlderSessions({ list }: { list: ReturnType<typeof useEditSessions> }) {
  if (!list.hasNextPage) return null
  return (
    <Button variant="default" size="sm" mt="md" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
      Load older
    </Button>
  )
}

interface VersionHistoryHeaderProps extends Pick<VersionHistoryProps, 'canWrite' | 'selection' | 'onSelect'> {
  documentName: string
  editSessions: Parameters<typeof RevisionBar>[0]['editSessions']
  versions: Parameters<typeof RevisionBar>[0]['versions']
  isInPanel: boolean
  hasText: boolean
  onRestore: (at: number) => void
}

/** Chooses a revision, and restores it. */
function VersionHistoryHeader({ documentName, canWrite, selection, isInPanel, onRestore, ...bar }: VersionHistoryHeaderProps) {
  return (
    <div className="version-history-header">
      <RevisionBar {...bar} selection={selection} showBackButton={isInPanel} />
      {selection && canWrite && <RevisionActions documentName={documentName} at={selection.at} onRestore={() => onRestore(selection.at)} />}
    </div>
  )
}

interface VersionHistoryProps {
  liveDocument: LiveDocument
  canWrite: boolean
  /** Beside a board or plan the history shows its changes, beside a text the text. */
  view: 'text' | 'sections'
  selection: RevisionSelection | null
  onSelect: (selection: RevisionSelection | null) => void
}

/** The history of a document: read past revisions, restore one, undo an author's edits. */
export function VersionHistory({ liveDocument, canWrite, view, selection, onSelect }: VersionHistoryProps) {
  useHistoryRefresh(liveDocument)
  const isWide = useIsWide()
  const [restoredAt, setRestoredAt] = useState<number | null>(null)
  const [undoRequest, setUndoRequest] = useState<UndoRequest | null>(null)
  const hasText = view === 'text'
  const shownView = selection?.view ?? (hasText ? 'text' : 'changes')
  const isInPanel = !isWide || !hasText
  const documentName = liveDocument.name
  const list = useEditSessions(documentName)
  const versions = useVersions(documentName).data?.items ?? []
  const editSessions = list.data?.pages.flatMap(({ items }) => items) ?? []

  if (list.isPending) return <HistorySkeleton />
  if (list.error && !list.data) return <LoadError query={list} m="md" />
  if (editSessions.length === 0) return <EmptyHistory />

  return (
    <div className="version-history">
      <VersionHistoryHeader
        {...{ documentName, canWrite, selection, editSessions, versions, isInPanel, hasText, onSelect }}
        onRestore={setRestoredAt}
      />
      {selection && isInPanel ? (
        <div className="version-history-text">
          <SelectedRevision documentName={documentName} view={view} selection={selection} head={editSessions[0]?.to ?? selection.at} />
        </div>
      ) : (
        <div className="history-list">
          <HistoryTimeline
            documentName={documentName}
            editSessions={editSessions}
            versions={versions}
            isComplete={!list.hasNextPage}
            selectedRevision={selection?.at ?? null}
            canWrite={canWrite}
            onSelect={(at, previousAt) => onSelect({ at, view: shownView, previousAt, compareTo: 'previous' })}
            onUndo={(editSession, author) => setUndoRequest(toUndoRequest(editSession, author))}
          />
          <OlderSessions list={list} />
        </div>
      )}
      <RestoreDialog
        documentName={documentName}
        view={view}
        at={restoredAt}
        onClose={() => setRestoredAt(null)}
        onDone={() => onSelect(null)}
      />
      <UndoDialog
        documentName={documentName}
        undoRequest={undoRequest}
        onClose={() => setUndoRequest(null)}
        onDone={() => onSelect(null)}
      />
    </div>
  )
}
