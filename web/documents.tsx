import './documents.css'
import { Alert, Button, CloseButton, Kbd, SegmentedControl, Skeleton, TextInput, Title } from '@mantine/core'
import { useDebouncedValue, useDisclosure, useHotkeys } from '@mantine/hooks'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Plus, Search } from 'lucide-react'
import { useRef, useState } from 'react'
import { useSearchParams } from 'wouter'
import { ask, withQuery } from './client.ts'
import type { DocumentRecord, Kind, Page } from './contract.ts'
import { copiesOf } from './copies.ts'
import { DocumentRow } from './document-row.tsx'
import { Empty } from './empty.tsx'
import { Header } from './header.tsx'
import { DropPlace, ImportButton, ImportState, useImport } from './import-file.tsx'
import { kindOrder, kinds } from './kind.tsx'
import { LoadMore } from './load-more.tsx'
import { useTitle } from './lost.tsx'
import { NewDocument } from './new-document.tsx'
import { firstNameOf } from './person.ts'
import { explain, Problem } from './problem.ts'
import { useSession } from './session.ts'

function useDocuments(kind: Kind | null, q: string) {
  return useInfiniteQuery({
    queryKey: ['documents', { kind, q }],
    queryFn: ({ pageParam, signal }) =>
      ask<Page<DocumentRecord>>('GET', withQuery('/api/documents', { kind, q, cursor: pageParam, limit: 20 }), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  })
}

/** What can be opened without the server: the copies in this browser. */
function Kept({ userId, kind, q }: { userId: string; kind: Kind | null; q: string }) {
  const copies = copiesOf(userId).filter((copy) => (!kind || copy.kind === kind) && copy.title.toLowerCase().includes(q.toLowerCase()))
  if (copies.length === 0) return null
  return (
    <section aria-labelledby="kept">
      <Title order={2} id="kept" fz="lg" mb="sm">
        Kept in this browser
      </Title>
      <ul className="rows">
        {copies.map((copy) => (
          <DocumentRow key={copy.documentName} document={copy} userId={userId} />
        ))}
      </ul>
    </section>
  )
}

/** The documents I may open: found by kind and by title, newest change first. */
export function Documents() {
  useTitle('Documents')
  const { user } = useSession()
  const [query, setQuery] = useSearchParams()
  const kind = kindOrder.find((known) => known === query.get('kind')) ?? null
  const [text, setText] = useState(query.get('q') ?? '')
  const [q] = useDebouncedValue(text.trim(), 220)
  const searchField = useRef<HTMLInputElement>(null)
  const [creating, create] = useDisclosure(false)
  const [wanted, setWanted] = useState<Kind>('legal')
  useHotkeys([['/', () => searchField.current?.focus()]])

  const bringing = useImport()
  const list = useDocuments(kind, q)
  const items = list.data?.pages.flatMap((page) => page.items) ?? []
  const unreachable = list.error instanceof Problem && list.error.status === 0

  function begin(of: Kind) {
    setWanted(of)
    create.open()
  }
  function choose(value: string) {
    setQuery(value === 'all' ? {} : { kind: value }, { replace: true })
  }
  if (!user) return null

  return (
    <DropPlace {...bringing}>
      <Header>
        <ImportButton {...bringing} />
        <Button leftSection={<Plus size={17} aria-hidden="true" />} onClick={() => begin(kind ?? 'legal')}>
          New
        </Button>
      </Header>
      <main id="main" className="page" tabIndex={-1}>
        <Title order={1} className="greeting">
          Hello, {firstNameOf(user.name)}
        </Title>
        <ImportState {...bringing} />
        <search className="finder">
          <TextInput
            ref={searchField}
            className="finder-text"
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
                <Kbd className="finder-key" aria-hidden="true">
                  /
                </Kbd>
              )
            }
          />
          <SegmentedControl
            size="md"
            aria-label="Kind of document"
            value={kind ?? 'all'}
            onChange={choose}
            data={[{ value: 'all', label: 'All' }, ...kindOrder.map((value) => ({ value, label: kinds[value].many }))]}
          />
        </search>

        {list.error && !list.data && (
          <Alert color={unreachable ? 'yellow' : 'red'} mb="lg" title={unreachable ? 'The server cannot be reached' : undefined}>
            {unreachable
              ? 'What this browser keeps can be opened, and edited; changes arrive when the connection is back.'
              : explain(list.error)}{' '}
            <Button size="compact-sm" variant="subtle" onClick={() => void list.refetch()} loading={list.isFetching}>
              Try again
            </Button>
          </Alert>
        )}
        {list.error && !list.data && <Kept userId={user.id} kind={kind} q={q} />}
        {list.isPending && (
          <div className="rows" role="status" aria-label="Loading your documents">
            {[58, 42, 66].map((width) => (
              <div className="row" key={width}>
                <Skeleton w={38} h={38} radius="md" />
                <Skeleton h={14} w={`${width}%`} />
              </div>
            ))}
          </div>
        )}
        {list.data && items.length === 0 && <Empty kind={kind} q={q} onCreate={begin} onClear={() => setText('')} />}
        {items.length > 0 && (
          <ul className="rows" data-stale={list.isPlaceholderData || undefined}>
            {items.map((document) => (
              <DocumentRow key={document.documentName} document={document} userId={user.id} />
            ))}
          </ul>
        )}
        <p role="status" className="count">
          {list.data && q && items.length > 0 && !list.isPlaceholderData
            ? `${items.length}${list.hasNextPage ? ' or more' : ''} found`
            : ''}
        </p>
        <LoadMore list={list} />
      </main>
      <NewDocument opened={creating} onClose={create.close} first={wanted} />
    </DropPlace>
  )
}
