import { useCallback, useState } from 'react'
import type { RevisionSelection } from '../history/history-queries.ts'

/** The open tab of the side panel (at first that of a link, `?panel=review`), and the revision that its history shows. Leaving the history returns to the current text. */
export function usePanelState() {
  const [activeTab, setActiveTab] = useState<string | null>(() => new URLSearchParams(location.search).get('panel'))
  const [revision, setRevision] = useState<RevisionSelection | null>(null)
  const showTab = useCallback((key: string | null) => {
    setActiveTab(key)
    if (key !== 'history') setRevision(null)
  }, [])
  /** Opens the history with the changes since a revision. */
  function showChanges(since: number) {
    setRevision({ at: since, view: 'changes', previousAt: Math.max(0, since - 1), compareTo: 'current' })
    setActiveTab('history')
  }
  return { activeTab, showTab, revision, setRevision, showChanges }
}
