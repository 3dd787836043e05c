/** Queries of conversations and messages, kept up to date by events. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { request, queryClient, withQuery } from '../../lib/api-client.ts'
import type { Conversation, Member, Message, Page } from '../../lib/api-types.ts'
import { subscribe, onServerEvent } from '../../lib/event-stream.ts'
import { useSession } from '../../lib/session.ts'

/** Messages in a page, and the most conversations that are loaded. */
const messagesPerPage = 40
const maxConversations = 300
/** A subscriber may have at most 100 audiences. */
const maxSubscriptions = 90

async function fetchConversations(signal: AbortSignal): Promise<Conversation[]> {
  const items: Conversation[] = []
  let cursor: string | null = null
  do {
    const page: Page<Conversation> = await request('GET', withQuery('/api/conversations', { limit: 100, cursor }), { signal })
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor && items.length < maxConversations)
  return items
}

/** The user's conversations, most recent first, kept up to date. */
export function useConversations() {
  const { user } = useSession()
  const list = useQuery({ queryKey: ['conversations'], queryFn: ({ signal }) => fetchConversations(signal), enabled: user !== null })
  const subjects = [...new Set((list.data ?? []).flatMap(({ subject }) => subject ?? []))].slice(0, maxSubscriptions).sort().join(' ')
  useEffect(() => {
    if (!user) return
    const unsubscribers = [`user:${user.id}`, ...subjects.split(' ').filter(Boolean)].map(subscribe)
    return () => {
      for (const unsubscribe of unsubscribers) unsubscribe()
    }
  }, [user, subjects])
  return list
}

/** The number of conversations with unread messages. */
export const countUnread = (conversations: readonly Conversation[]): number => conversations.filter(({ unread }) => unread > 0).length

/** The name of a conversation: a channel's own name, or the other people of a direct one. */
export function toConversationName({ kind, name, people }: Conversation, userId: string): string {
  if (kind === 'channel') return name ?? ''
  return (
    people
      .filter(({ id }) => id !== userId)
      .map((person) => person.name)
      .join(', ') || 'You'
  )
}

/** The people that can be mentioned in a conversation. */
export function useMentionablePeople(conversation: Conversation | undefined): Member[] {
  const subject = conversation?.subject ?? null
  const [kind, id] = (subject ?? '').split(':')
  const query = useQuery({
    queryKey: ['members', subject],
    queryFn: ({ signal }) => request<Page<Member>>('GET', `/api/${kind}s/${id}/members?limit=100`, { signal }),
    enabled: subject !== null,
  })
  const members = query.data?.items
  return useMemo(() => {
    const people = conversation?.people.map((person) => ({
      userId: person.id,
      name: person.name,
      role: 'editor' as const,
      inherited: false,
      suspended: false,
    }))
    return members ?? (subject === null ? people : undefined) ?? []
  }, [members, subject, conversation?.people])
}

/** Consecutive messages, oldest first. `before` is the cursor for older ones, or null. */
export interface MessageLog {
  items: Message[]
  before: string | null
}

export const toConversationPath = (conversationId: string) => `/api/conversations/${conversationId}`
const messagesKey = (conversationId: string, threadId: string | null) => ['messages', conversationId, threadId]

const sortBySeq = (items: Message[]) =>
  [...new Map(items.map((message) => [message.id, message])).values()].toSorted((one, other) => one.seq - other.seq)

function fetchMessages(
  conversationId: string,
  threadId: string | null,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<Page<Message>> {
  const path = withQuery(`${toConversationPath(conversationId)}/messages`, { limit: messagesPerPage, threadId, cursor })
  return request('GET', path, signal ? { signal } : {})
}

/** Fetches the newest messages. Messages already loaded are kept if there is no gap. */
async function fetchNewest(conversationId: string, threadId: string | null, signal: AbortSignal): Promise<MessageLog> {
  const page = await fetchMessages(conversationId, threadId, null, signal)
  const known = queryClient.getQueryData<MessageLog>(messagesKey(conversationId, threadId))
  const oldest = page.items.at(-1)?.seq ?? 0
  const isContiguous = known && page.nextCursor !== null && known.items.some(({ seq }) => seq >= oldest)
  if (!isContiguous) return { items: sortBySeq(page.items), before: page.nextCursor }
  return { items: sortBySeq([...known.items, ...page.items]), before: known.before }
}

/** Fetches older messages and adds them. */
export async function fetchOlder(conversationId: string, threadId: string | null): Promise<void> {
  const key = messagesKey(conversationId, threadId)
  const before = queryClient.getQueryData<MessageLog>(key)?.before
  if (!before) return
  const page = await fetchMessages(conversationId, threadId, before)
  queryClient.setQueryData<MessageLog>(key, (now) => now && { items: sortBySeq([...page.items, ...now.items]), before: page.nextCursor })
}

/** Adds a message to the cached log of its conversation or thread. */
export function cacheMessage(message: Message): void {
  queryClient.setQueryData<MessageLog>(messagesKey(message.conversationId, message.threadId), (now) => {
    // Older than all loaded messages: it is fetched when the user scrolls there.
    if (!now || (now.before !== null && message.seq < (now.items[0]?.seq ?? 0))) return now
    return { ...now, items: sortBySeq([...now.items, message]) }
  })
}

/** Refetches a message and the message it replies to, which counts its replies. */
async function refetchMessage(conversationId: string, messageId: string, threadId: string | null): Promise<void> {
  const ids = threadId ? [messageId, threadId] : [messageId]
  const path = `${toConversationPath(conversationId)}/messages`
  await Promise.all(ids.map(async (id) => cacheMessage(await request<Message>('GET', `${path}/${id}`))))
}

/** The messages of a conversation or thread, kept up to date. */
export function useMessages(conversationId: string, threadId: string | null) {
  useEffect(
    () =>
      onServerEvent(({ event, data }) => {
        if (data['conversationId'] !== conversationId) return
        if (event !== 'message.sent' && event !== 'message.changed') return
        const eventThreadId = (data['threadId'] as string | null) ?? null
        if (threadId !== null && eventThreadId !== threadId && data['messageId'] !== threadId) return
        void refetchMessage(conversationId, data['messageId'] as string, eventThreadId).catch(() => {
          void queryClient.invalidateQueries({ queryKey: ['messages', conversationId] })
        })
      }),
    [conversationId, threadId],
  )
  return useQuery({
    queryKey: messagesKey(conversationId, threadId),
    queryFn: ({ signal }) => fetchNewest(conversationId, threadId, signal),
    staleTime: 0,
  })
}

/** Marks a conversation as read up to a message. */
export async function markSeen({ id, seen }: Conversation, seq: number): Promise<void> {
  if (seq <= seen) return
  const now = await request<Conversation>('PUT', `${toConversationPath(id)}/seen`, { body: { seq } })
  queryClient.setQueryData<Conversation[]>(['conversations'], (list) => list?.map((one) => (one.id === id ? now : one)))
}
