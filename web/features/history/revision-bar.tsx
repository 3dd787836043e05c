import { Button, NativeSelect, SegmentedControl, Text } from '@mantine/core'
import type { EditSession, Version } from '../../lib/api-types.ts'
import { formatTime, formatDay } from '../../lib/time-format.ts'
import { type RevisionSelection, formatRevisionTime } from './history-queries.ts'
import { RevisionSlider } from './revision-slider.tsx'

interface CompareSelectProps {
  editSessions: EditSession[]
  versions: Version[]
  /** The sequence number of the revision to compare with; null for the current text. */
  value: number | null
  onChange: (compareTo: number | null) => void
}

/** Chooses the revision that the selected one is compared with. */
function CompareSelect({ editSessions, versions, value, onChange }: CompareSelectProps) {
  return (
    <NativeSelect
      size="sm"
      label="Between this moment and"
      value={value ?? 'now'}
      onChange={({ currentTarget }) => onChange(currentTarget.value === 'now' ? null : Number(currentTarget.value))}
      data={[
        { value: 'now', label: 'Now' },
        ...versions.map(({ name, at }) => ({ value: String(at), label: name })),
        ...editSessions.slice(1).map(({ to, endedAt }) => ({ value: String(to), label: `${formatDay(endedAt)}, ${formatTime(endedAt)}` })),
      ]}
    />
  )
}

interface RevisionBarProps {
  editSessions: EditSession[]
  versions: Version[]
  selection: RevisionSelection | null
  /** Whether to show the button back to the current text. Beside the text it is in the banner instead. */
  showBackButton: boolean
  onSelect: (selection: RevisionSelection | null) => void
}

/** The slider over the revisions, and the choice of how the selected one is shown. */
export function RevisionBar({ editSessions, versions, selection, showBackButton, onSelect }: RevisionBarProps) {
  const selectRevision = (at: number) => onSelect({ at, view: selection?.view ?? 'text', compareTo: selection?.compareTo ?? null })
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
          {selection.view === 'changes' && (
            <CompareSelect
              editSessions={editSessions}
              versions={versions}
              value={selection.compareTo}
              onChange={(compareTo) => onSelect({ ...selection, compareTo })}
            />
          )}
        </>
      ) : (
        <Text size="sm" c="dimmed">
          Move along the line, or choose a stretch of work, to read the text as it was.
        </Text>
      )}
    </div>
  )
}
