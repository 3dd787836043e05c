import { ActionIcon, Slider } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { EditSession, Version } from '../../lib/api-types.ts'
import { formatRevisionTime, listSliderStops } from './history-queries.ts'

/** While the user drags the slider, the text follows after this pause. */
const dragDebounceMs = 140

/** The index of a revision's stop. A revision between two stops is shown at the stop before it. */
const findStopIndex = (stops: number[], at: number) =>
  Math.max(
    0,
    stops.findLastIndex((stop) => stop <= at),
  )

interface RevisionSliderProps {
  editSessions: EditSession[]
  versions: Version[]
  /** The sequence number of the selected revision; null for the current text. */
  selectedRevision: number | null
  onSelect: (at: number) => void
}

/** The slider over the revisions. It moves in steps of many edits, the buttons beside it one edit at a time. */
export function RevisionSlider({ editSessions, versions, selectedRevision, onSelect }: RevisionSliderProps) {
  const stops = listSliderStops(editSessions, versions)
  const lastIndex = stops.length - 1
  const stopIndex = selectedRevision === null ? lastIndex : findStopIndex(stops, selectedRevision)
  const [draggedIndex, setDraggedIndex] = useState(stopIndex)
  useEffect(() => setDraggedIndex(stopIndex), [stopIndex])

  const selectDebounced = useDebouncedCallback(onSelect, dragDebounceMs)
  const newestRevision = stops[lastIndex] ?? 0
  const currentRevision = selectedRevision ?? newestRevision
  function drag(index: number) {
    setDraggedIndex(index)
    const at = stops[index]
    if (at !== undefined) selectDebounced(at)
  }

  return (
    <div className="revision-slider">
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="One edit back"
        disabled={currentRevision <= 1}
        onClick={() => onSelect(currentRevision - 1)}
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
        onChange={drag}
        label={(index) => formatRevisionTime(stops[index], editSessions)}
        thumbLabel="Moment"
        thumbValueText={(index) => formatRevisionTime(stops[index], editSessions)}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="One edit forward"
        disabled={currentRevision >= newestRevision}
        onClick={() => onSelect(currentRevision + 1)}
      >
        <ChevronRight size={18} aria-hidden="true" />
      </ActionIcon>
    </div>
  )
}
