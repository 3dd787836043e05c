import { Check, CloudOff, LoaderCircle, TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useLiveState } from '../../../lib/collab/open-documents.ts'
import type { LiveDocument, LiveDocumentState } from '../../../lib/collab/live-document.ts'

/** "Saved" is shown after a pause in typing, so that it does not flicker. It never comes before the acknowledgement. Milliseconds. */
const settleDelayMs = 450

type SaveState = 'connecting' | 'saving' | 'saved' | 'offline' | 'refused'

function toSaveState(state: LiveDocumentState, hasUnsentEdits: boolean): SaveState {
  if (state.connection === 'connecting') return 'connecting'
  if (state.connection === 'offline') return 'offline'
  if (state.hasRefusedEdits) return 'refused'
  if (state.isSaved) return 'saved'
  return hasUnsentEdits ? 'saving' : 'connecting'
}

function toStatusText(saveState: SaveState, localCopy: LiveDocumentState['localCopy'], canWrite: boolean): string {
  if (saveState === 'connecting') return 'Connecting…'
  if (saveState === 'saving') return 'Saving…'
  if (saveState === 'refused') return 'Not accepted'
  if (saveState === 'saved') return canWrite ? 'Saved' : 'Up to date'
  if (!canWrite) return 'Offline: others may have written more'
  return localCopy === 'stored' ? 'Offline: your changes are kept here' : 'Offline: keep this page open'
}

const icons = { connecting: LoaderCircle, saving: LoaderCircle, saved: Check, offline: CloudOff, refused: TriangleAlert }

/** Whether the server has committed what the user sees. */
export function SaveStatus({ liveDocument, canWrite }: { liveDocument: LiveDocument; canWrite: boolean }) {
  const state = useLiveState(liveDocument)
  const saveState = toSaveState(state, liveDocument.hasUnsentEdits)
  const [isSettled, setIsSettled] = useState(saveState === 'saved')
  useEffect(() => {
    if (saveState !== 'saved') return setIsSettled(false)
    const timer = setTimeout(() => setIsSettled(true), settleDelayMs)
    return () => clearTimeout(timer)
  }, [saveState])

  const shownState = saveState === 'saved' && !isSettled ? (canWrite ? 'saving' : 'connecting') : saveState
  const Icon = icons[shownState]
  return (
    <span className="save-status" role="status" aria-live="polite" data-save-state={shownState}>
      <Icon size={15} strokeWidth={2.25} aria-hidden="true" />
      <span>{toStatusText(shownState, state.localCopy, canWrite)}</span>
    </span>
  )
}
