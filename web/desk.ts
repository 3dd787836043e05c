import { useEffect, useState, useSyncExternalStore } from 'react'
import { unsentDocuments } from './copies.ts'
import { Line } from './line.ts'
import { LiveDocument, type LiveState } from './live.ts'
import { currentSession, onSession } from './session.ts'

/** A document stays open this long after one turned away, for the way back and for edits on their way. */
const LINGER = 2500

interface Held {
  live: LiveDocument
  holders: number
  stop: () => void
}

let line: Line | null = null
const desk = new Map<string, Held>()

function address(): string {
  return `${location.origin.replace(/^http/, 'ws')}/collab`
}

/** Opens a document, or takes part in it where it is open already. Who holds it lets it go. */
export function hold(userId: string, documentName: string): LiveDocument {
  const known = desk.get(documentName)
  known?.stop()
  if (known && known.live.userId === userId && !known.live.closed && known.live.state.refusal === null) {
    known.holders += 1
    if (known.live.awareness.getLocalState() === null) known.live.awareness.setLocalState({})
    return known.live
  }
  known?.live.close()
  line ??= new Line(address())
  const live = new LiveDocument(userId, documentName, line)
  desk.set(documentName, { live, holders: 1, stop: () => {} })
  return live
}

/** Lets a document go. It closes after a while, but never before its edits have arrived. */
export function letGo(live: LiveDocument): void {
  const held = desk.get(live.name)
  if (held?.live !== live || --held.holders > 0) return
  live.awareness.setLocalState(null)
  const closeWhenSettled = () => {
    if (!live.settled) return
    held.stop()
    live.close()
    if (desk.get(live.name) === held) desk.delete(live.name)
  }
  const timer = setTimeout(() => {
    held.stop = live.subscribe(closeWhenSettled)
    closeWhenSettled()
  }, LINGER)
  held.stop = () => clearTimeout(timer)
}

/** Closes everything at once: the session is over. */
function clearDesk() {
  for (const { live, stop } of desk.values()) {
    stop()
    live.close()
  }
  desk.clear()
  line?.destroy()
  line = null
}

let userId = currentSession().user?.id
onSession(() => {
  const now = currentSession().user?.id
  if (now !== userId) clearDesk()
  userId = now
})

/** Brings home what earlier visits wrote and could not send. */
export function sendUnsent(userId: string): void {
  for (const documentName of unsentDocuments(userId)) letGo(hold(userId, documentName))
}

/** The live document of a name, held while the component is shown. `round` opens it anew. */
export function useLiveDocument(userId: string, documentName: string, round: number): LiveDocument | null {
  const [live, setLive] = useState<LiveDocument | null>(null)
  // A new round is a reason to open again.
  useEffect(() => {
    const held = hold(userId, documentName)
    setLive(held)
    return () => {
      setLive(null)
      letGo(held)
    }
  }, [userId, documentName, round])
  return live
}

/** What a live document is going through. */
export function useLiveState(live: LiveDocument): LiveState {
  return useSyncExternalStore(live.subscribe, () => live.state)
}
