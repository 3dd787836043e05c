import { ActionIcon, Button, NativeSelect, SegmentedControl, Slider, Text } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { EditSession, Version } from '../../lib/api-types.ts'
import { formatTime, formatDay } from '../../lib/time-format.ts'
import { type RevisionSelection, listSliderStops, estimateRevisionTime } from './history-queries.ts'

/** While the user drags the slider, the text follows after this pause. */
const dragDebounceMs = 140

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
  const stops = listSliderStops(editSessions, versions)
  const lastIndex = stops.length - 1
  // A revision between two stops is shown at the stop before it.
  const stopIndex = selection
    ? Math.max(
        0,
        stops.findLastIndex((at) => at <= selection.at),
      )
    : lastIndex
  const [draggedIndex, setDraggedIndex] = useState(stopIndex)
  useEffect(() => setDraggedIndex(stopIndex), [stopIndex])

  const selectRevision = (at: number) => onSelect({ at, view: selection?.view ?? 'text', compareTo: selection?.compareTo ?? null })
  const selectDebounced = useDebouncedCallback(selectRevision, dragDebounceMs)
  // The slider moves in steps of many edits, the buttons one edit at a time.
  const newestRevision = stops[lastIndex] ?? 0
  const currentRevision = selection?.at ?? newestRevision
  function formatRevisionTime(at: number | undefined): string {
    const time = at === undefined ? undefined : estimateRevisionTime(at, editSessions)
    if (time === undefined) return ''
    return `${formatDay(new Date(time).toISOString())}, ${formatTime(time)}`
  }

  return (
    <div className="revision-bar">
      <div className="revision-slider">
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="One edit back"
          disabled={currentRevision <= 1}
          onClick={() => selectRevision(currentRevision - 1)}
        >
          <ChevronLeft size={18} aria-hidden="true" />
        </ActionIcon>
        <Slider
          className="revision-slider-track"
          size="sm"
          thumbSize={18}
          min={0}
          max={Math.max(1, lastIndex)}
          disabled={lastIndex < 1}
          value={draggedIndex}
          onChange={(next) => {
            setDraggedIndex(next)
            const at = stops[next]
            if (at !== undefined) selectDebounced(at)
          }}
          label={(next) => formatRevisionTime(stops[next])}
          thumbLabel="Moment"
          thumbValueText={(next) => formatRevisionTime(stops[next])}
        />
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="One edit forward"
          disabled={currentRevision >= newestRevision}
          onClick={() => selectRevision(currentRevision + 1)}
        >
          <ChevronRight size={18} aria-hidden="true" />
        </ActionIcon>
      </div>
      {selection ? (
        <>
          <div className="revision-bar-title">
            <Text size="sm" fw={600} role="status">
              {versions.find(({ at }) => at === selection.at)?.name ?? formatRevisionTime(selection.at)}
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
            <NativeSelect
              size="sm"
              label="Between this moment and"
              value={selection.compareTo ?? 'now'}
              onChange={({ currentTarget: { value } }) => onSelect({ ...selection, compareTo: value === 'now' ? null : Number(value) })}
              data={[
                { value: 'now', label: 'Now' },
                ...versions.map(({ name, at }) => ({ value: String(at), label: name })),
                ...editSessions
                  .slice(1)
                  .map(({ to, endedAt }) => ({ value: String(to), label: `${formatDay(endedAt)}, ${formatTime(endedAt)}` })),
              ]}
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
