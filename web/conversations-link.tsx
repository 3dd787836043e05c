import './conversations-link.css'
import { ActionIcon, Tooltip } from '@mantine/core'
import { MessagesSquare } from 'lucide-react'
import { Link } from 'wouter'
import { unreadOf, useConversations } from './conversing.ts'
import { kindOfName } from './kind.tsx'

/** The way to one's conversations, with how many have something new; of a space or a plan, to its own. */
export function ConversationsLink({ documentName }: { documentName?: string }) {
  const { data = [] } = useConversations()
  const kind = documentName === undefined ? null : kindOfName(documentName)
  if (kind === 'legal') return null
  const id = documentName?.split(':')[1]
  const unread = unreadOf(id ? data.filter(({ subject }) => subject?.endsWith(id)) : data)
  const label = `Conversations${unread > 0 ? `, ${unread} with something new` : ''}`
  return (
    <Tooltip label="Conversations">
      <ActionIcon
        component={Link}
        href={id ? `/conversations/${id}` : '/conversations'}
        className="conversations-link"
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
