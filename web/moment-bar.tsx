import { ActionIcon, Button, NativeSelect, SegmentedControl, Slider, Text } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Stretch, Version } from './contract.ts'
import { clock, dayOf } from './moment.ts'
import { type Chosen, momentsOf, timeOf } from './moments.ts'

/** While one drags, the text follows after this pause, milliseconds. */
const REST = 140

interface MomentBarProps {
  stretches: Stretch[]
  versions: Version[]
  chosen: Chosen | null
  /** Whether the way back to now is here; where the text stands beside, it is above that. */
  back: boolean
  onChoose: (chosen: Chosen | null) => void
}

/** The scrubber over the moments, and how the one that is chosen is shown. */
export function MomentBar({ stretches, versions, chosen, back, onChoose }: MomentBarProps) {
  const moments = momentsOf(stretches, versions)
  const last = moments.length - 1
  // a moment that is none of the stops lies at the one before it
  const place = chosen
    ? Math.max(
        0,
        moments.findLastIndex((at) => at <= chosen.at),
      )
    : last
  const [dragged, setDragged] = useState(place)
  useEffect(() => setDragged(place), [place])

  const choose = (at: number) => onChoose({ at, view: chosen?.view ?? 'text', until: chosen?.until ?? null })
  const chooseSoon = useDebouncedCallback(choose, REST)
  // the line goes in strides, the buttons edit by edit
  const newest = moments[last] ?? 0
  const here = chosen?.at ?? newest
  function inWords(at: number | undefined): string {
    const time = at === undefined ? undefined : timeOf(at, stretches)
    if (time === undefined) return ''
    return `${dayOf(new Date(time).toISOString())}, ${clock(time)}`
  }

  return (
    <div className="moment-bar">
      <div className="scrubber">
        <ActionIcon variant="subtle" color="gray" aria-label="One edit back" disabled={here <= 1} onClick={() => choose(here - 1)}>
          <ChevronLeft size={18} aria-hidden="true" />
        </ActionIcon>
        <Slider
          className="scrubber-line"
          size="sm"
          thumbSize={18}
          min={0}
          max={Math.max(1, last)}
          disabled={last < 1}
          value={dragged}
          onChange={(next) => {
            setDragged(next)
            const at = moments[next]
            if (at !== undefined) chooseSoon(at)
          }}
          label={(next) => inWords(moments[next])}
          thumbLabel="Moment"
          thumbValueText={(next) => inWords(moments[next])}
        />
        <ActionIcon variant="subtle" color="gray" aria-label="One edit forward" disabled={here >= newest} onClick={() => choose(here + 1)}>
          <ChevronRight size={18} aria-hidden="true" />
        </ActionIcon>
      </div>
      {chosen ? (
        <>
          <div className="moment-line">
            <Text size="sm" fw={600} role="status">
              {versions.find(({ at }) => at === chosen.at)?.name ?? inWords(chosen.at)}
            </Text>
            {back && (
              <Button size="compact-sm" variant="subtle" onClick={() => onChoose(null)}>
                Back to now
              </Button>
            )}
          </div>
          <SegmentedControl
            fullWidth
            size="sm"
            aria-label="What is shown of it"
            value={chosen.view}
            onChange={(view) => onChoose({ ...chosen, view: view as Chosen['view'] })}
            data={[
              { value: 'text', label: 'Text' },
              { value: 'authors', label: 'Who wrote it' },
              { value: 'changes', label: 'Changes' },
            ]}
          />
          {chosen.view === 'changes' && (
            <NativeSelect
              size="sm"
              label="Between this moment and"
              value={chosen.until ?? 'now'}
              onChange={({ currentTarget: { value } }) => onChoose({ ...chosen, until: value === 'now' ? null : Number(value) })}
              data={[
                { value: 'now', label: 'Now' },
                ...versions.map(({ name, at }) => ({ value: String(at), label: name })),
                ...stretches.slice(1).map(({ to, endedAt }) => ({ value: String(to), label: `${dayOf(endedAt)}, ${clock(endedAt)}` })),
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
