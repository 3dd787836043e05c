import './editor-page.css'
import '../rich-text/rich-text.css'
import './extensions/unsupported-content.css'
import '../rich-text/numbering.css'
import '../rich-text/tables.css'
import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import { request, queryClient } from '../../lib/api-client.ts'
import type { DocumentRecord, User } from '../../lib/api-types.ts'
import { type StoredDocument, readStoredDocument, storeDocument } from '../../lib/collab/offline-store.ts'
import { useLiveDocument, useLiveState } from '../../lib/collab/open-documents.ts'
import { DocumentEditor } from './document-editor.tsx'
import { DocumentUnavailable, DocumentUnreadable } from './document-unavailable.tsx'
import { toDocumentKind } from '../../ui/document-kind.tsx'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { usePageTitle } from '../../lib/page-title.ts'
import { LoadingPage } from '../../ui/loading.tsx'
import { SectionsPage } from './sections-page.tsx'
import { Problem } from '../../lib/problem.ts'
import { roleLabels } from '../../lib/role-labels.ts'
import { useSession } from '../../lib/session.ts'
import { useDocumentView } from './header/view-switch.tsx'

/** The document's record from the server, or the stored one until the server answers. */
function useDocumentRecord(userId: string, documentName: string) {
  const query = useQuery({
    queryKey: ['document', documentName],
    queryFn: async ({ signal }) => {
      const record = await request<DocumentRecord>('GET', `/api/documents/${documentName}`, { signal })
      storeDocument(userId, record)
      return record
    },
    refetchOnWindowFocus: 'always',
  })
  const [storedRecord] = useState(() => readStoredDocument(userId, documentName))
  const isRefused = query.error instanceof Problem && [403, 404].includes(query.error.status)
  return { record: query.data ?? storedRecord, isRefused }
}

interface OpenedDocumentProps {
  liveDocument: LiveDocument
  user: User
  record: StoredDocument | null
  isRefused: boolean
  onRetry: () => void
}

function OpenedDocument({ liveDocument, user, record, isRefused, onRetry }: OpenedDocumentProps) {
  const state = useLiveState(liveDocument)
  // A new scope means that the role changed or the document was frozen: refetch the record.
  useEffect(() => {
    if (state.scope) void queryClient.invalidateQueries({ queryKey: ['document', liveDocument.name] })
  }, [state.scope, liveDocument])

  const hasContent = state.localCopy !== 'loading' && (state.isSynced || liveDocument.doc.store.clients.size > 0)
  const [isUnreadable, setIsUnreadable] = useState(false)
  const view = useDocumentView(liveDocument.name)
  const onUnreadable = useCallback(() => setIsUnreadable(true), [])

  if (state.refusal || isRefused) return <DocumentUnavailable wasOpen={state.isSynced} onRetry={onRetry} />
  if (!hasContent) return state.connection === 'offline' ? <DocumentUnavailable isOffline onRetry={onRetry} /> : <LoadingPage />
  if (view === 'text' && isUnreadable) return <DocumentUnreadable onRetry={onRetry} />

  const canWriteByRole = record ? roleLabels[record.role].canWrite && !record.frozenAt : false
  const canWrite = state.scope ? state.scope === 'read-write' : canWriteByRole
  const canSuggest = !canWrite && record?.role === 'commenter' && !record.frozenAt
  if (view === 'sections') return <SectionsPage liveDocument={liveDocument} user={user} record={record} canWrite={canWrite} />
  return (
    <DocumentEditor
      liveDocument={liveDocument}
      user={user}
      record={record}
      canWrite={canWrite}
      canSuggest={canSuggest}
      onUnreadable={onUnreadable}
      onRetry={onRetry}
    />
  )
}

function DocumentLoader({ user, documentName }: { user: User; documentName: string }) {
  const [attempt, setAttempt] = useState(0)
  const liveDocument = useLiveDocument(user.id, documentName, attempt)
  const { record, isRefused } = useDocumentRecord(user.id, documentName)
  usePageTitle(isRefused ? 'Not found' : (record?.title ?? 'Document'))

  function retry() {
    setAttempt(attempt + 1)
    void queryClient.resetQueries({ queryKey: ['document', documentName] })
  }
  return liveDocument ? (
    <OpenedDocument key={attempt} liveDocument={liveDocument} user={user} record={record} isRefused={isRefused} onRetry={retry} />
  ) : (
    <LoadingPage />
  )
}

/** The page of one document. */
export function EditorPage({ documentName }: { documentName: string }) {
  const { user } = useSession()
  if (!user) return null
  return toDocumentKind(documentName) ? <DocumentLoader user={user} documentName={documentName} /> : <DocumentUnavailable />
}
