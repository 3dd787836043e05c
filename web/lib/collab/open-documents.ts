import { useEffect, useState, useSyncExternalStore } from 'react'
import { listUnsentDocuments } from './offline-store.ts'
import { ProviderWebsocket } from './provider-websocket.ts'
import { LiveDocument, type LiveDocumentState } from './live-document.ts'
import { getSession, onSessionChange } from '../session.ts'

/** A document stays open this long after its last use, for a quick return and for edits in flight. */
const closeDelayMs = 2500

interface OpenDocument {
  liveDocument: LiveDocument
  holderCount: number
  cancelClose: () => void
}

let socket: ProviderWebsocket | null = null
const openDocuments = new Map<string, OpenDocument>()

function toSocketUrl(): string {
  return `${location.origin.replace(/^http/, 'ws')}/collab`
}

/** Opens a document, or shares it if it is open already. Every caller must release it. */
export function openDocument(userId: string, documentName: string): LiveDocument {
  const existing = openDocuments.get(documentName)
  existing?.cancelClose()
  if (
    existing &&
    existing.liveDocument.userId === userId &&
    !existing.liveDocument.isClosed &&
    existing.liveDocument.state.refusal === null
  ) {
    existing.holderCount += 1
    if (existing.liveDocument.awareness.getLocalState() === null) existing.liveDocument.awareness.setLocalState({})
    return existing.liveDocument
  }
  existing?.liveDocument.close()
  socket ??= new ProviderWebsocket(toSocketUrl())
  const liveDocument = new LiveDocument(userId, documentName, socket)
  openDocuments.set(documentName, { liveDocument, holderCount: 1, cancelClose: () => {} })
  return liveDocument
}

/** Releases a document. It closes after a delay, but never before its edits are acknowledged. */
export function releaseDocument(liveDocument: LiveDocument): void {
  const entry = openDocuments.get(liveDocument.name)
  if (entry?.liveDocument !== liveDocument || --entry.holderCount > 0) return
  liveDocument.awareness.setLocalState(null)
  const closeIfSettled = () => {
    if (!liveDocument.isSettled) return
    entry.cancelClose()
    liveDocument.close()
    if (openDocuments.get(liveDocument.name) === entry) openDocuments.delete(liveDocument.name)
  }
  const timer = setTimeout(() => {
    entry.cancelClose = liveDocument.subscribe(closeIfSettled)
    closeIfSettled()
  }, closeDelayMs)
  entry.cancelClose = () => clearTimeout(timer)
}

/** Closes all documents at once, when the session ends. */
function closeAll() {
  for (const { liveDocument, cancelClose } of openDocuments.values()) {
    cancelClose()
    liveDocument.close()
  }
  openDocuments.clear()
  socket?.destroy()
  socket = null
}

let currentUserId = getSession().user?.id
onSessionChange(() => {
  const now = getSession().user?.id
  if (now !== currentUserId) closeAll()
  currentUserId = now
})

/** Sends edits that earlier visits could not send. */
export function sendUnsentEdits(userId: string): void {
  for (const documentName of listUnsentDocuments(userId)) releaseDocument(openDocument(userId, documentName))
}

/** The live document of a name, held while the component is mounted. Another `attempt` opens it again. */
export function useLiveDocument(userId: string, documentName: string, attempt: number): LiveDocument | null {
  const [liveDocument, setLiveDocument] = useState<LiveDocument | null>(null)
  // `attempt` is a dependency so that the document is opened again.
  useEffect(() => {
    const opened = openDocument(userId, documentName)
    setLiveDocument(opened)
    return () => {
      setLiveDocument(null)
      releaseDocument(opened)
    }
  }, [userId, documentName, attempt])
  return liveDocument
}

/** The current state of a live document. */
export function useLiveState(liveDocument: LiveDocument): LiveDocumentState {
  return useSyncExternalStore(liveDocument.subscribe, () => liveDocument.state)
}
