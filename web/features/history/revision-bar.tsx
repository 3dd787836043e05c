import { Button, NativeSelect, SegmentedControl, Text } from '@mantine/core'
import type { EditSession, Version } from '../../lib/api-types.ts'
import { formatTime, formatDay } from '../../lib/time-format.ts'
import { findPreviousRevision, formatRevisionTime, type RevisionSelection } from './history-queries.ts'
import { RevisionSlider } from './revision-slider.tsx'

interface CompareSelectProps {
  editSessions: EditSession[]
  versions: Version[]
  selection: RevisionSelection
  onChange: (compareTo: RevisionSelection['compareTo']) => void
}

/** What the revision before the selected one is called. */
function toPreviousLabel({ previousAt }: RevisionSelection, versions: Version[]): string {
  const name = versions.find(({ at }) => at === previousAt)?.name
  if (name) return `Version before: ${name}`
  return previousAt === 0 ? 'Empty document' : 'Before these edits'
}

/** Chooses the revision that the selected one is compared with. */
function CompareSelect({ editSessions, versions, selection, onChange }: CompareSelectProps) {
  const { at: selectedAt, previousAt } = selection
  const isOther = ({ value }: { value: string }) => value !== String(selectedAt) && value !== String(previousAt)
  const others = [
    ...versions.map(({ name, at }) => ({ value: String(at), label: name })),
    ...editSessions.slice(1).map(({ to, endedAt }) => ({ value: String(to), label: `${formatDay(endedAt)}, ${formatTime(endedAt)}` })),
  ].filter(isOther)
  return (
    <NativeSelect
      size="sm"
      label="Compare with"
      value={String(selection.compareTo)}
      onChange={({ currentTarget: { value } }) => onChange(value === 'previous' || value === 'current' ? value : Number(value))}
      data={[{ value: 'previous', label: toPreviousLabel(selection, versions) }, { value: 'current', label: 'Current version' }, ...others]}
    />
  )
}

interface RevisionBarProps {
  editSessions: EditSession[]
  versions: Version[]
  selection: RevisionSelection | null
  /** Whether to show the button back to the current text. Beside the text it is in the banner instead. */
  showBackButton: boolean
  /** Whether the text can be shown. The history of a board or plan shows changes only. */
  hasText: boolean
  onSelect: (selection: RevisionSelection | null) => void
}

/** The slider over the revisions, and the choice of how the selected one is shown. */
export function RevisionBar({ editSessions, versions, selection, showBackButton, hasText, onSelect }: RevisionBarProps) {
  const selectRevision = (at: number) =>
    onSelect({
      at,
      view: selection?.view ?? (hasText ? 'text' : 'changes'),
      previousAt: findPreviousRevision(at, editSessions, versions),
      compareTo: selection?.compareTo ?? 'previous',
    })
  return (
    <div className="revision-bar">
      <RevisionSlider editSessions={editSessions} versions={versions} selectedRevision={selection?.at ?? null} onSelect={selectRevision} />
      {selection ? (
        <>
          <div className="revision-bar-title">
            <Text size="sm" fw={600} role="status">
              {versions.find(({ at }) => at === selection.at)?.name ?? formatRevisionTime(selection.at, editSessions)}
            </Text>
            {showBackButton && (
              <Button size="compact-sm" variant="subtle" onClick={() => onSelect(null)}>
                Back to now
              </Button>
            )}
          </div>
          {hasText && (
            <SegmentedControl
              fullWidth
              size="sm"
              aria-label="What is shown of it"
              value={selection.view}
              onChange={(view) => onSelect({ ...selection, view: view as RevisionSelection['view'] })}
              data={[
                { value: 'text', label: 'Text' },
                { value: 'authors', label: 'Who wrote it' },
                { value: 'changes', label: 'Changes' },
              ]}
            />
          )}
          {selection.view === 'changes' && (
            <CompareSelect
              editSessions={editSessions}
              versions={versions}
              selection={selection}
              onChange={(compareTo) => onSelect({ ...selection, compareTo })}
            />
          )}
        </>
      ) : (
        <Text size="sm" c="dimmed">
          {hasText
            ? 'Move along the line, or choose an edit session, to read the text as it was.'
            : 'Move along the line, or choose an edit session, to see what changed.'}
        </Text>
      )}
    </div>
  )
}
