import { Check, CloudOff, LoaderCircle, TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useLiveState } from './desk.ts'
import type { LiveDocument, LiveState } from './live.ts'

/** "Saved" waits until the hand rests, so that the mark does not flicker; it never comes before the acknowledgement. */
const REST = 450

type Mark = 'connecting' | 'saving' | 'saved' | 'offline' | 'refused'

function markOf(state: LiveState, unsent: boolean): Mark {
  if (state.link === 'connecting') return 'connecting'
  if (state.link === 'offline') return 'offline'
  if (state.editsRefused) return 'refused'
  if (state.saved) return 'saved'
  return unsent ? 'saving' : 'connecting'
}

function words(mark: Mark, copy: LiveState['copy'], writes: boolean): string {
  if (mark === 'connecting') return 'Connecting…'
  if (mark === 'saving') return 'Saving…'
  if (mark === 'refused') return 'Not accepted'
  if (mark === 'saved') return writes ? 'Saved' : 'Up to date'
  if (!writes) return 'Offline: others may have written more'
  return copy === 'kept' ? 'Offline: your changes are kept here' : 'Offline: keep this page open'
}

const icons = { connecting: LoaderCircle, saving: LoaderCircle, saved: Check, offline: CloudOff, refused: TriangleAlert }

/** Whether what one sees is what the server has committed. */
export function SavedMark({ live, writes }: { live: LiveDocument; writes: boolean }) {
  const state = useLiveState(live)
  const truth = markOf(state, live.unsent)
  const [rested, setRested] = useState(truth === 'saved')
  useEffect(() => {
    if (truth !== 'saved') return setRested(false)
    const timer = setTimeout(() => setRested(true), REST)
    return () => clearTimeout(timer)
  }, [truth])

  const shown = truth === 'saved' && !rested ? (writes ? 'saving' : 'connecting') : truth
  const Icon = icons[shown]
  return (
    <span className="saved" role="status" aria-live="polite" data-mark={shown}>
      <Icon size={15} strokeWidth={2.25} aria-hidden="true" />
      <span>{words(shown, state.copy, writes)}</span>
    </span>
  )
}
