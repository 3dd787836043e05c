import './documents-page.css'
import { Alert, Button, CloseButton, Kbd, SegmentedControl, Skeleton, TextInput, Title } from '@mantine/core'
import { useDebouncedValue, useDisclosure, useHotkeys } from '@mantine/hooks'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Plus, Search } from 'lucide-react'
import { useRef, useState } from 'react'
import { useSearchParams } from 'wouter'
import { request, withQuery } from '../../lib/api-client.ts'
import type { DocumentRecord, DocumentKind, Page } from '../../lib/api-types.ts'
import { listStoredDocuments } from '../../lib/collab/offline-store.ts'
import { DocumentRow } from './document-row.tsx'
import { DocumentsEmptyState } from './documents-empty-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { DropZone, ImportButton, ImportStatus, useImport } from './import-document.tsx'
import { documentKindOrder, documentKinds } from '../../ui/document-kind.tsx'
import { LoadMore } from '../../ui/load-more.tsx'
import { usePageTitle } from '../../lib/page-title.ts'
import { NewDocumentDialog } from './new-document-dialog.tsx'
import { toFirstName } from '../../lib/user-display.ts'
import { toErrorMessage, Problem } from '../../lib/problem.ts'
import { useSession } from '../../lib/session.ts'

function useDocuments(kind: DocumentKind | null, q: string) {
  return useInfiniteQuery({
    queryKey: ['documents', { kind, q }],
    queryFn: ({ pageParam, signal }) =>
      request<Page<DocumentRecord>>('GET', withQuery('/api/documents', { kind, q, cursor: pageParam, limit: 20 }), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  })
}

/** The documents stored in this browser, which open without the server. */
function StoredDocuments({ userId, kind, q }: { userId: string; kind: DocumentKind | null; q: string }) {
  const copies = listStoredDocuments(userId).filter(
    (copy) => (!kind || copy.kind === kind) && copy.title.toLowerCase().includes(q.toLowerCase()),
  )
  if (copies.length === 0) return null
  return (
    <section aria-labelledby="kept">
      <Title order={2} id="kept" fz="lg" mb="sm">
        Kept in this browser
      </Title>
      <ul className="list">
        {copies.map((copy) => (
          <DocumentRow key={copy.documentName} document={copy} userId={userId} />
        ))}
      </ul>
    </section>
  )
}

/** The user's documents, by kind and title, last changed first. */
export function DocumentsPage() {
  usePageTitle('Documents')
  const { user } = useSession()
  const [query, setQuery] = useSearchParams()
  const kind = documentKindOrder.find((known) => known === query.get('kind')) ?? null
  const [text, setText] = useState(query.get('q') ?? '')
  const [q] = useDebouncedValue(text.trim(), 220)
  const searchField = useRef<HTMLInputElement>(null)
  const [isCreating, dialog] = useDisclosure(false)
  const [newKind, setNewKind] = useState<DocumentKind>('legal')
  useHotkeys([['/', () => searchField.current?.focus()]])

  const importState = useImport()
  const list = useDocuments(kind, q)
  const items = list.data?.pages.flatMap((page) => page.items) ?? []
  const isUnreachable = list.error instanceof Problem && list.error.status === 0

  function openDialog(of: DocumentKind) {
    setNewKind(of)
    dialog.open()
  }
  function chooseKind(value: string) {
    setQuery(value === 'all' ? {} : { kind: value }, { replace: true })
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
        <search className="document-search">
          <TextInput
            ref={searchField}
            className="document-search-input"
            size="md"
            type="search"
            aria-label="Search by title"
            placeholder="Search by title"
            leftSection={<Search size={18} aria-hidden="true" />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            rightSection={
              text ? (
                <CloseButton aria-label="Clear the search" onClick={() => setText('')} />
              ) : (
                <Kbd className="document-search-shortcut" aria-hidden="true">
                  /
                </Kbd>
              )
            }
          />
          <SegmentedControl
            size="md"
            aria-label="Kind of document"
            value={kind ?? 'all'}
            onChange={chooseKind}
            data={[{ value: 'all', label: 'All' }, ...documentKindOrder.map((value) => ({ value, label: documentKinds[value].plural }))]}
          />
        </search>

        {list.error && !list.data && (
          <Alert color={isUnreachable ? 'yellow' : 'red'} mb="lg" title={isUnreachable ? 'The server cannot be reached' : undefined}>
            {isUnreachable
              ? 'What this browser keeps can be opened, and edited; changes arrive when the connection is back.'
              : toErrorMessage(list.error)}{' '}
            <Button size="compact-sm" variant="subtle" onClick={() => void list.refetch()} loading={list.isFetching}>
              Try again
            </Button>
          </Alert>
        )}
        {list.error && !list.data && <StoredDocuments userId={user.id} kind={kind} q={q} />}
        {list.isPending && (
          <div className="list" role="status" aria-label="Loading your documents">
            {[58, 42, 66].map((width) => (
              <div className="list-row" key={width}>
                <Skeleton w={38} h={38} radius="md" />
                <Skeleton h={14} w={`${width}%`} />
              </div>
            ))}
          </div>
        )}
        {list.data && items.length === 0 && <DocumentsEmptyState kind={kind} q={q} onCreate={openDialog} onClear={() => setText('')} />}
        {items.length > 0 && (
          <ul className="list" data-stale={list.isPlaceholderData || undefined}>
            {items.map((document) => (
              <DocumentRow key={document.documentName} document={document} userId={user.id} />
            ))}
          </ul>
        )}
        <p role="status" className="list-status">
          {list.data && q && items.length > 0 && !list.isPlaceholderData
            ? `${items.length}${list.hasNextPage ? ' or more' : ''} found`
            : ''}
        </p>
        <LoadMore list={list} />
      </main>
      <NewDocumentDialog opened={isCreating} onClose={dialog.close} initialKind={newKind} />
    </DropZone>
  )
}
