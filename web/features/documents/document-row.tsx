import { Badge, Tooltip, VisuallyHidden } from '@mantine/core'
import { Snowflake } from 'lucide-react'
import { Link } from 'wouter'
import type { DocumentRecord } from '../../lib/api-types.ts'
import { type StoredDocument, listUnsentDocuments } from '../../lib/collab/offline-store.ts'
import { DocumentKindIcon, documentKinds } from '../../ui/document-kind.tsx'
import { formatRelativeTime, formatDateTime } from '../../lib/time-format.ts'
import { roleLabels } from '../../lib/role-labels.ts'

/** A document in the list. A document stored in this browser has no `updatedAt`. */
export function DocumentRow({
  document,
  userId,
}: {
  document: StoredDocument & Partial<Pick<DocumentRecord, 'updatedAt' | 'unread'>>
  userId: string
}) {
  const { documentName, kind, title, role, frozenAt, updatedAt, unread } = document
  const isUnsent = listUnsentDocuments(userId).includes(documentName)
  return (
    <li>
      <Link href={`/documents/${documentName}`} className="list-row">
        <DocumentKindIcon kind={kind} />
        <span className="list-row-content">
          <span className="list-row-title" dir="auto" data-unread={unread || undefined}>
            {title || 'Untitled'}
            {unread && <VisuallyHidden>, changed since you last looked</VisuallyHidden>}
          </span>
          <span className="list-row-meta">
            <span>{documentKinds[kind].singular}</span>
            <span>{roleLabels[role].ownLabel}</span>
            {updatedAt && (
              <time dateTime={updatedAt} title={formatDateTime(updatedAt)}>
                {formatRelativeTime(updatedAt)}
              </time>
            )}
          </span>
        </span>
        {isUnsent && (
          <Tooltip label="Some changes are kept here until the server has them">
            <Badge color="yellow" variant="light">
              Not sent yet
            </Badge>
          </Tooltip>
        )}
        {frozenAt && (
          <Badge color="gray" variant="light" leftSection={<Snowflake size={12} aria-hidden="true" />}>
            Frozen
          </Badge>
        )}
      </Link>
    </li>
  )
}
