import { useEffect, useState } from 'react'
import { ask, queries } from './client.ts'
import type { Look } from './contract.ts'
import type { LiveDocument } from './live.ts'
import { accessToken } from './session.ts'

/** While one looks and somebody writes, it is noted this often that one has seen it, milliseconds. */
const PACE = 20_000

const pathOf = (documentName: string) => `/api/documents/${documentName}/look`

/** Notes that one has seen the newest. The request outlives the page, for mostly it is left just then. */
async function noteLook(documentName: string): Promise<void> {
  const headers = { Authorization: `Bearer ${await accessToken()}`, 'Content-Type': 'application/json' }
  const response = await fetch(pathOf(documentName), { method: 'PUT', headers, body: '{}', keepalive: true })
  if (!response.ok) return
  void queries.invalidateQueries({ queryKey: ['documents'] })
}

/**
 * Keeps what one has looked at: on opening, now and then while the page is visible and something new comes, and when it is hidden or
 * left. Answers from which row on others had written when it was opened; null where nothing is new, or nothing was seen before.
 */
export function useLook(live: LiveDocument, arrived: boolean): { since: number | null; forget: () => void } {
  const [since, setSince] = useState<number | null>(null)

  useEffect(() => {
    if (!arrived) return
    let news = true
    let gone = false
    const hear = () => {
      news = true
    }
    function note() {
      if (!news || !live.state.synced || live.state.link !== 'online') return
      news = false
      // away: the next one makes up for it
      noteLook(live.name).catch(hear)
    }
    function onVisibility() {
      if (document.visibilityState === 'hidden') note()
    }
    async function begin() {
      const look = await ask<Look>('GET', pathOf(live.name)).catch(() => null)
      if (gone) return
      if (look?.changed && look.lookedAt) setSince(look.at)
      if (look && document.visibilityState === 'visible') note()
    }
    void begin()
    live.doc.on('update', hear)
    const timer = setInterval(() => document.visibilityState === 'visible' && note(), PACE)
    document.addEventListener('visibilitychange', onVisibility)
    window.addEventListener('pagehide', note)
    return () => {
      gone = true
      live.doc.off('update', hear)
      clearInterval(timer)
      document.removeEventListener('visibilitychange', onVisibility)
      window.removeEventListener('pagehide', note)
      note()
    }
  }, [live, arrived])

  return { since, forget: () => setSince(null) }
}
