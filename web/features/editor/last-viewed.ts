import { useEffect, useState } from 'react'
import { request, queryClient } from '../../lib/api-client.ts'
import type { LastViewed } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { getAccessToken } from '../../lib/session.ts'

/** A visible document that changes is reported as viewed at this interval. */
const reportIntervalMs = 20_000

const lastViewedPath = (documentName: string) => `/api/documents/${documentName}/look`

/** Reports the newest revision as viewed. `keepalive`, because the page is often left at that moment. */
async function reportViewed(documentName: string): Promise<void> {
  const headers = { Authorization: `Bearer ${await getAccessToken()}`, 'Content-Type': 'application/json' }
  const response = await fetch(lastViewedPath(documentName), { method: 'PUT', headers, body: '{}', keepalive: true })
  if (!response.ok) return
  void queryClient.invalidateQueries({ queryKey: ['documents'] })
}

/** The revision that the user viewed last. */
export interface LastViewedRevision {
  /** The revision after which others changed the document; null if nothing is new or the user was never here. */
  since: number | null
  dismiss: () => void
}

/**
 * Reports what the user has viewed: on opening, at intervals while the page is visible and changes arrive, and when it is hidden or left.
 */
export function useLastViewed(liveDocument: LiveDocument, isLoaded: boolean): LastViewedRevision {
  const [since, setSince] = useState<number | null>(null)

  useEffect(() => {
    if (!isLoaded) return
    let hasChanges = true
    let isUnmounted = false
    const markChanged = () => {
      hasChanges = true
    }
    function report() {
      if (!hasChanges || !liveDocument.state.isSynced || liveDocument.state.connection !== 'online') return
      hasChanges = false
      // Offline: the next report includes it.
      reportViewed(liveDocument.name).catch(markChanged)
    }
    function onVisibility() {
      if (document.visibilityState === 'hidden') report()
    }
    async function loadLastViewed() {
      const lastViewed = await request<LastViewed>('GET', lastViewedPath(liveDocument.name)).catch(() => null)
      if (isUnmounted) return
      if (lastViewed?.changed && lastViewed.lookedAt) setSince(lastViewed.at)
      if (lastViewed && document.visibilityState === 'visible') report()
    }
    void loadLastViewed()
    liveDocument.doc.on('update', markChanged)
    const timer = setInterval(() => document.visibilityState === 'visible' && report(), reportIntervalMs)
    document.addEventListener('visibilitychange', onVisibility)
    window.addEventListener('pagehide', report)
    return () => {
      isUnmounted = true
      liveDocument.doc.off('update', markChanged)
      clearInterval(timer)
      document.removeEventListener('visibilitychange', onVisibility)
      window.removeEventListener('pagehide', report)
      report()
    }
  }, [liveDocument, isLoaded])

  return { since, dismiss: () => setSince(null) }
}
