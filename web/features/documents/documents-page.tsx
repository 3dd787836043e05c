import './documents-page.css'
import { Button, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import type { DocumentKind, DocumentRecord, User } from '../../lib/api-types.ts'
import { usePagedQuery } from '../../lib/paged-query.ts'
import { usePageTitle } from '../../lib/page-title.ts'
import { useSession } from '../../lib/session.ts'
import { toFirstName } from '../../lib/user-display.ts'
import { documentKindOrder } from '../../ui/document-kind.tsx'
import { LoadMore } from '../../ui/load-more.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { DocumentsError, LoadingDocuments, StoredDocuments } from './document-list.tsx'
import { DocumentRow } from './document-row.tsx'
import { DocumentSearch } from './document-search.tsx'
import { DocumentsEmptyState } from './documents-empty-state.tsx'
import { DropZone, ImportButton, ImportStatus, useImport } from './import-document.tsx'
import { NewDocumentDialog } from './new-document-dialog.tsx'

interface DocumentBrowserProps {
  user: User
  kind: DocumentKind | null
  onCreate: (kind: DocumentKind) => void
}

/** Searches and lists the user's documents, last changed first. Those stored in this browser take their place while there is no server. */
function DocumentBrowser({ user, kind, onCreate }: DocumentBrowserProps) {
  const [query, setQuery] = useSearchParams()
  const [text, setText] = useState(query.get('q') ?? '')
  const [q] = useDebouncedValue(text.trim(), 220)
  const { list, items } = usePagedQuery<DocumentRecord>({
    queryKey: ['documents', { kind, q }],
    path: '/api/documents',
    query: { kind, q, limit: 20 },
    keepsPrevious: true,
  })
  const isFound = list.data && q && items.length > 0 && !list.isPlaceholderData

  return (
    <>
      <DocumentSearch
        text={text}
        kind={kind}
        onTextChange={setText}
        onKindChange={(next) => setQuery(next ? { kind: next } : {}, { replace: true })}
      />
      {list.error && !list.data && (
        <>
          <DocumentsError error={list.error} isRetrying={list.isFetching} onRetry={() => void list.refetch()} />
          <StoredDocuments userId={user.id} kind={kind} q={q} />
        </>
      )}
      {list.isPending && <LoadingDocuments />}
      {list.data && items.length === 0 && <DocumentsEmptyState kind={kind} q={q} onCreate={onCreate} onClear={() => setText('')} />}
      {items.length > 0 && (
        <ul className="list" data-stale={list.isPlaceholderData || undefined}>
          {items.map((document) => (
            <DocumentRow key={document.documentName} document={document} userId={user.id} />
          ))}
        </ul>
      )}
      <p role="status" className="list-status">
        {isFound ? `${items.length}${list.hasNextPage ? ' or more' : ''} found` : ''}
      </p>
      <LoadMore list={list} />
    </>
  )
}

/** The user's documents: search, open, create, import. */
export function DocumentsPage() {
  usePageTitle('Documents')
  const { user } = useSession()
  const [query] = useSearchParams()
  const kind = documentKindOrder.find((known) => known === query.get('kind')) ?? null
  const [newKind, setNewKind] = useState<DocumentKind>('legal')
  const [isCreating, setIsCreating] = useState(false)
  const importState = useImport()

  function openDialog(initialKind: DocumentKind) {
    setNewKind(initialKind)
    setIsCreating(true)
  }
  if (!user) return null

  return (
    <DropZone {...importState}>
      <PageHeader>
        <ImportButton {...importState} />
        <Button leftSection={<Plus size={17} aria-hidden="true" />} onClick={() => openDialog(kind ?? 'legal')}>
          New
        </Button>
      </PageHeader>
      <main id="main" className="page" tabIndex={-1}>
        <Title order={1} className="page-title">
          Hello, {toFirstName(user.name)}
        </Title>
        <ImportStatus {...importState} />
        <DocumentBrowser user={user} kind={kind} onCreate={openDialog} />
      </main>
      <NewDocumentDialog opened={isCreating} onClose={() => setIsCreating(false)} initialKind={newKind} />
    </DropZone>
  )
}
