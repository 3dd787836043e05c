import '../comments/comments.css'
import './conversations-page.css'
import { useQuery } from '@tanstack/react-query'
import { MessagesSquare } from 'lucide-react'
import { request } from '../../lib/api-client.ts'
import type { Conversation } from '../../lib/api-types.ts'
import { ConversationNav } from './conversation-nav.tsx'
import { ConversationPane } from './conversation-pane.tsx'
import { toConversationName, toConversationPath, useConversations } from './conversation-queries.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { usePageTitle } from '../../lib/page-title.ts'
import { StatusPage } from '../../ui/status-page.tsx'
import { useSession } from '../../lib/session.ts'

/** The selected conversation. Archived ones, and those beyond the limit, are not in the list and are requested. */
function useSelectedConversation(conversations: Conversation[] | undefined, conversationId: string | null) {
  const listed = conversations?.find(({ id }) => id === conversationId)
  const single = useQuery({
    queryKey: ['conversations', conversationId],
    queryFn: ({ signal }) => request<Conversation>('GET', toConversationPath(conversationId as string), { signal }),
    enabled: conversationId !== null && conversations !== undefined && !listed,
  })
  return { conversation: listed ?? (conversationId ? single.data : undefined), error: single.error }
}

/** The conversations of the user, and the selected one. */
export function ConversationsPage({ conversationId }: { conversationId: string | null }) {
  const { user } = useSession()
  const list = useConversations()
  const { conversation, error } = useSelectedConversation(list.data, conversationId)
  usePageTitle(conversation && user ? toConversationName(conversation, user.id) : 'Conversations')
  if (!user) return null

  return (
    <div className="conversations-page" data-selected={conversationId !== null || undefined}>
      <PageHeader />
      <div className="conversations-body">
        <ConversationNav list={list} selectedId={conversationId} user={user} />
        {conversation ? (
          <ConversationPane key={conversation.id} conversation={conversation} user={user} />
        ) : error ? (
          <StatusPage icon={<MessagesSquare size={40} aria-hidden="true" />} title="There is no such conversation">
            It may be gone, or it is not for you.
          </StatusPage>
        ) : (
          <main id="main" className="conversation-pane conversation-pane-empty" tabIndex={-1}>
            {conversationId === null && <p>Choose a conversation.</p>}
          </main>
        )}
      </div>
    </div>
  )
}
