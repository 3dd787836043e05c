import { Alert, Button, Skeleton, Title } from '@mantine/core'
import type { DocumentKind } from '../../lib/api-types.ts'
import { listStoredDocuments } from '../../lib/collab/offline-store.ts'
import { Problem, toErrorMessage } from '../../lib/problem.ts'
import { DocumentRow } from './document-row.tsx'

/** Stands for the documents while they load. */
export function LoadingDocuments() {
  return (
    <div className="list" role="status" aria-label="Loading your documents">
      {[58, 42, 66].map((width) => (
        <div className="list-row" key={width}>
          <Skeleton w={38} h={38} radius="md" />
          <Skeleton h={14} w={`${width}%`} />
        </div>
      ))}
    </div>
  )
}

interface DocumentsErrorProps {
  error: Error
  isRetrying: boolean
  onRetry: () => void
}

/** Says why the documents could not be read. */
export function DocumentsError({ error, isRetrying, onRetry }: DocumentsErrorProps) {
  const isUnreachable = error instanceof Problem && error.status === 0
  return (
    <Alert color={isUnreachable ? 'yellow' : 'red'} mb="lg" title={isUnreachable ? 'The server cannot be reached' : undefined}>
      {isUnreachable
        ? 'What this browser keeps can be opened, and edited; changes arrive when the connection is back.'
        : toErrorMessage(error)}{' '}
      <Button size="compact-sm" variant="subtle" onClick={onRetry} loading={isRetrying}>
        Try again
      </Button>
    </Alert>
  )
}

interface StoredDocumentsProps {
  userId: string
  kind: DocumentKind | null
  q: string
}

/** The documents stored in this browser, which open without the server. */
export function StoredDocuments({ userId, kind, q }: StoredDocumentsProps) {
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
