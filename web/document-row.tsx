import { Badge, Tooltip, VisuallyHidden } from '@mantine/core'
import { Snowflake } from 'lucide-react'
import { Link } from 'wouter'
import type { DocumentRecord } from './contract.ts'
import { type CopyRecord, unsentDocuments } from './copies.ts'
import { KindSign, kinds } from './kind.tsx'
import { ago, inFull } from './moment.ts'
import { roleWords } from './role.ts'

/** A document in the list; a copy from this browser has no time of change. */
export function DocumentRow({
  document,
  userId,
}: {
  document: CopyRecord & Partial<Pick<DocumentRecord, 'updatedAt' | 'unread'>>
  userId: string
}) {
  const { documentName, kind, title, role, frozenAt, updatedAt, unread } = document
  const unsent = unsentDocuments(userId).includes(documentName)
  return (
    <li>
      <Link href={`/documents/${documentName}`} className="row">
        <KindSign kind={kind} />
        <span className="row-words">
          <span className="row-title" data-unread={unread || undefined}>
            {title || 'Untitled'}
            {unread && <VisuallyHidden>, changed since you last looked</VisuallyHidden>}
          </span>
          <span className="row-meta">
            <span>{kinds[kind].one}</span>
            <span>{roleWords[role].mine}</span>
            {updatedAt && (
              <time dateTime={updatedAt} title={inFull(updatedAt)}>
                {ago(updatedAt)}
              </time>
            )}
          </span>
        </span>
        {unsent && (
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
