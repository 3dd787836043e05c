import '../../ui/unread-count.css'
import { ActionIcon, Tooltip } from '@mantine/core'
import { MessagesSquare } from 'lucide-react'
import { Link } from 'wouter'
import { countUnread, useConversations } from './conversation-queries.ts'
import { toDocumentKind } from '../../ui/document-kind.tsx'

/** A link to the conversations with an unread count; on a space or a plan, to its own channel. */
export function ConversationsLink({ documentName }: { documentName?: string }) {
  const { data = [] } = useConversations()
  const kind = documentName === undefined ? null : toDocumentKind(documentName)
  if (kind === 'legal') return null
  const id = documentName?.split(':')[1]
  const unread = countUnread(id ? data.filter(({ subject }) => subject?.endsWith(id)) : data)
  const label = `Conversations${unread > 0 ? `, ${unread} with something new` : ''}`
  return (
    <Tooltip label="Conversations">
      <ActionIcon
        component={Link}
        href={id ? `/conversations/${id}` : '/conversations'}
        className="counted-icon"
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
      >
        <MessagesSquare size={20} aria-hidden="true" />
        {unread > 0 && (
          <span className="unread-count" aria-hidden="true">
            {unread > 9 ? '9+' : unread}
          </span>
        )}
      </ActionIcon>
    </Tooltip>
  )
}
